/* Colour jitter: brightness, contrast, saturation and hue in a random order, as torchvision's
 * ColorJitter. Every adjustment leaves values in [0, 1]. */
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

/* The red, green and blue planes and their length. */
struct planes {
    float *r, *g, *b;
    size_t n;
};

static float clamped(float value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static float blended(float value, float other, float ratio)
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

static void adjust_contrast(struct planes p, float ratio)
{
    double sum = 0;
    for (size_t i = 0; i < p.n; i++)
        sum += (double)bm_gray(p.r[i], p.g[i], p.b[i]);
    float mean = (float)(sum / (double)p.n);
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

/* The hue of a colour whose channels are not all equal, in turns, in [0, 1). */
static float hue_of(float r, float g, float b, float max, float range)
{
    float rc = (max - r) / range, gc = (max - g) / range, bc = (max - b) / range;
    float sixths = max == r ? bc - gc : max == g ? 2 + rc - bc : 4 + gc - rc;
    float hue = sixths / 6 + 1;
    return hue - floorf(hue);
}

/* Through HSV: gray pixels have no hue and stay as they are. */
static void adjust_hue(struct planes p, float shift)
{
    for (size_t i = 0; i < p.n; i++) {
        float r = p.r[i], g = p.g[i], b = p.b[i];
        float max = fmaxf(r, fmaxf(g, b)), range = max - fminf(r, fminf(g, b));
        if (range == 0)
            continue;
        float hue = hue_of(r, g, b, max, range) + shift;
        hue -= floorf(hue);
        float saturation = range / max;
        float sector = floorf(hue * 6), f = hue * 6 - sector;
        float low = clamped(max * (1 - saturation));
        float falling = clamped(max * (1 - saturation * f));
        float rising = clamped(max * (1 - saturation * (1 - f)));
        /* What red is in the six sectors; green and blue are the same two and four sectors on. */
        const float wave[6] = {max, falling, low, low, rising, max};
        int s = (int)sector;
        p.r[i] = wave[s % 6];
        p.g[i] = wave[(s + 4) % 6];
        p.b[i] = wave[(s + 2) % 6];
    }
}

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->jitter)
        return;
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
