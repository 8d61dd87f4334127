/* Ridge regression of one-hot classes on features, as a classifier: intercept not penalized,
 * features standardized (deviation by n), so that with centred features X of deviations s the
 * weights solve (X^T X + alpha diag(s^2)) w = X^T Y. Features whose deviation is at most 1e-6 of
 * their root mean square are constant, and have weight 0. The sums are double, and taken about the
 * first row, so that nothing cancels where mean >> deviation. */
#ifndef BM_PROBE_COMMON_RIDGE_H
#define BM_PROBE_COMMON_RIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "bm/arena.h"

struct bm_ridge {
    int dimension, classes;
    double n;         /* rows */
    double *shift;    /* dimension: the first row */
    double *sums;     /* dimension: of x - shift */
    double *by_class; /* classes x dimension: the same of each class */
    double *count;    /* classes: rows */
    double *products; /* packed: (x - shift)^T (x - shift) */
};

/* Takes the memory, zeroed, or counts it. */
struct bm_ridge bm_ridge_begin(int dimension, int classes, struct bm_arena *arena);
/* Adds n rows; `x` (n x dimension, double) becomes x - shift. */
void bm_ridge_add(struct bm_ridge *ridge, double *x, const uint16_t *class, int n);

/* Scores of a row are weight (x - shift) + intercept. */
struct bm_ridge_fit {
    double *weight;    /* classes x dimension, of features as they are */
    double *intercept; /* classes */
};
struct bm_ridge_fit bm_ridge_fit_begin(int dimension, int classes, struct bm_arena *arena);
/* Solves for one alpha; works in `work`, bm_ridge_work bytes. False: the matrix is singular within
 * rounding. */
bool bm_ridge_solve(const struct bm_ridge *ridge, double alpha, struct bm_ridge_fit *fit,
                    struct bm_arena work);
size_t bm_ridge_work(int dimension);

#endif
