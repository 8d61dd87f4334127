/* Held features of a few images with the mean of each taken off in double: what similarity and
 * rank are made from. */
#ifndef BM_PROBE_COMMON_CENTRED_H
#define BM_PROBE_COMMON_CENTRED_H

#include "bm/probe.h"

/* One triangle of the images' Gram matrix X X^T (n x n, see bm_gram_at), X the centred features. */
void bm_centred_gram(const struct bm_held *held, double *gram, struct bm_arena *work);
/* The same of the features: X^T X (dimension x dimension). */
void bm_centred_covariance(const struct bm_held *held, double *gram, struct bm_arena *work);
/* Bytes of `work` for either. */
size_t bm_centred_work(size_t n, size_t dimension);

/* Images that a test walk shows: all, at most 2,000. */
size_t bm_centred_images(const struct bm_probe_task *task);

#endif
