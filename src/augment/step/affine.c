/* Affine: turned about the centre, and shifted by whole pixels, as torchvision's RandomAffine with
 * `degrees` and `translate`; nearest neighbour, black where there was nothing. */
#include "../common/warp.h"
#include "step.h"

#include <math.h>

/* rint, like Python's round, rounds halves to even. */
static int shift(const struct bm_viewer *viewer, struct bm_random *random)
{
    double most = viewer->config->affine_translation * viewer->size;
    return (int)rint(bm_random_range(random, -most, most));
}

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    parameters->affine_angle = bm_random_range(random, 0, viewer->config->affine_rotation);
    parameters->affine_x = shift(viewer, random);
    parameters->affine_y = shift(viewer, random);
}

static void apply(const struct bm_view_parameters *p, struct bm_canvas *canvas)
{
    if (p->affine_angle == 0 && p->affine_x == 0 && p->affine_y == 0)
        return;
    const struct bm_map_affine map = bm_turned(p->affine_angle, p->affine_x, p->affine_y);
    bm_warp(canvas, &map);
}

const struct bm_augmentation bm_augmentation_affine = {
    .name = "affine",
    .help = "turned and shifted at random; black where there was nothing",
    .lane = BM_LANE_AFFINE,
    .draw = draw,
    .apply = apply,
};
