/* Colour jitter: brightness, contrast, saturation and hue in a random order, as torchvision's
 * ColorJitter. Every adjustment leaves values in [0, 1]. One channel has no saturation and no hue,
 * and is its own gray. */
#include "step.h"

#include <assert.h>
#include <math.h>

static float factor(struct bm_random *random, double strength)
{
    return (float)bm_random_range(random, fmax(0, 1 - strength), 1 + strength);
}

/* All is drawn even when there is no jitter, so that jitter_p does not shift the rest. */
static void draw(const struct bm_config *config, struct bm_image_shape stored,
                 struct bm_random *random, struct bm_view_parameters *p)
{
    (void)stored;
    p->jitter = bm_random_uniform(random) < config->jitter_p;
    uint32_t order[4] = {0, 1, 2, 3};
    bm_random_shuffle(random, order, 4);
    for (int i = 0; i < 4; i++)
        p->jitter_order[i] = (int)order[i];
    p->brightness = factor(random, config->jitter_brightness);
    p->contrast = factor(random, config->jitter_contrast);
    p->saturation = factor(random, config->jitter_saturation);
    p->hue = (float)bm_random_range(random, -config->jitter_hue, config->jitter_hue);
}

/* The red, green and blue planes and their length. The loops over them have no branches and no
 * calls, so that they become vectors. */
struct planes {
    float *restrict r, *restrict g, *restrict b;
    size_t n;
};

static inline float clamped(float value)
{
    value = value > 0 ? value : 0;
    return value < 1 ? value : 1;
}

static inline float blended(float value, float other, float ratio)
{
    return clamped(ratio * value + (1 - ratio) * other);
}

static void adjust_brightness(struct planes p, float ratio)
{
    for (size_t i = 0; i < p.n; i++) {
        p.r[i] = blended(p.r[i], 0, ratio);
        p.g[i] = blended(p.g[i], 0, ratio);
        p.b[i] = blended(p.b[i], 0, ratio);
    }
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

static void adjust_contrast(struct planes p, float ratio)
{
    float mean = (float)mean_gray(p);
    for (size_t i = 0; i < p.n; i++) {
        p.r[i] = blended(p.r[i], mean, ratio);
        p.g[i] = blended(p.g[i], mean, ratio);
        p.b[i] = blended(p.b[i], mean, ratio);
    }
}

static void adjust_saturation(struct planes p, float ratio)
{
    for (size_t i = 0; i < p.n; i++) {
        float gray = bm_gray(p.r[i], p.g[i], p.b[i]);
        p.r[i] = blended(p.r[i], gray, ratio);
        p.g[i] = blended(p.g[i], gray, ratio);
        p.b[i] = blended(p.b[i], gray, ratio);
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
    return clamped(smaller(place, 4 - place));
}

/* Through the hue of HSV, of which hue alone changes (Smith 1978). Gray pixels have no range, and
 * stay as they are. */
static void adjust_hue(struct planes p, float shift)
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

/* ---- one channel ---- */

static void blend_plane(float *restrict plane, size_t n, float other, float ratio)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = blended(plane[i], other, ratio);
}

static void apply_to_gray(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    size_t n = (size_t)canvas->size * (size_t)canvas->size;
    for (int i = 0; i < 4; i++) {
        if (parameters->jitter_order[i] == 0) {
            blend_plane(canvas->pixels, n, 0, parameters->brightness);
        } else if (parameters->jitter_order[i] == 1) {
            double sum = 0;
            for (size_t p = 0; p < n; p++)
                sum += (double)canvas->pixels[p];
            blend_plane(canvas->pixels, n, (float)(sum / (double)n), parameters->contrast);
        }
    }
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->jitter)
        return;
    if (canvas->channels == 1) {
        apply_to_gray(parameters, canvas);
        return;
    }
    assert(canvas->channels == 3);
    size_t n = (size_t)canvas->size * (size_t)canvas->size;
    float *pixels = canvas->pixels;
    struct planes planes = {pixels, pixels + n, pixels + 2 * n, n};
    /* By the numbers of jitter_order. */
    static void (*const adjust[4])(struct planes, float) = {adjust_brightness, adjust_contrast,
                                                            adjust_saturation, adjust_hue};
    const float amounts[4] = {parameters->brightness, parameters->contrast, parameters->saturation,
                              parameters->hue};
    for (int i = 0; i < 4; i++) {
        int k = parameters->jitter_order[i];
        adjust[k](planes, amounts[k]);
    }
}

const struct bm_augmentation bm_augmentation_jitter = {
    .name = "jitter", .lane = BM_LANE_JITTER, .draw = draw, .apply = apply};
