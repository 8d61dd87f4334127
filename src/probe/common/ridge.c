#include "ridge.h"

#include <math.h>
#include <string.h>

#include "bm/linalg.h"

struct bm_ridge bm_ridge_begin(int dimension, int classes, struct bm_arena *arena)
{
    size_t d = (size_t)dimension, c = (size_t)classes;
    return (struct bm_ridge){
        .dimension = dimension,
        .classes = classes,
        .shift = bm_arena_take(arena, d * sizeof(double)),
        .sums = bm_arena_take(arena, d * sizeof(double)),
        .by_class = bm_arena_take(arena, c * d * sizeof(double)),
        .count = bm_arena_take(arena, c * sizeof(double)),
        .products = bm_arena_take(arena, bm_packed_size(dimension) * sizeof(double)),
    };
}

void bm_ridge_add(struct bm_ridge *ridge, double *x, const uint16_t *class, int n)
{
    size_t d = (size_t)ridge->dimension;
    if (ridge->n == 0 && n > 0)
        memcpy(ridge->shift, x, d * sizeof *x);
    for (int i = 0; i < n; i++) {
        double *row = x + (size_t)i * d, *of_class = ridge->by_class + class[i] * d;
        for (size_t k = 0; k < d; k++) {
            row[k] -= ridge->shift[k];
            ridge->sums[k] += row[k];
            of_class[k] += row[k];
        }
        ridge->count[class[i]]++;
    }
    ridge->n += n;
    if (n > 0)
        bm_packed_add(ridge->dimension, ridge->products, 1, n, x);
}

struct bm_ridge_fit bm_ridge_fit_begin(int dimension, int classes, struct bm_arena *arena)
{
    size_t d = (size_t)dimension, c = (size_t)classes;
    return (struct bm_ridge_fit){
        .weight = bm_arena_take(arena, c * d * sizeof(double)),
        .intercept = bm_arena_take(arena, c * sizeof(double)),
    };
}

size_t bm_ridge_work(int dimension)
{
    return bm_arena_need(bm_packed_size(dimension) * sizeof(double));
}

/* Adds the penalty to the diagonal of the centred products. An infinite one, as far as a factor
 * can be made of it, leaves a constant feature out. */
static void penalize(const struct bm_ridge *ridge, double alpha, double *centred)
{
    const double tiny = 1e-6, infinite = 1e200;
    for (int k = 0; k < ridge->dimension; k++) {
        double *diagonal = &centred[bm_packed_diagonal(ridge->dimension, k)];
        double mean = ridge->shift[k] + ridge->sums[k] / ridge->n;
        double variance = fmax(*diagonal / ridge->n, 0);
        bool is_constant = variance <= tiny * tiny * (variance + mean * mean);
        *diagonal += is_constant ? infinite : alpha * variance;
    }
}

bool bm_ridge_solve(const struct bm_ridge *ridge, double alpha, struct bm_ridge_fit *fit,
                    struct bm_arena work)
{
    size_t d = (size_t)ridge->dimension, size = bm_packed_size(ridge->dimension) * sizeof(double);
    double *centred = bm_arena_take(&work, size);
    memcpy(centred, ridge->products, size);
    bm_packed_add(ridge->dimension, centred, -1 / ridge->n, 1, ridge->sums);
    penalize(ridge, alpha, centred);
    if (!bm_packed_factor(ridge->dimension, centred))
        return false;
    for (size_t c = 0; c < (size_t)ridge->classes; c++)
        for (size_t k = 0; k < d; k++)
            fit->weight[c * d + k] =
                ridge->by_class[c * d + k] - ridge->sums[k] * ridge->count[c] / ridge->n;
    bm_packed_solve(ridge->dimension, centred, ridge->classes, fit->weight);
    for (size_t c = 0; c < (size_t)ridge->classes; c++) {
        fit->intercept[c] = ridge->count[c] / ridge->n;
        for (size_t k = 0; k < d; k++)
            fit->intercept[c] -= fit->weight[c * d + k] * ridge->sums[k] / ridge->n;
    }
    return true;
}
