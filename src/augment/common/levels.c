#include "levels.h"

enum { LEVELS = 256 };

/* ---- what levels become in a channel in which they are so often; values, in 0 … 255 ---- */

static void make_posterize(const int *counts, float amount, int *table)
{
    (void)counts;
    int step = 1 << (8 - (int)amount);
    for (int level = 0; level < LEVELS; level++)
        table[level] = level - level % step;
}

static void make_solarize(const int *counts, float amount, int *table)
{
    (void)counts;
    for (int level = 0; level < LEVELS; level++)
        table[level] = (float)level >= amount ? LEVELS - 1 - level : level;
}

/* In the same float operations as torchvision, which drops what is behind the point. */
static void make_autocontrast(const int *counts, float amount, int *table)
{
    (void)amount;
    int low = 0, high = LEVELS - 1;
    while (counts[low] == 0)
        low++;
    while (counts[high] == 0)
        high--;
    float scale = low < high ? 255 / (float)(high - low) : 1;
    for (int level = low; level <= high; level++)
        table[level] = low < high ? (int)((float)(level - low) * scale) : level;
}

/* As PIL: the last level that is there counts for nothing, and a step of 0 changes nothing. */
static void make_equalize(const int *counts, float amount, int *table)
{
    (void)amount;
    int pixels = 0, last = 0, below = 0;
    for (int level = 0; level < LEVELS; level++) {
        pixels += counts[level];
        last = counts[level] > 0 ? counts[level] : last;
    }
    int step = (pixels - last) / (LEVELS - 1);
    for (int level = 0; level < LEVELS; below += counts[level++]) {
        int place = step > 0 ? (below + step / 2) / step : level;
        table[level] = place < LEVELS ? place : LEVELS - 1;
    }
}

/* ---- applying it ---- */

/* To the nearest of 256 levels. */
static void round_plane(const float *restrict pixels, size_t n, int32_t *restrict levels)
{
    for (size_t i = 0; i < n; i++)
        levels[i] = (int32_t)(pixels[i] * 255 + 0.5F);
}

static void change(struct bm_canvas *canvas, float amount,
                   void (*make)(const int *counts, float amount, int *table))
{
    size_t n = (size_t)canvas->size * (size_t)canvas->size;
    int32_t *restrict levels = canvas->numbers;
    for (int c = 0; c < canvas->channels; c++) {
        float *restrict pixels = canvas->pixels + (size_t)c * n;
        int counts[LEVELS] = {0}, table[LEVELS] = {0};
        float values[LEVELS];
        round_plane(pixels, n, levels);
        for (size_t i = 0; i < n; i++)
            counts[levels[i]]++;
        make(counts, amount, table);
        for (int level = 0; level < LEVELS; level++)
            values[level] = (float)table[level] / 255;
        for (size_t i = 0; i < n; i++)
            pixels[i] = values[levels[i]];
    }
}

void bm_posterize(struct bm_canvas *canvas, int bits)
{
    change(canvas, (float)bits, make_posterize);
}

void bm_solarize(struct bm_canvas *canvas, float threshold)
{
    change(canvas, threshold, make_solarize);
}

void bm_autocontrast(struct bm_canvas *canvas)
{
    change(canvas, 0, make_autocontrast);
}

void bm_equalize(struct bm_canvas *canvas)
{
    change(canvas, 0, make_equalize);
}
