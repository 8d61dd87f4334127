/* Matrices rounded to bfloat16, in the pairs that products read (kernel/product.c). */
#include "pairs.h"

/* `element`, `native`: constants wherever these are inlined. */
BM_INLINE bm_words words_at(const void *array, size_t at, enum bm_element element, bool native)
{
    bm_halves halves = element == BM_ELEMENT_BF16
                           ? *(const bm_halves *)((const uint16_t *)array + at)
                           : rounded_halves(load((const bm_real *)array + at), native);
    return __builtin_convertvector(halves, bm_words);
}

BM_INLINE void rows_to_pairs(const void *from, enum bm_element element, size_t stride, int rows,
                             int columns, int width, bm_pair *panels, bool native)
{
    for (int panel = 0; panel < columns; panel += width)
        for (int row = 0; row < rows; row += 2)
            for (int c = 0; c < width; c += LANES, panels += LANES) {
                size_t first = (size_t)row * stride + (size_t)(panel + c);
                bm_words words = words_at(from, first, element, native);
                if (row + 1 < rows)
                    words |= words_at(from, first + stride, element, native) << 16;
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

void BM_KERNEL(pair_rows)(const void *from, enum bm_element element, size_t stride, int rows,
                          int columns, int width, bm_pair *panels)
{
    if (element == BM_ELEMENT_BF16)
        rows_to_pairs(from, BM_ELEMENT_BF16, stride, rows, columns, width, panels, false);
    else if (has_bf16())
        rows_to_pairs(from, BM_ELEMENT_REAL, stride, rows, columns, width, panels, true);
    else
        rows_to_pairs(from, BM_ELEMENT_REAL, stride, rows, columns, width, panels, false);
}

void BM_KERNEL(pair_columns)(const bm_real *from, size_t stride, int rows, int columns, int width,
                             bm_pair *panels)
{
    if (has_bf16())
        columns_to_pairs(from, stride, rows, columns, width, panels, true);
    else
        columns_to_pairs(from, stride, rows, columns, width, panels, false);
}
