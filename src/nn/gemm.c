/* Matrix products: the only file that knows the BLAS. */
#include "bm/nn.h"

#include <stdio.h>

#include <cblas.h>

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

void bm_gemm_float(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    cblas_sgemm(CblasRowMajor, op(transpose_a), op(transpose_b), m, n, k, alpha, a, lda, b, ldb,
                beta, c, ldc);
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
