/* What the linear probe is made of, beside a plain product in double of as many operations.
 * bench_ridge ROWS DIMENSION: prints seconds of CPU of the Gram matrix of so many rows and of its
 * product, then of Cholesky's factor and of its product. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/linalg.h"
#include "training.h"

enum { BLOCK = 250 }; /* rows handed over at a time, as in training */

static double *zeros(size_t n)
{
    double *values = calloc(n, sizeof *values);
    if (values == NULL)
        abort();
    return values;
}

/* C (rows x d) = X (rows x d) A (d x d): 2 rows d^2 operations; returns seconds for `flops`. */
static double product_seconds(const double *x, int rows, int d, double flops)
{
    double *a = zeros((size_t)d * (size_t)d), *c = zeros((size_t)rows * (size_t)d);
    for (size_t i = 0; i < (size_t)d * (size_t)d; i++)
        a[i] = 1.0 / (double)(i + 1);
    double began = cpu_seconds();
    bm_product_double(rows, d, d, x, a, d, 0, c);
    double seconds = cpu_seconds() - began;
    free(a);
    free(c);
    return seconds * flops / (2.0 * rows * d * d);
}

int main(int argc, char **argv)
{
    if (argc != 3 || atoi(argv[1]) % BLOCK != 0)
        return 2;
    int rows = atoi(argv[1]), d = atoi(argv[2]);
    double *x = zeros((size_t)rows * (size_t)d), *packed = zeros(bm_packed_size(d));
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < (size_t)rows * (size_t)d; i++)
        x[i] = bm_random_normal(&random);
    double gram_flops = (double)rows * d * d, factor_flops = (double)d * d * d / 3;
    double began = cpu_seconds();
    for (int at = 0; at < rows; at += BLOCK)
        bm_packed_add(d, packed, 1, BLOCK, x + (size_t)at * (size_t)d);
    double gram = cpu_seconds() - began;
    for (int i = 0; i < d; i++)
        packed[bm_packed_diagonal(d, i)] += rows;
    began = cpu_seconds();
    if (!bm_packed_factor(d, packed))
        return 1;
    double factor = cpu_seconds() - began;
    printf("%.6g %.6g %.6g %.6g\n", gram, product_seconds(x, rows, d, gram_flops), factor,
           product_seconds(x, rows, d, factor_flops));
    free(x);
    free(packed);
    return 0;
}
