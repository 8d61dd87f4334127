#include "mix.h"

#include <string.h>

#include "bm/random.h"

/* Lanes of a batch's stream: part of what results mean. */
enum { LANE_HOW = 0, LANE_PARTNERS = 1 };

static const struct bm_mixer *find_mixer(const struct bm_config *config)
{
    const struct bm_mixer *const mixers[] = {&bm_mixup, &bm_cutmix};
    for (size_t i = 0; config->diversity != 0 && i < sizeof mixers / sizeof *mixers; i++)
        if (mixers[i]->is_on(config))
            return mixers[i];
    return NULL;
}

bool bm_mixes(const struct bm_config *config)
{
    return find_mixer(config) != NULL;
}

void bm_mix(struct bm_batch *batch, int64_t epoch, size_t number)
{
    const struct bm_mixer *mixer = find_mixer(batch->config);
    struct bm_random how = bm_random_of((uint64_t)batch->config->seed, BM_RANDOM_MIX,
                                        (uint64_t)epoch, (uint64_t)number);
    struct bm_random partners = bm_random_lane(&how, LANE_PARTNERS);
    how = bm_random_lane(&how, LANE_HOW);
    for (uint32_t i = 0; i < (uint32_t)batch->n; i++)
        batch->partner[i] = i;
    bm_random_shuffle(&partners, batch->partner, (size_t)batch->n);
    double share = mixer->mix(batch, &how);
    batch->share = mixer->mixes_labels(batch->config) ? share : 1;
}

void bm_mix_each(struct bm_batch *batch,
                 void (*blend)(const struct bm_batch *batch, const void *how, bm_real *image,
                               const bm_real *partner),
                 const void *how)
{
    size_t image = bm_shape_size(batch->input);
    memset(batch->is_mixed, 0, (size_t)batch->n * sizeof *batch->is_mixed);
    for (uint32_t first = 0; first < (uint32_t)batch->n; first++) {
        if (batch->is_mixed[first])
            continue;
        memcpy(batch->aside, batch->x + first * image, image * sizeof *batch->aside);
        for (uint32_t i = first; !batch->is_mixed[i]; i = batch->partner[i]) {
            uint32_t partner = batch->partner[i];
            blend(batch, how, batch->x + i * image,
                  partner == first ? batch->aside : batch->x + partner * image);
            batch->is_mixed[i] = true;
        }
    }
}
