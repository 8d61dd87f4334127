/* What is defined on images of 8 bits: the image is rounded to them first, and changed by a table
 * of the 256 levels (torchvision's posterize, solarize, autocontrast and equalize). */
#ifndef BM_AUGMENT_LEVELS_H
#define BM_AUGMENT_LEVELS_H

#include "bm/view.h"

/* Each keeps the `bits` upper bits. */
void bm_posterize(struct bm_canvas *canvas, int bits);
/* Levels of at least `threshold` become 255 - level. */
void bm_solarize(struct bm_canvas *canvas, float threshold);
/* Each channel is stretched to 0 … 255; one of a single level stays. */
void bm_autocontrast(struct bm_canvas *canvas);
/* Each channel gets all levels about equally often. */
void bm_equalize(struct bm_canvas *canvas);

#endif
