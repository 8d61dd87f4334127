/* The passes of a normalization backward, from or into padded images or copies where a convolution
 * wants them. */
#include "norm_blocks.h"

/* What a call of norm_d_sums works on. */
struct d_pass {
    const struct bm_norm *norm;
    const void *x, *y, *dy;
    void *dz;
    double *sums;
};

/* keeps: y tells what the ReLU let through, else the same arithmetic as in apply_block. The bools
 * are constants wherever this is inlined. */
BM_INLINE void d_sum_block(const struct d_pass *pass, const struct block *b, bool has_relu,
                           bool keeps, bool stores, bool adds, struct stored stored, int vectors,
                           int lanes)
{
    struct values own = values_of(pass->norm, b, vectors, lanes);
    bm_vector sums[MOST_VECTORS], products[MOST_VECTORS];
    for (int v = 0; v < vectors; v++)
        sums[v] = products[v] = zero();
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t plain = plain_at(b, i, v);
            bm_vector dz = load_stored(pass->dy, padded_at(b, i, v), lanes, stored.padded);
            if (adds)
                dz += load_stored(pass->dz, plain, lanes, stored.plain);
            bm_vector centred = load_stored(pass->x, plain, lanes, stored.plain) - own.shift[v];
            if (has_relu) {
                bm_vector value = centred * own.factor[v] + own.bias[v];
                if (keeps)
                    value = load_stored(pass->y, plain, lanes, stored.plain);
                dz = where((bm_mask)(value > zero()), dz);
            }
            sums[v] += dz;
            products[v] += dz * centred;
            if (stores)
                store_stored(pass->dz, plain, dz, lanes, stored.plain, stored.streams);
        }
    for (int v = 0; v < vectors; v++) {
        double *sum = pass->sums + b->c + v * LANES;
        add_to(sum, sums[v], lanes);
        add_to(sum + b->channels, products[v], lanes);
    }
}

/* dz = dy, or += dy. */
BM_INLINE void take_block(const void *dy, void *dz, const struct block *b, bool adds,
                          struct stored stored, int vectors, int lanes)
{
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = plain_at(b, i, v);
            bm_vector value = load_stored(dy, padded_at(b, i, v), lanes, stored.padded);
            if (adds)
                value += load_stored(dz, at, lanes, stored.plain);
            store_stored(dz, at, value, lanes, stored.plain, stored.streams);
        }
}

BM_INLINE void d_sums(const struct bm_pixels *pixels, const struct d_pass *pass, bool has_relu,
                      bool keeps, bool stores, bool adds, struct stored stored){
#define D_SUM(b, vectors, lanes) \
    d_sum_block(pass, b, has_relu, keeps, stores, adds, stored, vectors, lanes)
    FOR_BLOCKS(pixels, D_SUM)
#undef D_SUM
}

BM_INLINE void take(const struct bm_pixels *pixels, const void *dy, void *dz, bool adds,
                    struct stored stored){
#define TAKE(b, vectors, lanes) take_block(dy, dz, b, adds, stored, vectors, lanes)
    FOR_BLOCKS(pixels, TAKE)
#undef TAKE
}

BM_INLINE void d_sums_or_take(const struct bm_pixels *pixels, const struct d_pass *pass, bool adds,
                              struct stored stored)
{
    bool has_y = pass->y != NULL;
    if (pass->norm == NULL && adds)
        take(pixels, pass->dy, pass->dz, true, stored);
    else if (pass->norm == NULL)
        take(pixels, pass->dy, pass->dz, false, stored);
    else if (pass->dz == NULL && !pass->norm->has_relu)
        d_sums(pixels, pass, false, false, false, false, stored);
    else if (pass->dz == NULL)
        d_sums(pixels, pass, true, has_y, false, false, stored);
    else if (!pass->norm->has_relu)
        d_sums(pixels, pass, false, false, true, adds, stored);
    else if (has_y && adds)
        d_sums(pixels, pass, true, true, true, true, stored);
    else if (has_y)
        d_sums(pixels, pass, true, true, true, false, stored);
    else if (adds)
        d_sums(pixels, pass, true, false, true, true, stored);
    else
        d_sums(pixels, pass, true, false, true, false, stored);
}

void BM_KERNEL(norm_d_sums)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                            const void *x, const void *y, const void *dy, void *dz, bool adds,
                            double *sums)
{
    const struct d_pass pass = {norm, x, y, dy, dz, sums};
    bool streams = streams_to(pixels, dz, pixels->plain);
    IN_STORED(pixels, streams, d_sums_or_take, pixels, &pass, adds);
}

BM_INLINE void d_apply_block(const struct bm_norm *norm, const void *x, const void *dz, void *dx,
                             const struct block *b, bool adds, struct stored stored, int vectors,
                             int lanes)
{
    bm_vector shift[MOST_VECTORS], factor[MOST_VECTORS], offset[MOST_VECTORS], slope[MOST_VECTORS];
    for (int v = 0; v < vectors; v++) {
        int c = b->c + v * LANES;
        shift[v] = load_part(norm->shift + c, lanes);
        factor[v] = load_part(norm->factor + c, lanes);
        offset[v] = load_part(norm->offset + c, lanes);
        slope[v] = load_part(norm->slope + c, lanes);
    }
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t plain = plain_at(b, i, v), padded = padded_at(b, i, v);
            bm_vector centred = load_stored(x, plain, lanes, stored.plain) - shift[v];
            bm_vector value = load_stored(dz, plain, lanes, stored.plain);
            value = (value - offset[v] - slope[v] * centred) * factor[v];
            if (adds)
                value += load_stored(dx, padded, lanes, stored.padded);
            store_stored(dx, padded, value, lanes, stored.padded, stored.streams);
        }
}

BM_INLINE void d_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                       const void *dz, void *dx, bool adds, struct stored stored)
{
#define D_APPLY(b, vectors, lanes) d_apply_block(norm, x, dz, dx, b, adds, stored, vectors, lanes)
    FOR_BLOCKS(pixels, D_APPLY)
#undef D_APPLY
}

void BM_KERNEL(norm_d_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                             const void *x, const void *dz, void *dx, bool adds)
{
    bool streams = streams_to(pixels, dx, pixels->padded);
    IN_STORED(pixels, streams, d_apply, pixels, norm, x, dz, dx, adds);
}
