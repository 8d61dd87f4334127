/* The loops over planes have no branches and no calls, so that they become vectors. */
#include "colour.h"

#include <assert.h>

/* The red, green and blue planes and their length. */
struct planes {
    float *restrict r, *restrict g, *restrict b;
    size_t n;
};

static size_t pixels_of(const struct bm_canvas *canvas)
{
    return (size_t)canvas->size * (size_t)canvas->size;
}

static struct planes planes_of(const struct bm_canvas *canvas)
{
    size_t n = pixels_of(canvas);
    float *pixels = canvas->pixels;
    assert(canvas->channels == 3);
    return (struct planes){pixels, pixels + n, pixels + 2 * n, n};
}

static void blend_plane(float *restrict plane, size_t n, float other, float ratio)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = bm_blended(plane[i], other, ratio);
}

static void blend_planes(struct planes p, float other, float ratio)
{
    for (size_t i = 0; i < p.n; i++) {
        p.r[i] = bm_blended(p.r[i], other, ratio);
        p.g[i] = bm_blended(p.g[i], other, ratio);
        p.b[i] = bm_blended(p.b[i], other, ratio);
    }
}

static void blend_all(struct bm_canvas *canvas, float other, float ratio)
{
    if (canvas->channels == 1)
        blend_plane(canvas->pixels, pixels_of(canvas), other, ratio);
    else
        blend_planes(planes_of(canvas), other, ratio);
}

static double mean_gray(struct planes p)
{
    enum { SUMS = 8 }; /* since each addition waits for the one before it */
    double sums[SUMS] = {0}, sum = 0;
    size_t i = 0;
    for (; i + SUMS <= p.n; i += SUMS)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] += (double)bm_gray(p.r[i + s], p.g[i + s], p.b[i + s]);
    for (; i < p.n; i++)
        sums[0] += (double)bm_gray(p.r[i], p.g[i], p.b[i]);
    for (size_t s = 0; s < SUMS; s++)
        sum += sums[s];
    return sum / (double)p.n;
}

static double mean_of(const float *plane, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)plane[i];
    return sum / (double)n;
}

void bm_adjust_brightness(struct bm_canvas *canvas, float ratio)
{
    blend_all(canvas, 0, ratio);
}

void bm_adjust_contrast(struct bm_canvas *canvas, float ratio)
{
    double mean = canvas->channels == 1 ? mean_of(canvas->pixels, pixels_of(canvas))
                                        : mean_gray(planes_of(canvas));
    blend_all(canvas, (float)mean, ratio);
}

void bm_adjust_saturation(struct bm_canvas *canvas, float ratio)
{
    if (canvas->channels == 1)
        return;
    struct planes p = planes_of(canvas);
    for (size_t i = 0; i < p.n; i++) {
        float gray = bm_gray(p.r[i], p.g[i], p.b[i]);
        p.r[i] = bm_blended(p.r[i], gray, ratio);
        p.g[i] = bm_blended(p.g[i], gray, ratio);
        p.b[i] = bm_blended(p.b[i], gray, ratio);
    }
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

static inline float smaller(float a, float b)
{
    return a < b ? a : b;
}

/* What a channel loses of the maximum, as a fraction of the range, at `place` sixths of a turn from
 * where it begins to fall: 0 to 1 in the first sixth, 1 for two, back to 0, and 0 for two. `place`
 * lies within [-6, 18). */
static inline float wave(float place)
{
    place += place < 0 ? 6.0F : 0.0F;
    place -= place >= 12 ? 12.0F : 0.0F;
    place -= place >= 6 ? 6.0F : 0.0F;
    return bm_clamped(smaller(place, 4 - place));
}

static void shift_hue(struct planes p, float shift)
{
    float turn = 6 * shift;
    for (size_t i = 0; i < p.n; i++) {
        float r = p.r[i], g = p.g[i], b = p.b[i];
        float max = larger(r, larger(g, b)), range = max - smaller(r, smaller(g, b));
        float divisor = range > 0 ? range : 1;
        float of_red = (g - b) / divisor, of_green = (b - r) / divisor + 2;
        float of_blue = (r - g) / divisor + 4;
        float sixths = turn + (max == r ? of_red : max == g ? of_green : of_blue);
        p.r[i] = max - range * wave(sixths + 5);
        p.g[i] = max - range * wave(sixths + 3);
        p.b[i] = max - range * wave(sixths + 1);
    }
}

/* Through the hue of HSV, of which hue alone changes (Smith 1978). Gray pixels have no range, and
 * stay as they are. */
void bm_adjust_hue(struct bm_canvas *canvas, float shift)
{
    if (canvas->channels > 1)
        shift_hue(planes_of(canvas), shift);
}
