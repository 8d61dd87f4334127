/* mixup (Zhang et al. 2018): with a probability a batch, each image is blended with its partner, by
 * one share of the first that is Beta(alpha, alpha). */
#include "bm/random.h"
#include "mix.h"

static bool is_on(const struct bm_config *config)
{
    return config->mixup_p > 0;
}

static bool mixes_labels(const struct bm_config *config)
{
    return config->mixup_labels == BM_MIX_LABELS;
}

static void blend(const struct bm_batch *batch, const void *how, bm_real *restrict image,
                  const bm_real *restrict partner)
{
    double share = *(const double *)how;
    bm_real own = (bm_real)share, other = (bm_real)(1 - share);
    size_t n = bm_shape_size(batch->input);
    for (size_t i = 0; i < n; i++)
        image[i] = own * image[i] + other * partner[i];
}

/* All is drawn also where nothing is mixed, so that mixup_p does not shift the rest. */
static double mix(struct bm_batch *batch, struct bm_random *random)
{
    bool is_mixed = bm_random_uniform(random) < batch->config->mixup_p;
    double share = bm_random_beta(random, batch->config->mixup_alpha);
    if (!is_mixed)
        return 1;
    bm_mix_each(batch, blend, &share);
    return share;
}

const struct bm_mixer bm_mixup = {.is_on = is_on, .mix = mix, .mixes_labels = mixes_labels};
