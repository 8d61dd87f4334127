/* How optimizers walk through what they change: by rows, which threads share. What becomes of an
 * element depends on the element alone. */
#ifndef BM_NN_OPTIMIZER_ROWS_H
#define BM_NN_OPTIMIZER_ROWS_H

#include "bm/nn.h"

/* Elements of a part that lie side by side. */
struct bm_row {
    size_t n;
    bm_real *parameters;
    bm_real *moments; /* moment 0; moment k lies k * apart elements behind */
    size_t apart;
    const bm_real *gradients;
    size_t ahead; /* where the next row begins, in elements from here; 0: there is none */
};

/* Calls `step` for all elements of the part. `factors`: what they have in common, of the member. */
void bm_each_row(const struct bm_optimizer_part *part, const void *factors,
                 void (*step)(const void *factors, const struct bm_row *row));

/* Calls `range` for the row, in pieces during which the next row, and as much of its `moments`
 * moments, is fetched: hardware foresees only what follows in memory. */
static inline void bm_row_in_pieces(const struct bm_row *row, int moments, const void *factors,
                                    void (*range)(const void *factors, const struct bm_row *row))
{
    enum { LINE = 64 / sizeof(bm_real), LINES = 4 };
    size_t piece = row->ahead > 0 ? LINES * LINE : row->n;
    for (size_t first = 0; first < row->n; first += piece) {
        struct bm_row part = *row;
        part.n = row->n - first < piece ? row->n - first : piece;
        part.parameters += first;
        part.moments += first;
        part.gradients += first;
        for (size_t i = row->ahead; i < row->ahead + part.n && row->ahead > 0; i += LINE) {
            __builtin_prefetch(part.parameters + i, 1, 2);
            for (int k = 0; k < moments; k++)
                __builtin_prefetch(part.moments + (size_t)k * row->apart + i, 1, 2);
        }
        range(factors, &part);
    }
}

#endif
