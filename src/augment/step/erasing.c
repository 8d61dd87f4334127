/* Random erasing: a box becomes black, as torchvision's RandomErasing with its value of 0. The box
 * lies strictly within the image; if ten tries find none, nothing is erased. */
#include "step.h"

#include <math.h>
#include <string.h>

static void draw_box(const struct bm_viewer *viewer, struct bm_random *random,
                     struct bm_view_parameters *p)
{
    const struct bm_config *config = viewer->config;
    int size = viewer->size;
    double log_min = log(config->erasing_ratio_min), log_max = log(config->erasing_ratio_max);
    for (int attempt = 0; attempt < 10; attempt++) {
        double area = (double)size * size *
                      bm_random_range(random, config->erasing_scale_min, config->erasing_scale_max);
        double ratio = exp(bm_random_range(random, log_min, log_max));
        int height = (int)rint(sqrt(area * ratio)), width = (int)rint(sqrt(area / ratio));
        if (height >= size || width >= size)
            continue;
        p->erasing_top = (int)bm_random_below(random, (uint64_t)(size - height + 1));
        p->erasing_left = (int)bm_random_below(random, (uint64_t)(size - width + 1));
        p->erasing_height = height;
        p->erasing_width = width;
        return;
    }
}

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    if (bm_random_uniform(random) < viewer->config->erasing_p)
        draw_box(viewer, random, parameters);
}

static void apply(const struct bm_view_parameters *p, struct bm_canvas *canvas)
{
    size_t size = (size_t)canvas->size, left = (size_t)p->erasing_left;
    for (size_t c = 0; c < (size_t)canvas->channels; c++)
        for (int row = 0; row < p->erasing_height; row++) {
            size_t y = c * size + (size_t)(p->erasing_top + row);
            memset(canvas->pixels + y * size + left, 0,
                   (size_t)p->erasing_width * sizeof *canvas->pixels);
        }
}

const struct bm_augmentation bm_augmentation_erasing = {
    .name = "erasing",
    .help = "a random box becomes black",
    .lane = BM_LANE_ERASING,
    .draw = draw,
    .apply = apply,
};
