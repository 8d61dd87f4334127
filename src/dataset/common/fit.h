/* Images of any size to square ones, as torchvision does with PIL's images: Resize, CenterCrop. */
#ifndef BM_DATASET_FIT_H
#define BM_DATASET_FIT_H

#include "bm/codec.h"

/* Writes the image to `planes` (3 x side x side bytes): its short side resized to `side` (bilinear
 * with antialias, on 8 bits and with PIL's fixed-point weights, so that the bytes are the same),
 * and the centre cut out of the long one. */
int bm_fit(const struct bm_pixels *pixels, int side, unsigned char *planes, struct bm_err *err);

#endif
