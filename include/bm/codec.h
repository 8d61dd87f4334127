/* Image files in memory: JPEG and PNG to RGB bytes, and RGB bytes to PNG. What they hold is decided
 * by their first bytes, not by a name. */
#ifndef BM_CODEC_H
#define BM_CODEC_H

#include <stddef.h>

#include "bm/err.h"

/* What was changed or left out to get 8 bits of red, green and blue. */
#define BM_CHANGES(X)                                         \
    X(BM_CHANGE_GRAY, "gray, made RGB")                       \
    X(BM_CHANGE_PALETTE, "with a palette, expanded")          \
    X(BM_CHANGE_DEPTH, "of 1, 2, 4 or 16 bits, scaled to 8")  \
    X(BM_CHANGE_ALPHA, "with transparency, which is dropped") \
    X(BM_CHANGE_CMYK, "in CMYK, made RGB")                    \
    X(BM_CHANGE_TURNED, "with an EXIF orientation, which is ignored")
#define BM_CHANGE_CONSTANT(name, text) name,
enum bm_change { BM_CHANGES(BM_CHANGE_CONSTANT) BM_N_CHANGES };

struct bm_pixels {
    int height, width;
    unsigned char *data; /* height x width x (red, green, blue); owned */
    size_t capacity;     /* bytes of `data`: used again by the next image */
    unsigned changes;    /* bit c: enum bm_change c */
};

/* Decodes as libjpeg-turbo (accurate integer transform, smooth upsampling) and libpng do, and
 * converts as PIL's convert('RGB') does, but for 16 bits, which are scaled (value / 257, rounded)
 * in place of clipped. `pixels` begins as zeros, and is to be given to bm_pixels_fini. What is
 * neither, damaged or cut off is BM_EXIT_DATA; the sentence says what it is, and the caller adds
 * the file's name. */
int bm_pixels_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                     struct bm_err *err);
void bm_pixels_fini(struct bm_pixels *pixels);
/* Room for an image of this size; BM_EXIT_DATA for more than 2^28 pixels. */
int bm_pixels_size(struct bm_pixels *pixels, int height, int width, struct bm_err *err);

/* One format each; bm_pixels_decode chooses. */
int bm_jpeg_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                   struct bm_err *err);
int bm_png_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                  struct bm_err *err);

/* The bytes of a PNG file, the caller's to free. `rgb`: height x width x 3. */
int bm_png_encode(const unsigned char *rgb, int height, int width, void **data, size_t *size,
                  struct bm_err *err);

/* Names and versions of the libraries that decode: what a cache of pixels depends on. */
const char *bm_jpeg_version(void);
const char *bm_png_version(void);

#endif
