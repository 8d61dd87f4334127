/* Linear algebra in double, whatever bm_real is: what probes solve and decompose. Matrices are
 * row-major without gaps. One thread; results do not depend on how many there are. */
#ifndef BM_LINALG_H
#define BM_LINALG_H

#include <stdbool.h>
#include <stddef.h>

/* C (m x n) = A (m x k) B^T (n x k) + beta C; rows of B are `stride` apart. */
void bm_product_double(int m, int n, int k, const double *a, const double *b, int stride,
                       double beta, double *c);

/* One triangle of G (n x n) = X X^T + beta G, of n rows of k. */
void bm_gram_of_rows(int n, int k, const double *x, double beta, double *gram);
/* The value (i, j) of such a G. */
static inline double bm_gram_at(const double *gram, size_t n, size_t i, size_t j)
{
    return i >= j ? gram[i * n + j] : gram[j * n + i];
}
/* Eigenvalues of such a G, which is destroyed, in ascending order. `work`: room for
 * bm_eigenvalues_work(n) doubles. False: they did not converge. */
size_t bm_eigenvalues_work(int n);
bool bm_eigenvalues(int n, double *gram, double *values, double *work);

/* A symmetric matrix of which one triangle is kept, as fast as a whole one: rectangular full packed
 * format (Gustavson et al. 2010). */
size_t bm_packed_size(int n);                           /* doubles */
size_t bm_packed_diagonal(int n, int i);                /* where (i, i) is */
void bm_packed_add(int n, double *packed, double alpha, /* += alpha X^T X, of k rows of n */
                   int k, const double *x);
/* Cholesky's factor in place of the matrix; false where that is not positive definite. */
bool bm_packed_factor(int n, double *packed);
/* Solves for `columns` right-hand sides of n values each, one behind the other, in place. */
void bm_packed_solve(int n, const double *factor, int columns, double *right);

#endif
