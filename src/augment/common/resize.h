/* Resizing a box of a stored image to a square float image: bilinear, antialiased where it shrinks
 * (torch's interpolate with antialias=True and align_corners=False). */
#ifndef BM_AUGMENT_RESIZE_H
#define BM_AUGMENT_RESIZE_H

#include "bm/err.h"
#include "bm/image.h"

struct bm_resizer;

/* For boxes of images of shape `stored`, made `size` x `size`. NULL: no memory. */
struct bm_resizer *bm_resizer_new(struct bm_image_shape stored, int size, struct bm_err *err);
void bm_resizer_free(struct bm_resizer *resizer); /* NULL is fine */

/* Writes channels*size*size values in [0, 1], in planes. The box lies within the image. A box that
 * is as large as the result gives bytes/255 exactly. */
void bm_resizer_box(struct bm_resizer *resizer, const unsigned char *pixels, int top, int left,
                    int height, int width, float *out);

#endif
