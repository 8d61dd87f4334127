/* Products of panel matrices: a block of C stays in registers over the whole sum. */
#include "pairs.h"

/* Rows of a block: two accumulators a row and the vectors of B have to fit the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 12 };
#elif defined(__AVX2__)
enum { ROWS = 6 };
#else
enum { ROWS = 4 };
#endif

/* What elements are: reals, pairs, or pairs for which there are instructions. */
enum elements { REALS, PAIRS, NATIVE_PAIRS };

BM_INLINE const void *at(const void *first, size_t n, enum elements elements)
{
    return (const char *)first + n * (elements == REALS ? sizeof(bm_real) : sizeof(bm_pair));
}

/* sum + products of the element at `a` with those at `b` and behind. */
BM_INLINE bm_vector add_product(bm_vector sum, const void *a, const void *b, enum elements elements)
{
    if (elements == REALS)
        return sum + *(const bm_real *)a * load(b);
    return add_pairs(sum, *(const bm_pair *)a, *(const bm_words *)b, elements == NATIVE_PAIRS);
}

/* `rows`, `vectors` and `elements` are constants wherever this is inlined. */
BM_INLINE void block(const struct bm_panel_product *p, int rows, int vectors,
                     enum elements elements, const void *a, const void *b, bm_real *c)
{
    bm_vector sum[ROWS][2];
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            sum[i][v] = p->add ? load(c + (size_t)i * p->c_row + v * LANES) : zero();
    for (int first = 0; first < p->k; first += p->a_panel, a = at(a, p->a_step, elements)) {
        int terms = p->k - first < p->a_panel ? p->k - first : p->a_panel;
        const void *column = a;
        for (int d = 0; d < terms; d++) {
#pragma GCC unroll 12
            for (int i = 0; i < rows; i++)
                for (int v = 0; v < vectors; v++)
                    sum[i][v] = add_product(sum[i][v], at(column, (size_t)i * p->a_row, elements),
                                            at(b, (size_t)v * LANES, elements), elements);
            column = at(column, p->a_depth, elements);
            b = at(b, p->b_row, elements);
        }
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            store(c + (size_t)i * p->c_row + v * LANES, sum[i][v]);
}

/* Blocks of `rows` rows, from row i on; the first that they leave. */
BM_INLINE int blocks(const struct bm_panel_product *p, int rows, int vectors,
                     enum elements elements, int i, const void *b, bm_real *c)
{
    for (; i + rows <= p->m; i += rows)
        block(p, rows, vectors, elements, at(p->a, (size_t)i * p->a_row, elements), b,
              c + (size_t)i * p->c_row);
    return i;
}

BM_INLINE void panel(const struct bm_panel_product *p, int vectors, enum elements elements,
                     const void *b, bm_real *c)
{
    int i = blocks(p, ROWS, vectors, elements, 0, b, c);
    if (ROWS > 8)
        i = blocks(p, 8, vectors, elements, i, b, c);
    i = blocks(p, 4, vectors, elements, i, b, c);
    blocks(p, 1, vectors, elements, i, b, c);
}

BM_INLINE void panels(const struct bm_panel_product *product, enum elements elements)
{
    for (int j = 0; j < product->panels; j++) {
        const void *b = at(product->b, (size_t)j * product->b_step, elements);
        bm_real *c = product->c + (size_t)j * product->c_step;
        if (product->width == LANES)
            panel(product, 1, elements, b, c);
        else
            panel(product, 2, elements, b, c);
    }
}

void BM_KERNEL(panel_product)(const struct bm_panel_product *product)
{
    if (!product->has_pairs)
        panels(product, REALS);
    else if (has_bf16())
        panels(product, NATIVE_PAIRS);
    else
        panels(product, PAIRS);
}
