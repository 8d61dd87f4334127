/* Products of panel matrices: a block of C stays in registers over the whole sum. */
#include "vector.h"

/* Rows of a block: two accumulators a row and the vectors of B have to fit the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 12 };
#elif defined(__AVX2__)
enum { ROWS = 6 };
#else
enum { ROWS = 4 };
#endif

/* `rows` and `vectors` are constants wherever this is inlined. */
BM_INLINE void block(const struct bm_panel_product *p, int rows, int vectors, const bm_real *a,
                     const bm_real *b, bm_real *c)
{
    bm_vector sum[ROWS][2];
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            sum[i][v] = p->add ? load(c + (size_t)i * p->c_row + v * LANES) : zero();
    for (int first = 0; first < p->k; first += p->a_panel, a += p->a_step) {
        int terms = p->k - first < p->a_panel ? p->k - first : p->a_panel;
        const bm_real *column = a;
        for (int d = 0; d < terms; d++, column += p->a_depth, b += p->b_row) {
            bm_vector factor[2];
            for (int v = 0; v < vectors; v++)
                factor[v] = load(b + v * LANES);
#pragma GCC unroll 12
            for (int i = 0; i < rows; i++)
                for (int v = 0; v < vectors; v++)
                    sum[i][v] += column[(size_t)i * p->a_row] * factor[v];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            store(c + (size_t)i * p->c_row + v * LANES, sum[i][v]);
}

BM_INLINE void panel(const struct bm_panel_product *p, int vectors, const bm_real *b, bm_real *c)
{
    int i = 0;
    for (; i + ROWS <= p->m; i += ROWS)
        block(p, ROWS, vectors, p->a + (size_t)i * p->a_row, b, c + (size_t)i * p->c_row);
    for (; ROWS > 8 && i + 8 <= p->m; i += 8)
        block(p, 8, vectors, p->a + (size_t)i * p->a_row, b, c + (size_t)i * p->c_row);
    for (; i + 4 <= p->m; i += 4)
        block(p, 4, vectors, p->a + (size_t)i * p->a_row, b, c + (size_t)i * p->c_row);
    for (; i < p->m; i++)
        block(p, 1, vectors, p->a + (size_t)i * p->a_row, b, c + (size_t)i * p->c_row);
}

void BM_KERNEL(panel_product)(const struct bm_panel_product *product)
{
    for (int j = 0; j < product->panels; j++) {
        const bm_real *b = product->b + (size_t)j * product->b_step;
        bm_real *c = product->c + (size_t)j * product->c_step;
        if (product->width == LANES)
            panel(product, 1, b, c);
        else
            panel(product, 2, b, c);
    }
}
