/* Colours of a float image in [0, 1], as torchvision's adjust_brightness, … change them; what comes
 * out is in [0, 1]. One channel has no saturation and no hue, and is its own gray. */
#ifndef BM_AUGMENT_COLOUR_H
#define BM_AUGMENT_COLOUR_H

#include "bm/view.h"

/* Luma as torchvision weighs it. */
static inline float bm_gray(float r, float g, float b)
{
    return 0.2989f * r + 0.587f * g + 0.114f * b;
}

static inline float bm_clamped(float value)
{
    value = value > 0 ? value : 0;
    return value < 1 ? value : 1;
}

/* ratio * value + (1 - ratio) * other. */
static inline float bm_blended(float value, float other, float ratio)
{
    return bm_clamped(ratio * value + (1 - ratio) * other);
}

/* Each value blended with black, with the mean of the gray image, with the gray image; a ratio of 1
 * changes nothing. */
void bm_adjust_brightness(struct bm_canvas *canvas, float ratio);
void bm_adjust_contrast(struct bm_canvas *canvas, float ratio);
void bm_adjust_saturation(struct bm_canvas *canvas, float ratio);
/* Shifted by a part of a turn, within -1 … 1. */
void bm_adjust_hue(struct bm_canvas *canvas, float shift);

#endif
