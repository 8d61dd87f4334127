/* Average pooling of features. A channel's sum runs in double over the pixels in their order, and
 * nothing is contracted (Makefile), so that every instruction set gives the same bits. */
#include "vector.h"

/* A vector of doubles, and the reals that become one; what is wider than the registers would live
 * in memory. */
enum { WIDE = BM_VECTOR_BYTES / sizeof(double), MOST_VECTORS = BM_VECTOR_BYTES == 64 ? 4 : 2 };
typedef double wide __attribute__((vector_size(BM_VECTOR_BYTES)));
typedef bm_real reals __attribute__((vector_size(WIDE * sizeof(bm_real))));
typedef float floats __attribute__((vector_size(WIDE * sizeof(float))));

BM_INLINE reals read(const bm_real *from, int lanes)
{
    reals values = {0};
    memcpy(&values, from, (size_t)lanes * sizeof *from);
    return values;
}

/* Lets NaN through, so that a diverged run stays visible. */
BM_INLINE reals relu(reals values)
{
    __typeof__(values < values) kept = ~(values < (reals){0});
    return (reals)((__typeof__(kept))values & kept);
}

/* What a normalization does to the channels of a block. */
struct values {
    bool is_used, has_relu;
    reals shift[MOST_VECTORS], factor[MOST_VECTORS], bias[MOST_VECTORS];
};

BM_INLINE struct values values_of(const struct bm_norm *norm, int c, int vectors, int lanes)
{
    struct values values = {.is_used = norm != NULL};
    for (int v = 0; v < vectors && norm != NULL; v++) {
        values.has_relu = norm->has_relu;
        values.shift[v] = read(norm->shift + c + v * WIDE, lanes);
        values.factor[v] = read(norm->factor + c + v * WIDE, lanes);
        values.bias[v] = read(norm->bias + c + v * WIDE, lanes);
    }
    return values;
}

/* Channels c ... of the window; the last vector has `lanes` lanes (all, unless it is alone). */
BM_INLINE void mean_block(const struct bm_pixels *window, const struct bm_norm *norm,
                          const bm_real *x, float *mean, int c, int vectors, int lanes)
{
    struct values values = values_of(norm, c, vectors, lanes);
    wide sum[MOST_VECTORS] = {0};
    for (int h = 0; h < window->height; h++)
        for (int w = 0; w < window->width; w++) {
            size_t pixel = (size_t)h * window->row + (size_t)w;
            const bm_real *at = x + pixel * (size_t)window->channels + c;
            for (int v = 0; v < vectors; v++) {
                reals value = read(at + v * WIDE, lanes);
                if (values.is_used)
                    value = (value - values.shift[v]) * values.factor[v] + values.bias[v];
                if (values.has_relu)
                    value = relu(value);
                sum[v] += __builtin_convertvector(value, wide);
            }
        }
    for (int v = 0; v < vectors; v++) {
        double count = (double)window->height * window->width;
        floats result = __builtin_convertvector(sum[v] / count, floats);
        memcpy(mean + c + v * WIDE, &result, (size_t)lanes * sizeof *mean);
    }
}

/* With a constant norm where there is none. */
BM_INLINE void mean_channels(const struct bm_pixels *window, const struct bm_norm *norm,
                             const bm_real *x, float *mean)
{
    int c = 0, channels = window->channels;
    for (; c + MOST_VECTORS * WIDE <= channels; c += MOST_VECTORS * WIDE)
        mean_block(window, norm, x, mean, c, MOST_VECTORS, WIDE);
    for (; c + WIDE <= channels; c += WIDE)
        mean_block(window, norm, x, mean, c, 1, WIDE);
    if (c < channels)
        mean_block(window, norm, x, mean, c, 1, channels - c);
}

void BM_KERNEL(pool_mean)(const struct bm_pixels *window, const struct bm_norm *norm,
                          const bm_real *x, float *mean)
{
    if (norm == NULL)
        mean_channels(window, NULL, x, mean);
    else
        mean_channels(window, norm, x, mean);
}
