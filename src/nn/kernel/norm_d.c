/* The passes of a normalization backward, from or into padded images or copies where a convolution
 * wants them. */
#include "norm_blocks.h"

/* What a call of norm_d_sums works on. */
struct d_pass {
    const struct bm_norm *norm;
    const bm_real *x, *y, *dy;
    bm_real *dz;
    double *sums;
};

/* keeps: y tells what the ReLU let through, else the same arithmetic as in apply_block. The bools
 * are constants wherever this is inlined. */
BM_INLINE void d_sum_block(const struct d_pass *pass, const struct block *b, bool has_relu,
                           bool keeps, bool stores, bool adds, int vectors, int lanes)
{
    struct values own = values_of(pass->norm, b, vectors, lanes);
    bm_vector sums[MOST_VECTORS], products[MOST_VECTORS];
    for (int v = 0; v < vectors; v++)
        sums[v] = products[v] = zero();
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t plain = plain_at(b, i, v);
            bm_vector dz = load_part(pass->dy + padded_at(b, i, v), lanes);
            if (adds)
                dz += load_part(pass->dz + plain, lanes);
            bm_vector centred = load_part(pass->x + plain, lanes) - own.shift[v];
            if (has_relu) {
                bm_vector value = centred * own.factor[v] + own.bias[v];
                if (keeps)
                    value = load_part(pass->y + plain, lanes);
                dz = where((bm_mask)(value > zero()), dz);
            }
            sums[v] += dz;
            products[v] += dz * centred;
            if (stores)
                store_part(pass->dz + plain, dz, lanes);
        }
    for (int v = 0; v < vectors; v++) {
        double *sum = pass->sums + b->c + v * LANES;
        add_to(sum, sums[v], lanes);
        add_to(sum + b->channels, products[v], lanes);
    }
}

/* dz = dy, or += dy. */
BM_INLINE void take_block(const bm_real *dy, bm_real *dz, const struct block *b, bool adds,
                          int vectors, int lanes)
{
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = plain_at(b, i, v);
            bm_vector value = load_part(dy + padded_at(b, i, v), lanes);
            if (adds)
                value += load_part(dz + at, lanes);
            store_part(dz + at, value, lanes);
        }
}

BM_INLINE void d_sums(const struct bm_pixels *pixels, const struct d_pass *pass, bool has_relu,
                      bool keeps, bool stores, bool adds){
#define D_SUM(b, vectors, lanes) d_sum_block(pass, b, has_relu, keeps, stores, adds, vectors, lanes)
    FOR_BLOCKS(pixels, D_SUM)
#undef D_SUM
}

BM_INLINE void take(const struct bm_pixels *pixels, const bm_real *dy, bm_real *dz, bool adds)
{
#define TAKE(b, vectors, lanes) take_block(dy, dz, b, adds, vectors, lanes)
    FOR_BLOCKS(pixels, TAKE)
#undef TAKE
}

void BM_KERNEL(norm_d_sums)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                            const bm_real *x, const bm_real *y, const bm_real *dy, bm_real *dz,
                            bool adds, double *sums)
{
    struct d_pass pass = {norm, x, y, dy, dz, sums};
    if (norm == NULL && adds)
        take(pixels, dy, dz, true);
    else if (norm == NULL)
        take(pixels, dy, dz, false);
    else if (dz == NULL && !norm->has_relu)
        d_sums(pixels, &pass, false, false, false, false);
    else if (dz == NULL)
        d_sums(pixels, &pass, true, y != NULL, false, false);
    else if (!norm->has_relu)
        d_sums(pixels, &pass, false, false, true, adds);
    else if (y != NULL && adds)
        d_sums(pixels, &pass, true, true, true, true);
    else if (y != NULL)
        d_sums(pixels, &pass, true, true, true, false);
    else if (adds)
        d_sums(pixels, &pass, true, false, true, true);
    else
        d_sums(pixels, &pass, true, false, true, false);
}

BM_INLINE void d_apply_block(const struct bm_norm *norm, const bm_real *x, const bm_real *dz,
                             bm_real *dx, const struct block *b, bool adds, int vectors, int lanes)
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
            bm_vector centred = load_part(x + plain, lanes) - shift[v];
            bm_vector value = load_part(dz + plain, lanes) - offset[v] - slope[v] * centred;
            value *= factor[v];
            if (adds)
                value += load_part(dx + padded, lanes);
            store_part(dx + padded, value, lanes);
        }
}

void BM_KERNEL(norm_d_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                             const bm_real *x, const bm_real *dz, bm_real *dx, bool adds)
{
#define D_APPLY(b, vectors, lanes) d_apply_block(norm, x, dz, dx, b, adds, vectors, lanes)
    FOR_BLOCKS(pixels, D_APPLY)
#undef D_APPLY
}
