/* The steps that policies are made of. Their meaning is that of torchvision's transforms of the
 * same kind on float tensors in [0, 1] (version 0.14, antialias on). */
#ifndef BM_AUGMENT_STEP_H
#define BM_AUGMENT_STEP_H

#include "bm/view.h"

/* Lanes of a view's random stream: a step draws the same whatever the other steps are and do.
 * Part of what results mean: never renumber, only append. */
enum {
    BM_LANE_CROP = 1,
    BM_LANE_FLIP = 2,
    BM_LANE_JITTER = 3,
    BM_LANE_GRAYSCALE = 4,
    BM_LANE_VERTICAL_FLIP = 5,
    BM_LANE_AFFINE = 6,
    BM_LANE_BLUR = 7,
    BM_LANE_ERASING = 8,
    BM_LANE_RANDAUGMENT = 9,
};

#endif
