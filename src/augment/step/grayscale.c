/* Grayscale: all three channels become the luma; one channel is gray already. */
#include "../common/colour.h"
#include "step.h"

#include <assert.h>

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    parameters->grayscale = bm_random_uniform(random) < viewer->config->grayscale_p;
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->grayscale || canvas->channels == 1)
        return;
    assert(canvas->channels == 3);
    size_t plane = (size_t)canvas->size * (size_t)canvas->size;
    float *r = canvas->pixels, *g = r + plane, *b = g + plane;
    for (size_t i = 0; i < plane; i++)
        r[i] = g[i] = b[i] = bm_gray(r[i], g[i], b[i]);
}

const struct bm_augmentation bm_augmentation_grayscale = {.name = "grayscale",
                                                          .help = "the colours are dropped",
                                                          .lane = BM_LANE_GRAYSCALE,
                                                          .draw = draw,
                                                          .apply = apply};
