/* Matrices of reals rounded to bfloat16, in the pairs that products read (kernel/product.c). */
#include "pairs.h"

BM_INLINE bm_words words_of(const bm_real *row, bool native)
{
    return __builtin_convertvector(rounded_halves(load(row), native), bm_words);
}

BM_INLINE void rows_to_pairs(const bm_real *from, size_t stride, int rows, int columns, int width,
                             bm_pair *panels, bool native)
{
    for (int panel = 0; panel < columns; panel += width)
        for (int row = 0; row < rows; row += 2)
            for (int c = 0; c < width; c += LANES, panels += LANES) {
                const bm_real *first = from + (size_t)row * stride + panel + c;
                bm_words words = words_of(first, native);
                if (row + 1 < rows)
                    words |= words_of(first + stride, native) << 16;
                *(bm_words *)panels = words;
            }
}

BM_INLINE void columns_to_pairs(const bm_real *from, size_t stride, int rows, int columns,
                                int width, bm_pair *panels, bool native)
{
    for (int panel = 0; panel < rows; panel += width, panels += (size_t)width * (size_t)columns / 2)
        for (int row = 0; row < width; row++)
            for (int c = 0; c < columns; c += LANES) {
                bm_vector values = load(from + (size_t)(panel + row) * stride + c);
                bm_halves halves = rounded_halves(values, native);
                bm_pair pairs[LANES / 2];
                memcpy(pairs, &halves, sizeof pairs); /* little-endian */
                for (int p = 0; p < LANES / 2; p++)
                    panels[(size_t)(c / 2 + p) * (size_t)width + (size_t)row] = pairs[p];
            }
}

void BM_KERNEL(pair_rows)(const bm_real *from, size_t stride, int rows, int columns, int width,
                          bm_pair *panels)
{
    if (has_bf16())
        rows_to_pairs(from, stride, rows, columns, width, panels, true);
    else
        rows_to_pairs(from, stride, rows, columns, width, panels, false);
}

void BM_KERNEL(pair_columns)(const bm_real *from, size_t stride, int rows, int columns, int width,
                             bm_pair *panels)
{
    if (has_bf16())
        columns_to_pairs(from, stride, rows, columns, width, panels, true);
    else
        columns_to_pairs(from, stride, rows, columns, width, panels, false);
}
