/* Matrix products, shared among threads by rows or by columns, against sums in double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include <omp.h>

#include "bm/nn.h"
#include "hash.h"

enum { MOST = 400 * 400 };

static float a[MOST], b[MOST], c[MOST], before[MOST];

static double element(const float *matrix, bool transpose, int lead, int row, int column)
{
    size_t at = transpose ? (size_t)column * (size_t)lead + (size_t)row
                          : (size_t)row * (size_t)lead + (size_t)column;
    return (double)matrix[at];
}

static void check(bool transpose_a, bool transpose_b, int m, int n, int k)
{
    int lda = (transpose_a ? m : k) + 1, ldb = (transpose_b ? k : n) + 2, ldc = n + 3;
    for (size_t i = 0; i < MOST; i++)
        c[i] = before[i];
    bm_gemm_float(transpose_a, transpose_b, m, n, k, 2, a, lda, b, ldb, 0.5F, c, ldc);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < ldc; j++) {
            size_t at = (size_t)i * (size_t)ldc + (size_t)j;
            double sum = 0.5 * (double)before[at];
            if (j >= n) { /* between the rows: nobody's */
                assert_true(c[at] == before[at]);
                continue;
            }
            for (int d = 0; d < k; d++)
                sum += 2 * element(a, transpose_a, lda, i, d) * element(b, transpose_b, ldb, d, j);
            assert_true(fabs((double)c[at] - sum) < 1e-4);
        }
}

static void shared_products(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        a[i] = (float)hash_value(1, i);
        b[i] = (float)hash_value(2, i);
        before[i] = (float)hash_value(3, i);
    }
    for (int threads = 1; threads <= 5; threads += 2) {
        omp_set_num_threads(threads);
        for (int transposed = 0; transposed < 4; transposed++) {
            check(transposed & 1, transposed & 2, 150, 260, 270); /* by columns */
            check(transposed & 1, transposed & 2, 260, 150, 270); /* by rows */
            check(transposed & 1, transposed & 2, 340, 97, 350);  /* not whole blocks */
            check(transposed & 1, transposed & 2, 3, 7, 5);       /* too small to share */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shared_products)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
