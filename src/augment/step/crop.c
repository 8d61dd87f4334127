/* Random resized crop: draws the box, as torchvision's RandomResizedCrop.get_params. Cutting and
 * resizing are the viewer's (common/resize.c), since every canvas is made from a box. */
#include "step.h"

#include <math.h>

/* rint, like Python's round, rounds halves to even. */
static int rounded(double value)
{
    return (int)rint(value);
}

static void set_box(struct bm_view_parameters *p, int top, int left, int height, int width)
{
    p->crop_top = top;
    p->crop_left = left;
    p->crop_height = height;
    p->crop_width = width;
}

/* The largest central box with an aspect ratio in bounds. */
static void central(struct bm_image_shape stored, double ratio_max, struct bm_view_parameters *p)
{
    int height = stored.height, width = stored.width;
    double ratio = (double)width / height;
    if (ratio < 1 / ratio_max)
        height = rounded(width * ratio_max);
    else if (ratio > ratio_max)
        width = rounded(height * ratio_max);
    set_box(p, (stored.height - height) / 2, (stored.width - width) / 2, height, width);
}

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *p)
{
    const struct bm_config *config = viewer->config;
    struct bm_image_shape stored = viewer->stored;
    double area = (double)stored.height * stored.width;
    double log_ratio = log(config->crop_ratio_max);
    for (int attempt = 0; attempt < 10; attempt++) {
        double target =
            area * bm_random_range(random, config->crop_scale_min, config->crop_scale_max);
        double ratio = exp(bm_random_range(random, -log_ratio, log_ratio));
        int width = rounded(sqrt(target * ratio));
        int height = rounded(sqrt(target / ratio));
        if (width < 1 || width > stored.width || height < 1 || height > stored.height)
            continue;
        int top = (int)bm_random_below(random, (uint64_t)(stored.height - height + 1));
        int left = (int)bm_random_below(random, (uint64_t)(stored.width - width + 1));
        set_box(p, top, left, height, width);
        return;
    }
    central(stored, config->crop_ratio_max, p);
}

const struct bm_augmentation bm_augmentation_crop = {
    .name = "crop",
    .help = "a box of random area and aspect ratio, resized; always the first",
    .lane = BM_LANE_CROP,
    .draw = draw};
