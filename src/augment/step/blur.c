/* Gaussian blur with a kernel of 3x3 pixels; beyond the edges the image is reflected, as
 * torchvision's GaussianBlur(3). */
#include "step.h"

#include <math.h>

/* All is drawn even when there is no blur, so that blur_p does not shift the rest. */
static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    const struct bm_config *config = viewer->config;
    parameters->blur = bm_random_uniform(random) < config->blur_p;
    parameters->blur_sigma =
        (float)bm_random_range(random, config->blur_sigma_min, config->blur_sigma_max);
}

/* of the pixel itself, and of each of its two neighbours in a row or column. */
struct kernel {
    float own, other;
};

static void blur_row(const float *restrict row, int size, struct kernel kernel, float *restrict out)
{
    for (int x = 1; x < size - 1; x++)
        out[x] = kernel.own * row[x] + kernel.other * (row[x - 1] + row[x + 1]);
    out[0] = kernel.own * row[0] + 2 * kernel.other * row[1];
    out[size - 1] = kernel.own * row[size - 1] + 2 * kernel.other * row[size - 2];
}

static void blur_column(const float *restrict above, const float *restrict row,
                        const float *restrict below, int size, struct kernel kernel,
                        float *restrict out)
{
    for (int x = 0; x < size; x++) {
        float value = kernel.own * row[x] + kernel.other * (above[x] + below[x]);
        out[x] = value < 1 ? value : 1; /* rounding may lead beyond */
    }
}

static void blur_plane(float *pixels, int size, struct kernel kernel, float *plane)
{
    for (int y = 0; y < size; y++)
        blur_row(pixels + y * size, size, kernel, plane + y * size);
    for (int y = 0; y < size; y++) {
        int above = y > 0 ? y - 1 : 1, below = y < size - 1 ? y + 1 : size - 2;
        blur_column(plane + above * size, plane + y * size, plane + below * size, size, kernel,
                    pixels + y * size);
    }
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->blur)
        return;
    double sigma = (double)parameters->blur_sigma, beside = exp(-0.5 / (sigma * sigma));
    const struct kernel kernel = {(float)(1 / (1 + 2 * beside)),
                                  (float)(beside / (1 + 2 * beside))};
    for (int c = 0; c < canvas->channels; c++)
        blur_plane(canvas->pixels + (ptrdiff_t)c * canvas->size * canvas->size, canvas->size,
                   kernel, canvas->plane);
}

const struct bm_augmentation bm_augmentation_blur = {
    .name = "blur",
    .help = "Gaussian blur of 3x3 pixels, of random strength",
    .lane = BM_LANE_BLUR,
    .least = 2,
    .draw = draw,
    .apply = apply,
};
