/* Similarity of two sets of features of the same images: linear CKA (Kornblith et al. 2019) with
 * the unbiased estimate of HSIC (Song et al. 2012, equation 5; as in Nguyen et al. 2021). The mean
 * of each feature is taken off in double before the products: of large features rounding would be
 * all that is left. */
#ifndef BM_SIMILARITY_H
#define BM_SIMILARITY_H

#include "bm/arena.h"

struct bm_held;

/* What is needed of one set of features of n images. */
struct bm_similarity {
    /* The Gram matrix, times a power of two, below its diagonal, row after row: n (n - 1) / 2. */
    double *pairs;
    double *sums; /* its rows without the diagonal: n */
    double self;  /* HSIC with itself; NAN: 0 within rounding, or not measured */
};

/* Of so many test images, how many it is measured on: the first 2,000. */
size_t bm_similarity_images(size_t n_test);
/* Takes (or counts) the memory of one. */
struct bm_similarity bm_similarity_carve(size_t n, struct bm_arena *arena);
/* Bytes of working memory to measure one. */
size_t bm_similarity_work(size_t n, size_t dimension);
/* Of finite features. */
void bm_similarity_measure(struct bm_similarity *similarity, const struct bm_held *held,
                           struct bm_arena work);
/* CKA of two, of the same n images; NaN where it is undefined: a self-HSIC is 0 within rounding, n
 * is below 4. */
double bm_similarity_cka(const struct bm_similarity *a, const struct bm_similarity *b, size_t n);

#endif
