/* RandAugment (Cubuk et al. 2020): some of fourteen operations, one after the other, all of the
 * same magnitude, as torchvision's RandAugment with 100 bins of magnitude. The strength a says how
 * many, floor(10 a / 3) + 1, and the bin, min(99, floor(100 a)). Pixels that move are the nearest
 * ones, and black where there was nothing. */
#include "../common/colour.h"
#include "../common/levels.h"
#include "../common/warp.h"
#include "step.h"

#include <math.h>
#include <string.h>

enum { BINS = 100 };

/* ---- operations ---- */

static void identity(struct bm_canvas *canvas, float magnitude)
{
    (void)canvas;
    (void)magnitude;
}

/* Rows move by their distance from the upper edge. */
static void shear_x(struct bm_canvas *canvas, float magnitude)
{
    double m = (double)magnitude;
    bm_warp(canvas, &(struct bm_map_affine){{1, m, m * canvas->size / 2}, {0, 1, 0}});
}

static void shear_y(struct bm_canvas *canvas, float magnitude)
{
    double m = (double)magnitude;
    bm_warp(canvas, &(struct bm_map_affine){{1, 0, 0}, {m, 1, m * canvas->size / 2}});
}

static void translate_x(struct bm_canvas *canvas, float magnitude)
{
    const struct bm_map_affine map = bm_turned(0, trunc((double)magnitude), 0);
    bm_warp(canvas, &map);
}

static void translate_y(struct bm_canvas *canvas, float magnitude)
{
    const struct bm_map_affine map = bm_turned(0, 0, trunc((double)magnitude));
    bm_warp(canvas, &map);
}

/* Counter-clockwise. */
static void rotate(struct bm_canvas *canvas, float magnitude)
{
    const struct bm_map_affine map = bm_turned(-(double)magnitude, 0, 0);
    bm_warp(canvas, &map);
}

static void brightness(struct bm_canvas *canvas, float magnitude)
{
    bm_adjust_brightness(canvas, 1 + magnitude);
}

static void color(struct bm_canvas *canvas, float magnitude)
{
    bm_adjust_saturation(canvas, 1 + magnitude);
}

static void contrast(struct bm_canvas *canvas, float magnitude)
{
    bm_adjust_contrast(canvas, 1 + magnitude);
}

/* A row blended with its smoothed self: of 3x3 pixels the middle one counts five times. */
static void sharpen_row(const float *restrict row, int size, float ratio, float *restrict out)
{
    const float *restrict above = row - size, *restrict below = row + size;
    for (int x = 1; x < size - 1; x++) {
        float around = above[x - 1] + above[x] + above[x + 1] + row[x - 1] + row[x + 1] +
                       below[x - 1] + below[x] + below[x + 1];
        out[x] = bm_blended(row[x], (around + 5 * row[x]) / 13, ratio);
    }
}

/* The outermost pixels stay as they are. */
static void sharpness(struct bm_canvas *canvas, float magnitude)
{
    int size = canvas->size;
    size_t plane = (size_t)size * (size_t)size;
    for (int c = 0; c < canvas->channels; c++) {
        float *pixels = canvas->pixels + (size_t)c * plane;
        memcpy(canvas->plane, pixels, plane * sizeof *pixels);
        for (int y = 1; y < size - 1; y++)
            sharpen_row(canvas->plane + y * size, size, 1 + magnitude, pixels + y * size);
    }
}

static void posterize(struct bm_canvas *canvas, float magnitude)
{
    bm_posterize(canvas, (int)magnitude);
}

static void autocontrast(struct bm_canvas *canvas, float magnitude)
{
    (void)magnitude;
    bm_autocontrast(canvas);
}

static void equalize(struct bm_canvas *canvas, float magnitude)
{
    (void)magnitude;
    bm_equalize(canvas);
}

/* By their numbers, which streams know: never reorder. */
static const struct {
    void (*apply)(struct bm_canvas *canvas, float magnitude);
    double first, last; /* magnitude of the first and the last bin */
    bool of_side;       /* in sides of the image */
    bool is_signed;     /* or minus that */
    bool is_whole;      /* rounded */
} operations[] = {
    {identity, 0, 0, false, false, false},
    {shear_x, 0, 0.3, false, true, false},
    {shear_y, 0, 0.3, false, true, false},
    {translate_x, 0, 150.0 / 331, true, true, false},
    {translate_y, 0, 150.0 / 331, true, true, false},
    {rotate, 0, 30, false, true, false},
    {brightness, 0, 0.9, false, true, false},
    {color, 0, 0.9, false, true, false},
    {contrast, 0, 0.9, false, true, false},
    {sharpness, 0, 0.9, false, true, false},
    {posterize, 8, 4, false, false, true},
    {bm_solarize, 255, 0, false, false, false},
    {autocontrast, 0, 0, false, false, false},
    {equalize, 0, 0, false, false, false},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

/* ---- magnitudes ---- */

/* In equal steps from the first bin to the last: rounded once, so that thresholds that are whole
 * numbers stay so. */
static float magnitude_of(int number, int bin, int size)
{
    double side = operations[number].of_side ? size : 1;
    double first = operations[number].first, last = operations[number].last * side;
    double magnitude = (first * (BINS - 1 - bin) + last * bin) / (BINS - 1);
    return (float)(operations[number].is_whole ? rint(magnitude) : magnitude);
}

/* Floor of a decimal fraction that was multiplied: 100 * 0.29 is a little less than 29. */
static int whole(double value)
{
    return (int)floor(value + 1e-9);
}

static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters)
{
    double strength = viewer->config->randaugment_strength;
    int bin = whole(100 * strength);
    bin = bin < BINS ? bin : BINS - 1;
    parameters->n_operations = whole(10 * strength / 3) + 1;
    for (int i = 0; i < parameters->n_operations; i++) {
        int number = (int)bm_random_below(random, N_OPERATIONS);
        bool is_negative = bm_random_below(random, 2) == 1 && operations[number].is_signed;
        float magnitude = magnitude_of(number, bin, viewer->size);
        parameters->operations[i] =
            (struct bm_operation){number, is_negative ? -magnitude : magnitude};
    }
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    for (int i = 0; i < parameters->n_operations; i++) {
        const struct bm_operation *operation = &parameters->operations[i];
        operations[operation->number].apply(canvas, operation->magnitude);
    }
}

const struct bm_augmentation bm_augmentation_randaugment = {
    .name = "randaugment",
    .help = "RandAugment: one to four of fourteen operations, by its strength",
    .lane = BM_LANE_RANDAUGMENT,
    .draw = draw,
    .apply = apply,
};
