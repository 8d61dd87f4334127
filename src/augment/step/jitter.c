/* Colour jitter: brightness, contrast, saturation and hue in a random order, as torchvision's
 * ColorJitter. Every adjustment leaves values in [0, 1]. One channel has no saturation and no hue,
 * and is its own gray. */
#include "../common/colour.h"
#include "step.h"

#include <math.h>

static float factor(struct bm_random *random, double strength)
{
    return (float)bm_random_range(random, fmax(0, 1 - strength), 1 + strength);
}

/* All is drawn even when there is no jitter, so that jitter_p does not shift the rest. */
static void draw(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *p)
{
    const struct bm_config *config = viewer->config;
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

static void apply(const struct bm_view_parameters *parameters, struct bm_canvas *canvas)
{
    if (!parameters->jitter)
        return;
    /* By the numbers of jitter_order. */
    static void (*const adjust[4])(struct bm_canvas *, float) = {
        bm_adjust_brightness, bm_adjust_contrast, bm_adjust_saturation, bm_adjust_hue};
    const float amounts[4] = {parameters->brightness, parameters->contrast, parameters->saturation,
                              parameters->hue};
    for (int i = 0; i < 4; i++) {
        int k = parameters->jitter_order[i];
        adjust[k](canvas, amounts[k]);
    }
}

const struct bm_augmentation bm_augmentation_jitter = {
    .name = "jitter",
    .help = "brightness, contrast, saturation and hue in a random order",
    .lane = BM_LANE_JITTER,
    .draw = draw,
    .apply = apply};
