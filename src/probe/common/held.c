#include <assert.h>
#include <string.h>

#include "bm/probe.h"

void bm_held_copy(const struct bm_held *held, size_t first, size_t n, size_t column, size_t columns,
                  float *out)
{
    assert(first + n <= held->n && column + columns <= held->dimension);
    const float *from = held->rows + first * held->dimension + column;
    for (size_t i = 0; i < n; i++, from += held->dimension, out += columns)
        memcpy(out, from, columns * sizeof *out);
}
