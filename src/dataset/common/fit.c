#include "fit.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- one axis ---- */

/* The weights of an axis, as PIL's (Resample.c): a triangle as wide as a pixel of the coarser of
 * the two grids. Output x is the sum over k < n[x] of weight[x * most + k] * input[first[x] + k],
 * in units of 2^-BITS. */
enum { BITS = 32 - 8 - 2 };

struct axis {
    int most, *first, *n; /* owned, with the weights, as one piece */
    int32_t *weight;
};

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static void weigh(struct axis *axis, int x, int from, double scale)
{
    double support = scale > 1 ? scale : 1, center = (x + 0.5) * scale, sum = 0;
    int first = (int)(center - support + 0.5), end = (int)(center + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > from ? from : end;
    axis->first[x] = first;
    axis->n[x] = end - first;
    for (int k = 0; k < end - first; k++)
        sum += triangle((k + first - center + 0.5) * (1 / support));
    for (int k = 0; k < end - first; k++) {
        double w = triangle((k + first - center + 0.5) * (1 / support)) / sum;
        axis->weight[x * axis->most + k] = (int32_t)(0.5 + w * (1 << BITS));
    }
}

/* From `from` pixels to `to`; NULL in `first` where there is no memory. */
static struct axis axis_of(int from, int to)
{
    double scale = (double)from / to;
    struct axis axis = {.most = 2 * (int)ceil(scale > 1 ? scale : 1) + 1};
    axis.first = malloc((size_t)to * (size_t)(2 + axis.most) * sizeof(int32_t));
    if (axis.first == NULL)
        return axis;
    axis.n = axis.first + to;
    axis.weight = axis.n + to;
    for (int x = 0; x < to; x++)
        weigh(&axis, x, from, scale);
    return axis;
}

/* Output x of a line whose pixels are `step` bytes apart. */
static unsigned char mixed(const struct axis *axis, int x, const unsigned char *line, size_t step)
{
    const int32_t *weight = axis->weight + x * axis->most;
    const unsigned char *from = line + (size_t)axis->first[x] * step;
    int32_t sum = 1 << (BITS - 1);
    for (int k = 0; k < axis->n[x]; k++)
        sum += from[(size_t)k * step] * weight[k];
    sum >>= BITS;
    return (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* ---- both ---- */

/* The size of the resized image, and what is cut off of its beginning. */
struct frame {
    int length, cut;
};

static struct frame frame_of(int length, int shorter, int side)
{
    int resized = length == shorter ? side : (int)((int64_t)side * length / shorter);
    return (struct frame){resized, (int)rint((resized - side) / 2.0)};
}

/* Along lines first, as PIL does: between the two passes pixels are bytes again. `lines`: height x
 * side x 3. */
static void resize(const struct bm_pixels *pixels, const struct axis *across,
                   const struct axis *down, int left, int top, int side, unsigned char *lines,
                   unsigned char *planes)
{
    size_t plane = (size_t)side * (size_t)side, line = 3 * (size_t)side;
    for (int y = 0; y < pixels->height; y++)
        for (int x = 0; x < side; x++)
            for (size_t c = 0; c < 3; c++)
                lines[(size_t)y * line + 3 * (size_t)x + c] = mixed(
                    across, left + x, pixels->data + 3 * (size_t)y * (size_t)pixels->width + c, 3);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            for (size_t c = 0; c < 3; c++)
                planes[c * plane + (size_t)(y * side + x)] =
                    mixed(down, top + y, lines + 3 * (size_t)x + c, line);
}

static void copy(const struct bm_pixels *pixels, unsigned char *planes)
{
    size_t plane = (size_t)pixels->height * (size_t)pixels->width;
    const unsigned char *restrict from = pixels->data;
    unsigned char *restrict red = planes, *restrict green = red + plane,
                            *restrict blue = green + plane;
    for (size_t i = 0; i < plane; i++) {
        red[i] = from[3 * i];
        green[i] = from[3 * i + 1];
        blue[i] = from[3 * i + 2];
    }
}

int bm_fit(const struct bm_pixels *pixels, int side, unsigned char *planes, struct bm_err *err)
{
    int height = pixels->height, width = pixels->width;
    int shorter = height < width ? height : width;
    if (height == side && width == side) {
        copy(pixels, planes);
        return 0;
    }
    struct frame x = frame_of(width, shorter, side), y = frame_of(height, shorter, side);
    struct axis across = axis_of(width, x.length), down = axis_of(height, y.length);
    unsigned char *lines = malloc((size_t)height * (size_t)side * 3);
    int status = across.first == NULL || down.first == NULL || lines == NULL
                     ? bm_fail_errno(err, "no memory to resize %d x %d pixels", width, height)
                     : 0;
    if (status == 0)
        resize(pixels, &across, &down, x.cut, y.cut, side, lines, planes);
    free(across.first);
    free(down.first);
    free(lines);
    return status;
}
