/* Pictures in memory: rectangles, images and a line of text, and a PNG file of it. */
#ifndef BM_LOOK_PICTURE_H
#define BM_LOOK_PICTURE_H

#include <stddef.h>

#include "bm/err.h"
#include "bm/view.h"

struct bm_picture {
    int width, height;
    unsigned char *pixels; /* height x width x (red, green, blue); owned */
};

struct bm_colour {
    unsigned char red, green, blue;
};

enum { BM_TEXT_HEIGHT = 18 }; /* pixels, with what is below the line */

/* All of one colour. */
int bm_picture_init(struct bm_picture *picture, int width, int height, struct bm_colour colour,
                    struct bm_err *err);
void bm_picture_fini(struct bm_picture *picture);
/* What is drawn lies within the picture. */
void bm_picture_fill(struct bm_picture *picture, int left, int top, int width, int height,
                     struct bm_colour colour);
/* An image of 1 or 3 channels in [0, 1], each pixel a square of `zoom` pixels. */
void bm_picture_image(struct bm_picture *picture, int left, int top, int zoom,
                      const struct bm_canvas *image);
/* One line; characters that the font lacks are boxes. */
void bm_picture_text(struct bm_picture *picture, int left, int top, const char *text,
                     struct bm_colour colour);
int bm_text_width(const char *text); /* pixels */

/* BM_EXIT_IO: the file may be there in part. */
int bm_picture_write(const struct bm_picture *picture, const char *path, struct bm_err *err);

#endif
