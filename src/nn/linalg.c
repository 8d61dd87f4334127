/* Names of BLAS and LAPACK as OpenBLAS exports them; they count from column to column, so a
 * row-major matrix is its transpose to them, and the lower triangle is their upper one. */
#include "bm/linalg.h"

#include <assert.h>

#include "bm/beat.h"

extern void dgemm_(const char *, const char *, const int *, const int *, const int *,
                   const double *, const double *, const int *, const double *, const int *,
                   const double *, double *, const int *);
extern void dsyrk_(const char *, const char *, const int *, const int *, const double *,
                   const double *, const int *, const double *, double *, const int *);
extern void dsyevd_(const char *, const char *, const int *, double *, const int *, double *,
                    double *, const int *, int *, const int *, int *);
extern void dsfrk_(const char *, const char *, const char *, const int *, const int *,
                   const double *, const double *, const int *, const double *, double *);
extern void dpftrf_(const char *, const char *, const int *, double *, int *);
extern void dpftrs_(const char *, const char *, const int *, const int *, const double *, double *,
                    const int *, int *);

static const double one = 1;

void bm_product_double(int m, int n, int k, const double *a, const double *b, int stride,
                       double beta, double *c)
{
    dgemm_("T", "N", &n, &m, &k, &one, b, &stride, a, &k, &beta, c, &n);
}

void bm_gram_of_rows(int n, int k, const double *x, double beta, double *gram)
{
    dsyrk_("U", "T", &n, &k, &one, x, &k, &beta, gram, &n);
    bm_beat();
}

enum { BLOCK = 64 }; /* columns that the reduction takes at a time */

size_t bm_eigenvalues_work(int n)
{
    return (size_t)(BLOCK + 2) * (size_t)n + 1;
}

bool bm_eigenvalues(int n, double *gram, double *values, double *work)
{
    int size = (BLOCK + 2) * n + 1, of_integers = 1, integers, info;
    dsyevd_("N", "U", &n, gram, &n, values, work, &size, &integers, &of_integers, &info);
    bm_beat();
    return info == 0;
}

size_t bm_packed_size(int n)
{
    return (size_t)n * (size_t)(n + 1) / 2;
}

/* Columns of the first half lie below one another; behind them, transposed, those of the second. */
size_t bm_packed_diagonal(int n, int i)
{
    int half = (n + 1) / 2, is_even = n % 2 == 0, height = n + is_even;
    int row = i < half ? i + is_even : i - half, column = i < half ? i : i - half + !is_even;
    return (size_t)row + (size_t)column * (size_t)height;
}

void bm_packed_add(int n, double *packed, double alpha, int k, const double *x)
{
    dsfrk_("N", "L", "N", &n, &k, &alpha, x, &n, &one, packed);
    bm_beat();
}

bool bm_packed_factor(int n, double *packed)
{
    int info;
    dpftrf_("N", "L", &n, packed, &info);
    bm_beat();
    return info == 0;
}

void bm_packed_solve(int n, const double *factor, int columns, double *right)
{
    int info;
    dpftrs_("N", "L", &n, &columns, factor, right, &n, &info);
    bm_beat();
    assert(info == 0);
}
