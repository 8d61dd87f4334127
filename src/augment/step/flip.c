/* Horizontal flip: left becomes right. */
#include "step.h"

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    parameters->flip = bm_random_uniform(random) < viewer->config->flip_p;
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->flip)
        return;
    int size = canvas->size;
    for (int line = 0; line < canvas->channels * size; line++) {
        float *row = canvas->pixels + (size_t)line * (size_t)size;
        for (int left = 0, right = size - 1; left < right; left++, right--) {
            float pixel = row[left];
            row[left] = row[right];
            row[right] = pixel;
        }
    }
}

const struct bm_augmentation bm_augmentation_flip = {.name = "flip",
                                                     .help = "left becomes right",
                                                     .lane = BM_LANE_FLIP,
                                                     .draw = draw,
                                                     .apply = apply};
