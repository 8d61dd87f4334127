/* Copies of an image that are other images of its class (view_source: same_class). */
#ifndef BM_DATASET_OTHERS_H
#define BM_DATASET_OTHERS_H

#include "bm/data.h"

/* Fills split->others: for each image split->n_others of its class, from those of `images` that the
 * split leaves over, none twice. Those of fewer copies are a part of those of more. The order is
 * that of `seed`. Fails (BM_EXIT_DATA) when a class has too few. */
int bm_others_draw(struct bm_split *split, const struct bm_images *images,
                   const char *const *class_names, int classes, uint64_t seed, struct bm_err *err);

#endif
