/* Mixing the images of a batch with each other: each with its partner, by a permutation. Ways of
 * mixing are mixup.c and cutmix.c; a batch is mixed in one way. All is by the run's seed, the epoch
 * and the batch's number in it. */
#ifndef BM_TRAIN_MIX_H
#define BM_TRAIN_MIX_H

#include "batch.h"

struct bm_mixer {
    bool (*is_on)(const struct bm_config *config);
    /* Mixes the images of the batch, whose partners are there, by what it draws; returns the share
     * of each image in what becomes of it, 1 where nothing was done. */
    double (*mix)(struct bm_batch *batch, struct bm_random *random);
    /* Whether labels are mixed as the images are; else they are those of the first. */
    bool (*mixes_labels)(const struct bm_config *config);
};
extern const struct bm_mixer bm_mixup, bm_cutmix;

/* Whether training mixes its images; not without diversity. */
bool bm_mixes(const struct bm_config *config);

/* Sets the partners, mixes the images, and sets the share of labels. */
void bm_mix(struct bm_batch *batch, int64_t epoch, size_t number);

/* ---- for mixers ---- */

/* Calls `blend` for each image and its partner's as it was before all: in the order of the cycles
 * of the permutation, of each of which one image is put aside. */
void bm_mix_each(struct bm_batch *batch,
                 void (*blend)(const struct bm_batch *batch, const void *how, bm_real *image,
                               const bm_real *partner),
                 const void *how);

#endif
