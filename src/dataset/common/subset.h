/* Class-balanced subsets of images. */
#ifndef BM_DATASET_SUBSET_H
#define BM_DATASET_SUBSET_H

#include "bm/data.h"

/* Halves of a data set, as streams number them: part of what results mean. */
enum bm_half { BM_HALF_TRAIN = 0, BM_HALF_TEST = 1 };

/* Writes the positions of n of the images to `index`, ascending. Counts of classes differ by at
 * most one, and the subset of n - 1 images is a part of the one of n; all images are everybody's
 * subset, balanced or not. Fails (BM_EXIT_DATA) when a class has too few, and names it and the
 * setting that asked. */
int bm_subset_draw(const struct bm_images *images, const char *const *class_names, int classes,
                   size_t n, uint64_t data_seed, enum bm_half half, const char *setting,
                   uint32_t *index, struct bm_err *err);

/* Images of a class in a balanced subset of n: classes take turns, class 0 first. */
size_t bm_subset_share(size_t n, int classes, size_t class);

#endif
