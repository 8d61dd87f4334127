/* Labels to train on. */
#ifndef BM_DATASET_LABELS_H
#define BM_DATASET_LABELS_H

#include "bm/data.h"

/* Fills split->label: bm_noisy_images(n, noise) of them get a class drawn uniformly from all (it
 * may be the true one), the others keep their truth; `*noisy` is how many were drawn. Noise sets
 * are nested in `noise`; the drawn class depends on data_seed and the image's index alone. */
int bm_labels_draw(struct bm_split *split, int classes, double noise, uint64_t data_seed,
                   size_t *noisy, struct bm_err *err);

#endif
