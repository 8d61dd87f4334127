#include "warp.h"

#include <math.h>
#include <string.h>

struct bm_map_affine bm_turned(double degrees, double right, double down)
{
    const double pi = 3.14159265358979323846;
    double angle = degrees * pi / 180, c = cos(angle), s = sin(angle);
    return (struct bm_map_affine){{c, s, -c * right - s * down}, {-s, c, s * right - c * down}};
}

/* To the nearest whole number, halves to even, for less than 2^22: in this order of operations the
 * digits behind the point do not fit. Unlike rintf it becomes vectors on every machine. */
static inline float nearest(float value)
{
    const float all_digits = 12582912; /* 1.5 * 2^23 */
    return (value + all_digits) - all_digits;
}

/* Coordinates as torch has them: from -1 to 1 between the outer edges of the image, and in float,
 * so that what lies between two pixels falls to the same one. */
static inline float pixel(float of_x, float of_y, float shift, float half)
{
    return nearest(((of_x + of_y + shift) + 1) * half - 0.5F);
}

/* Of each pixel the number of its source, or the number of pixels where that is outside. */
static void find_sources(const struct bm_canvas *canvas, const struct bm_map_affine *map)
{
    int size = canvas->size;
    float half = (float)size / 2, side = (float)size, outside = side * side;
    float x[3], y[3];
    for (int i = 0; i < 3; i++) {
        x[i] = (float)map->of_x[i] / half;
        y[i] = (float)map->of_y[i] / half;
    }
    for (int row = 0; row < size; row++) {
        float down = (float)row - half + 0.5F;
        float x_of_row = down * x[1], y_of_row = down * y[1];
        int32_t *restrict numbers = canvas->numbers + (size_t)row * (size_t)size;
        for (int column = 0; column < size; column++) {
            float right = (float)column - half + 0.5F;
            float at_x = pixel(right * x[0], x_of_row, x[2], half);
            float at_y = pixel(right * y[0], y_of_row, y[2], half);
            float number = at_y * side + at_x;
            number = at_x >= 0 ? number : outside;
            number = at_x < side ? number : outside;
            number = at_y >= 0 ? number : outside;
            number = at_y < side ? number : outside;
            numbers[column] = (int32_t)number;
        }
    }
}

void bm_warp(struct bm_canvas *canvas, const struct bm_map_affine *map)
{
    size_t n = (size_t)canvas->size * (size_t)canvas->size;
    const int32_t *restrict numbers = canvas->numbers;
    float *restrict plane = canvas->plane;
    find_sources(canvas, map);
    plane[n] = 0;
    for (int c = 0; c < canvas->channels; c++) {
        float *restrict pixels = canvas->pixels + (size_t)c * n;
        memcpy(plane, pixels, n * sizeof *plane);
        for (size_t i = 0; i < n; i++)
            pixels[i] = plane[numbers[i]];
    }
}
