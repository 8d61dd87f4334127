/* Vertical flip: top becomes bottom. */
#include "step.h"

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    parameters->vertical_flip = bm_random_uniform(random) < viewer->config->vertical_flip_p;
}

static void swap_rows(float *restrict a, float *restrict b, int size)
{
    for (int x = 0; x < size; x++) {
        float pixel = a[x];
        a[x] = b[x];
        b[x] = pixel;
    }
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->vertical_flip)
        return;
    int size = canvas->size;
    for (int c = 0; c < canvas->channels; c++) {
        float *plane = canvas->pixels + (ptrdiff_t)c * size * size;
        for (int top = 0, bottom = size - 1; top < bottom; top++, bottom--)
            swap_rows(plane + top * size, plane + bottom * size, size);
    }
}

const struct bm_augmentation bm_augmentation_vertical_flip = {
    .name = "vertical_flip",
    .help = "top becomes bottom",
    .lane = BM_LANE_VERTICAL_FLIP,
    .draw = draw,
    .apply = apply,
};
