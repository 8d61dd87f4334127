/* Probes: how much of the true labels is in the features of a tap. */
#ifndef BM_PROBE_H
#define BM_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"

/* k nearest neighbours, fed with the training features block by block, so that memory stays
 * bounded. Features are normalized to length 1 in float (zero stays zero); neighbours by squared
 * Euclidean distance in double, ties to the smallest training index; majority vote, ties to the
 * smallest label. */
struct bm_knn;

/* Queries: n_queries rows of `dimension` floats (copied and normalized). `most_rows`: largest block
 * that bm_knn_add will see. */
struct bm_knn *bm_knn_new(const float *queries, size_t n_queries, size_t dimension, int k,
                          size_t most_rows, struct bm_err *err);
/* Adds training rows (first_index is the index of row 0; labels are its classes). Normalizes rows
 * in place. */
void bm_knn_add(struct bm_knn *knn, float *rows, const uint16_t *labels, size_t n,
                uint32_t first_index);
/* The voted class of every query. */
void bm_knn_vote(const struct bm_knn *knn, int classes, uint16_t *predictions);
void bm_knn_free(struct bm_knn *knn);

/* Members of `probes`: probe/NAME.c. */
struct bm_probe {
    const char *name;
    const char *help;
};
extern const struct bm_probe *const bm_probes[];

#endif
