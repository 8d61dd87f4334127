/* Moving the pixels of an image by an affine map: nearest neighbour, 0 where the map leads outside
 * (torchvision's affine and rotate on tensors). */
#ifndef BM_AUGMENT_WARP_H
#define BM_AUGMENT_WARP_H

#include "bm/view.h"

/* From (x, y) of the result to that of the source, both in pixels from the centre, right and down:
 * by rows, the shift last. */
struct bm_map_affine {
    double of_x[3], of_y[3];
};

/* The map of an image that is turned clockwise about its centre by `degrees`, then shifted. */
struct bm_map_affine bm_turned(double degrees, double right, double down);

void bm_warp(struct bm_canvas *canvas, const struct bm_map_affine *map);

#endif
