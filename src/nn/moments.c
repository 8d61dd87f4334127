#include "moments.h"

#include <string.h>

#include "bm/arena.h"

enum { SAMPLE = 16 }; /* pixels that tell the first group's mean */

struct bm_moments *bm_moments_begin(int channels, struct bm_arena *arena)
{
    size_t n = (size_t)channels;
    struct bm_moments *moments = bm_arena_take(arena, sizeof *moments);
    double *mean = bm_arena_take(arena, 2 * n * sizeof *mean);
    double *sums = bm_arena_take(arena, 2 * n * sizeof *sums);
    bm_real *shift = bm_arena_take(arena, n * sizeof *shift);
    if (moments == NULL)
        return NULL;
    *moments = (struct bm_moments){channels, 0, mean, mean + n, sums, shift};
    memset(mean, 0, 2 * n * sizeof *mean);
    return moments;
}

size_t bm_moments_bytes(int channels)
{
    struct bm_arena count = {0};
    bm_moments_begin(channels, &count);
    return count.used;
}

static double value_at(const void *x, enum bm_element element, size_t at)
{
    bm_real value = 0;
    if (element == BM_ELEMENT_REAL)
        return (double)((const bm_real *)x)[at];
    bm_element_type(element)->unpack(bm_element_at(x, element, at), 1, &value);
    return (double)value;
}

/* What the mean of the next group is expected to be: that of all before, or of a sample of it. */
static void expect(struct bm_moments *moments, const void *x, enum bm_element element,
                   size_t pixels)
{
    size_t n = (size_t)moments->channels, sample = pixels < SAMPLE ? pixels : SAMPLE;
    for (size_t c = 0; c < n; c++) {
        double mean = moments->mean[c];
        for (size_t i = 0; i < sample && moments->count == 0; i++)
            mean += value_at(x, element, i * pixels / sample * n + c) / (double)sample;
        moments->shift[c] = (bm_real)mean;
    }
}

static void join(struct bm_moments *moments, size_t c, double count, double mean, double square)
{
    double all = moments->count + count, apart = mean - moments->mean[c];
    moments->mean[c] += apart * count / all;
    moments->square[c] += square + apart * apart * moments->count * count / all;
}

void bm_moments_add(struct bm_moments *moments, const void *x, enum bm_element element,
                    size_t pixels)
{
    size_t n = (size_t)moments->channels;
    double count = (double)pixels, *sum = moments->sums, *squares = sum + n;
    struct bm_pixels all = bm_pixels_of(pixels, moments->channels);
    all.plain = element;
    expect(moments, x, element, pixels);
    memset(sum, 0, 2 * n * sizeof *sum);
    bm_kernels()->norm_sums(&all, x, moments->shift, sum, squares);
    for (size_t c = 0; c < n; c++) {
        double rest = sum[c] / count;
        join(moments, c, count, (double)moments->shift[c] + rest, squares[c] - rest * sum[c]);
    }
    moments->count += count;
}

void bm_moments_join(struct bm_moments *first, size_t step, int threads, double *moments)
{
    size_t n = (size_t)first->channels;
    for (int thread = 1; thread < threads; thread++) {
        const struct bm_moments *more =
            (const struct bm_moments *)((const unsigned char *)first + (size_t)thread * step);
        for (size_t c = 0; c < n && more->count > 0; c++)
            join(first, c, more->count, more->mean[c], more->square[c]);
        first->count += more->count;
    }
    memcpy(moments, first->mean, 2 * n * sizeof *moments);
}
