/* The passes of a normalization forward, with the residual addition and the ReLU behind it, into
 * padded images or copies where a convolution wants them. */
#include "norm_blocks.h"

BM_INLINE bm_vector normalized(const struct values *values, int v, bm_vector x)
{
    return (x - values->shift[v]) * values->factor[v] + values->bias[v];
}

/* What a call of norm_apply works on; norm, residual and residual_norm may be NULL. */
struct pass {
    const struct bm_norm *norm, *residual_norm;
    const void *x, *residual;
    void *y;
};

/* The bools are constants wherever this is inlined. */
BM_INLINE void apply_block(const struct pass *pass, const struct block *b, bool has_norm,
                           bool has_residual, bool has_residual_norm, struct stored stored,
                           int vectors, int lanes)
{
    struct values own = {0}, other = {0};
    if (has_norm)
        own = values_of(pass->norm, b, vectors, lanes);
    if (has_residual_norm)
        other = values_of(pass->residual_norm, b, vectors, lanes);
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = plain_at(b, i, v);
            bm_vector value = load_stored(pass->x, at, lanes, stored.plain);
            if (has_norm)
                value = normalized(&own, v, value);
            if (has_residual) {
                bm_vector added = load_stored(pass->residual, at, lanes, stored.plain);
                if (has_residual_norm)
                    added = normalized(&other, v, added);
                if (has_residual_norm && other.has_relu)
                    added = relu(added);
                value += added;
            }
            if (has_norm && own.has_relu)
                value = relu(value);
            store_stored(pass->y, padded_at(b, i, v), value, lanes, stored.padded, stored.streams);
        }
}

BM_INLINE void apply(const struct bm_pixels *pixels, const struct pass *pass, struct stored stored)
{
#define COPY(b, vectors, lanes)     apply_block(pass, b, false, false, false, stored, vectors, lanes)
#define APPLY(b, vectors, lanes)    apply_block(pass, b, true, false, false, stored, vectors, lanes)
#define ADD(b, vectors, lanes)      apply_block(pass, b, true, true, false, stored, vectors, lanes)
#define ADD_NORM(b, vectors, lanes) apply_block(pass, b, true, true, true, stored, vectors, lanes)
    if (pass->norm == NULL)
        FOR_BLOCKS(pixels, COPY)
    else if (pass->residual == NULL)
        FOR_BLOCKS(pixels, APPLY)
    else if (pass->residual_norm == NULL)
        FOR_BLOCKS(pixels, ADD)
    else
        FOR_BLOCKS(pixels, ADD_NORM)
#undef COPY
#undef APPLY
#undef ADD
#undef ADD_NORM
}

void BM_KERNEL(norm_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                           const void *x, const void *residual, const struct bm_norm *residual_norm,
                           void *y)
{
    const struct pass pass = {norm, residual_norm, x, residual, y};
    bool streams = streams_to(pixels, y, pixels->padded);
    IN_STORED(pixels, streams, apply, pixels, &pass);
}

BM_INLINE void sum_block(const void *x, const bm_real *shift, double *sum, double *squares,
                         const struct block *b, enum elements elements, int vectors, int lanes)
{
    bm_vector centre[MOST_VECTORS], sums[MOST_VECTORS], all_squares[MOST_VECTORS];
    for (int v = 0; v < vectors; v++) {
        centre[v] = load_part(shift + b->c + v * LANES, lanes);
        sums[v] = all_squares[v] = zero();
    }
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = plain_at(b, i, v);
            bm_vector centred = load_stored(x, at, lanes, elements) - centre[v];
            sums[v] += centred;
            all_squares[v] += centred * centred;
        }
    for (int v = 0; v < vectors; v++) {
        add_to(sum + b->c + v * LANES, sums[v], lanes);
        add_to(squares + b->c + v * LANES, all_squares[v], lanes);
    }
}

void BM_KERNEL(norm_sums)(const struct bm_pixels *pixels, const void *x, const bm_real *shift,
                          double *sum, double *squares)
{
#define SUM(b, vectors, lanes)      sum_block(x, shift, sum, squares, b, REALS, vectors, lanes)
#define SUM_BF16(b, vectors, lanes) sum_block(x, shift, sum, squares, b, BF16, vectors, lanes)
    if (pixels->plain == BM_ELEMENT_BF16)
        FOR_BLOCKS(pixels, SUM_BF16)
    else
        FOR_BLOCKS(pixels, SUM)
#undef SUM
#undef SUM_BF16
}
