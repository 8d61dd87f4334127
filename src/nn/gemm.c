/* Matrix products: the only file that knows the BLAS.
 *
 * Products are shared among OpenMP's threads here, as the layers are: OpenBLAS's own pool would
 * fight with them for the cores, so trainers set it to one thread. */
#include "bm/nn.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "slice.h"

static CBLAS_TRANSPOSE op(bool transpose)
{
    return transpose ? CblasTrans : CblasNoTrans;
}

void bm_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, bm_real alpha,
             const bm_real *a, int lda, const bm_real *b, int ldb, bm_real beta, bm_real *c,
             int ldc)
{
#ifdef BM_DOUBLE
    cblas_dgemm(CblasRowMajor, op(transpose_a), op(transpose_b), m, n, k, alpha, a, lda, b, ldb,
                beta, c, ldc);
#else
    bm_gemm_float(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
#endif
}

/* Threads for a product: none but this one inside a layer that is shared already, or where starting
 * them takes longer than the product. */
static int threads_for(int m, int n, int k)
{
    const double worth = 1e7; /* multiplications: about 0.1 ms */
    return omp_in_parallel() || (double)m * n * k < worth ? 1 : omp_get_max_threads();
}

/* Where the part of one thread begins: parts are whole blocks of OpenBLAS's kernels. */
static int part_begin(int size, int thread, int threads)
{
    const int block = 48;
    int blocks = (size + block - 1) / block;
    int begin = bm_slice_begin(blocks, thread, threads) * block;
    return begin < size ? begin : size;
}

void bm_gemm_float(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    int threads = threads_for(m, n, k);
    bool by_columns = n > m;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        int thread = omp_get_thread_num(), of = omp_get_num_threads(), size = by_columns ? n : m;
        int first = part_begin(size, thread, of);
        int count = part_begin(size, thread + 1, of) - first;
        size_t row = by_columns ? 0 : (size_t)first, column = by_columns ? (size_t)first : 0;
        const float *a_part = a + (transpose_a ? row : row * (size_t)lda);
        const float *b_part = b + (transpose_b ? column * (size_t)ldb : column);
        if (count > 0)
            cblas_sgemm(CblasRowMajor, op(transpose_a), op(transpose_b), by_columns ? m : count,
                        by_columns ? count : n, k, alpha, a_part, lda, b_part, ldb, beta,
                        c + row * (size_t)ldc + column, ldc);
    }
}

/* At its first product each thread gets a buffer, which OpenBLAS keeps. `c`: of each thread. */
enum { SIDE = 128 }; /* smaller products go without */
static void take_buffers(int threads, float *c)
{
    static const float a[SIDE * SIDE];
#pragma omp parallel num_threads(threads)
    {
        float *own = c + (size_t)omp_get_thread_num() * SIDE * SIDE;
#pragma omp barrier /* so that none uses that of another */
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, a,
                    SIDE, 0, own, SIDE);
    }
}

int bm_blas_begin(struct bm_err *err)
{
    const size_t buffer = (size_t)129 << 20; /* 128 MiB and a page on x86-64 */
    int threads = omp_get_max_threads();
    void *all = malloc((size_t)threads * buffer);
    free(all); /* it was there */
    float *products = malloc((size_t)threads * SIDE * SIDE * sizeof *products);
    if (all == NULL || products == NULL) {
        free(products);
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for OpenBLAS: 128 MiB for each thread (%d)",
                       threads);
    }
    take_buffers(threads, products);
    free(products);
    return 0;
}

const char *bm_blas_kernel(void)
{
    return openblas_get_corename();
}

const char *bm_blas_version(void)
{
    /* The configuration begins with "OpenBLAS 0.3.21 " and goes on with how it was built. */
    static char version[64];
    char library[24], number[24];
    if (sscanf(openblas_get_config(), "%23s %23s", library, number) == 2)
        snprintf(version, sizeof version, "%s %s", library, number);
    return version;
}
