/* Separable resizing: first the rows of the box are blended (the inner loop runs along a row), then
 * the columns. An axis has the same number of taps at each place, so that loops stay regular;
 * taps outside the filter weigh zero. */
#include "resize.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bm/arena.h"

/* How one axis of the result is blended from an axis of the box. */
struct axis {
    int taps;       /* of each place */
    int *first;     /* size: the first source pixel, within the box */
    float *weights; /* taps * size, by taps; those of a place sum to 1 */
};

struct bm_resizer {
    struct bm_image_shape stored;
    int size;
    struct axis rows, columns;
    float *line; /* a row of the box, blended, in 0 … 255 */
    struct bm_arena memory;
};

/* The filter is a triangle that spans two pixels of the box or of the result, whichever are larger.
 */
static int taps_of(int length, int size)
{
    int most = length > size ? (2 * length + size - 1) / size : 2;
    return most < length ? most : length;
}

static size_t axis_floats(int length, int size)
{
    return (size_t)taps_of(length, size) * (size_t)size;
}

static double triangle(double distance, double support)
{
    double height = 1 - fabs(distance) / support;
    return height > 0 ? height : 0;
}

static void axis_plan(struct axis *axis, int length, int size)
{
    double scale = (double)length / size;
    double support = scale > 1 ? scale : 1; /* half the triangle's base */
    axis->taps = taps_of(length, size);
    for (int at = 0; at < size; at++) {
        double center = scale * (at + 0.5), sum = 0;
        double begin = center - support + 0.5;
        int first = begin > 0 ? (int)begin : 0;
        if (first > length - axis->taps)
            first = length - axis->taps;
        float *weights = axis->weights + at;
        for (int tap = 0; tap < axis->taps; tap++)
            sum += triangle(first + tap + 0.5 - center, support);
        for (int tap = 0; tap < axis->taps; tap++)
            weights[tap * size] = (float)(triangle(first + tap + 0.5 - center, support) / sum);
        axis->first[at] = first;
    }
}

/* A smaller box never has more taps than the whole image. */
static void axis_carve(struct axis *axis, int length, int size, struct bm_arena *memory)
{
    axis->first = bm_arena_take(memory, (size_t)size * sizeof *axis->first);
    axis->weights = bm_arena_take(memory, axis_floats(length, size) * sizeof *axis->weights);
}

static void carve(struct bm_resizer *resizer, struct bm_arena *memory)
{
    struct bm_image_shape stored = resizer->stored;
    axis_carve(&resizer->rows, stored.height, resizer->size, memory);
    axis_carve(&resizer->columns, stored.width, resizer->size, memory);
    resizer->line = bm_arena_take(memory, (size_t)stored.width * sizeof *resizer->line);
}

struct bm_resizer *bm_resizer_new(struct bm_image_shape stored, int size, struct bm_err *err)
{
    struct bm_resizer *resizer = calloc(1, sizeof *resizer);
    if (resizer == NULL) {
        bm_fail_errno(err, "no memory for views");
        return NULL;
    }
    resizer->stored = stored;
    resizer->size = size;
    struct bm_arena count = {0};
    carve(resizer, &count);
    if (bm_arena_init(&resizer->memory, count.used, "views", err) != 0) {
        free(resizer);
        return NULL;
    }
    carve(resizer, &resizer->memory);
    return resizer;
}

void bm_resizer_free(struct bm_resizer *resizer)
{
    if (resizer == NULL)
        return;
    bm_arena_fini(&resizer->memory);
    free(resizer);
}

/* One row of the result from a plane of the box, whose rows are `stride` bytes apart. */
static void resize_row(const struct bm_resizer *resizer, const unsigned char *restrict box,
                       int stride, int width, int y, float *restrict out)
{
    const struct axis *rows = &resizer->rows, *columns = &resizer->columns;
    float *restrict line = resizer->line;
    int size = resizer->size;
    memset(line, 0, (size_t)width * sizeof *line);
    for (int tap = 0; tap < rows->taps; tap++) {
        const unsigned char *restrict source = box + (ptrdiff_t)(rows->first[y] + tap) * stride;
        float weight = rows->weights[tap * size + y];
        for (int x = 0; x < width; x++)
            line[x] += weight * (float)source[x];
    }
    const int *restrict first = columns->first;
    memset(out, 0, (size_t)size * sizeof *out);
    for (int tap = 0; tap < columns->taps; tap++) {
        const float *restrict weights = columns->weights + tap * size;
        for (int x = 0; x < size; x++)
            out[x] += weights[x] * line[first[x] + tap];
    }
    /* Rounding of the weights may lead beyond 255. */
    for (int x = 0; x < size; x++)
        out[x] = (out[x] < 255 ? out[x] : 255) / 255;
}

/* A box that is as large as the result: what the filter gives, for nothing. */
static void copy_plane(const unsigned char *box, int stride, int size, float *restrict out)
{
    for (int y = 0; y < size; y++, out += size) {
        const unsigned char *restrict row = box + (ptrdiff_t)y * stride;
        for (int x = 0; x < size; x++)
            out[x] = (float)row[x] / 255;
    }
}

static void resize_plane(const struct bm_resizer *resizer, const unsigned char *box, int width,
                         float *out)
{
    for (int y = 0; y < resizer->size; y++, out += resizer->size)
        resize_row(resizer, box, resizer->stored.width, width, y, out);
}

void bm_resizer_box(struct bm_resizer *resizer, const unsigned char *pixels, int top, int left,
                    int height, int width, float *out)
{
    struct bm_image_shape stored = resizer->stored;
    int size = resizer->size;
    bool is_resized = height != size || width != size;
    if (is_resized) {
        axis_plan(&resizer->rows, height, size);
        axis_plan(&resizer->columns, width, size);
    }
    for (int c = 0; c < stored.channels; c++, out += (ptrdiff_t)size * size) {
        const unsigned char *box =
            pixels + ((ptrdiff_t)c * stored.height + top) * stored.width + left;
        if (is_resized)
            resize_plane(resizer, box, width, out);
        else
            copy_plane(box, stored.width, size, out);
    }
}
