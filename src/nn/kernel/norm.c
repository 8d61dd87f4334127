/* The passes of a normalization over pixels of channels, with the ReLU and the residual addition
 * behind it, from or into padded images where a convolution wants one.
 *
 * Everything works on x - shift, so that sums stay accurate where mean >> deviation. Memory bounds
 * these passes, so they read it in order: a block of channels goes through a few pixels at a time,
 * with what is one value a channel in registers; sums run in reals over those pixels, then in
 * double (long sums of equal values would round to one side). */
#include "vector.h"

#ifdef BM_DOUBLE
typedef int64_t bm_mask_lane;
#else
typedef int32_t bm_mask_lane;
#endif
typedef bm_mask_lane bm_mask
    __attribute__((vector_size(BM_VECTOR_BYTES), aligned(sizeof(bm_real)), may_alias));

BM_INLINE bm_vector where(bm_mask mask, bm_vector vector)
{
    return (bm_vector)((bm_mask)vector & mask);
}

/* Lets NaN through, so that a diverged run stays visible. */
BM_INLINE bm_vector relu(bm_vector vector)
{
    return where(~(bm_mask)(vector < zero()), vector);
}

enum { PIXELS = 16, MOST_VECTORS = 4 }; /* of a block, at most */

/* A block: `n` pixels, `vectors` vectors of channels from c on, whose last has `lanes` lanes (all,
 * unless it is alone). `plain` is where it begins, `padded` where it does in a padded image. */
struct block {
    size_t plain, padded, channels;
    int c, n;
};

/* Runs `work(&block, vectors, lanes)` for all blocks, with constants for the last two where they
 * are whole. `work` may be a macro. */
#define FOR_BLOCKS(pixels, work)                                                                 \
    for (int image = 0; image < (pixels)->images; image++)                                       \
        for (int h = 0; h < (pixels)->height; h++)                                               \
            for (int w = 0; w < (pixels)->width; w += PIXELS) {                                  \
                const int all = (pixels)->channels;                                              \
                size_t row = (size_t)image * (size_t)(pixels)->height + (size_t)h;               \
                size_t padded_row = (size_t)image * (pixels)->image + (size_t)h * (pixels)->row; \
                struct block b = {                                                               \
                    .plain = (row * (size_t)(pixels)->width + (size_t)w) * (size_t)all,          \
                    .padded = (padded_row + (size_t)w) * (size_t)all,                            \
                    .channels = (size_t)all,                                                     \
                    .n = (pixels)->width - w < PIXELS ? (pixels)->width - w : PIXELS,            \
                };                                                                               \
                for (; b.c + 4 * LANES <= all; next_block(&b, 4))                                \
                    work(&b, 4, LANES);                                                          \
                for (; b.c + 2 * LANES <= all; next_block(&b, 2))                                \
                    work(&b, 2, LANES);                                                          \
                for (; b.c + LANES <= all; next_block(&b, 1))                                    \
                    work(&b, 1, LANES);                                                          \
                if (b.c < all)                                                                   \
                    work(&b, 1, all - b.c);                                                      \
            }

BM_INLINE void next_block(struct block *b, int vectors)
{
    b->c += vectors * LANES;
    b->plain += (size_t)(vectors * LANES);
    b->padded += (size_t)(vectors * LANES);
}

/* The values of a normalization for the channels of a block. */
struct values {
    bool has_relu;
    bm_vector shift[MOST_VECTORS], factor[MOST_VECTORS], bias[MOST_VECTORS];
};

BM_INLINE struct values values_of(const struct bm_norm *norm, const struct block *b, int vectors,
                                  int lanes)
{
    struct values values = {.has_relu = norm->has_relu};
    for (int v = 0; v < vectors; v++) {
        int c = b->c + v * LANES;
        values.shift[v] = load_part(norm->shift + c, lanes);
        values.factor[v] = load_part(norm->factor + c, lanes);
        values.bias[v] = load_part(norm->bias + c, lanes);
    }
    return values;
}

/* ---- forward ---- */

BM_INLINE bm_vector normalized(const struct values *values, int v, bm_vector x)
{
    return (x - values->shift[v]) * values->factor[v] + values->bias[v];
}

/* What a call of norm_apply works on; norm, residual and residual_norm may be NULL. */
struct pass {
    const struct bm_norm *norm, *residual_norm;
    const bm_real *x, *residual;
    bm_real *y;
};

/* The bools are constants wherever this is inlined. */
BM_INLINE void apply_block(const struct pass *pass, const struct block *b, bool has_norm,
                           bool has_residual, bool has_residual_norm, int vectors, int lanes)
{
    struct values own = {0}, other = {0};
    if (has_norm)
        own = values_of(pass->norm, b, vectors, lanes);
    if (has_residual_norm)
        other = values_of(pass->residual_norm, b, vectors, lanes);
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = (size_t)i * b->channels + (size_t)(v * LANES);
            bm_vector value = load_part(pass->x + b->plain + at, lanes);
            if (has_norm)
                value = normalized(&own, v, value);
            if (has_residual) {
                bm_vector added = load_part(pass->residual + b->plain + at, lanes);
                if (has_residual_norm)
                    added = normalized(&other, v, added);
                if (has_residual_norm && other.has_relu)
                    added = relu(added);
                value += added;
            }
            if (has_norm && own.has_relu)
                value = relu(value);
            store_part(pass->y + b->padded + at, value, lanes);
        }
}

void BM_KERNEL(norm_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                           const bm_real *x, const bm_real *residual,
                           const struct bm_norm *residual_norm, bm_real *y)
{
    const struct pass pass = {norm, residual_norm, x, residual, y};
#define COPY(b, vectors, lanes)     apply_block(&pass, b, false, false, false, vectors, lanes)
#define APPLY(b, vectors, lanes)    apply_block(&pass, b, true, false, false, vectors, lanes)
#define ADD(b, vectors, lanes)      apply_block(&pass, b, true, true, false, vectors, lanes)
#define ADD_NORM(b, vectors, lanes) apply_block(&pass, b, true, true, true, vectors, lanes)
    if (norm == NULL)
        FOR_BLOCKS(pixels, COPY)
    else if (residual == NULL)
        FOR_BLOCKS(pixels, APPLY)
    else if (residual_norm == NULL)
        FOR_BLOCKS(pixels, ADD)
    else
        FOR_BLOCKS(pixels, ADD_NORM)
#undef COPY
#undef APPLY
#undef ADD
#undef ADD_NORM
}

/* sum[0 ... lanes-1] += vector, in double. */
BM_INLINE void add_to(double *sum, bm_vector vector, int lanes)
{
    bm_real values[LANES];
    store(values, vector);
    for (int i = 0; i < lanes; i++)
        sum[i] += (double)values[i];
}

BM_INLINE void sum_block(const bm_real *x, const bm_real *shift, double *sum, double *squares,
                         const struct block *b, int vectors, int lanes)
{
    bm_vector centre[MOST_VECTORS], sums[MOST_VECTORS], all_squares[MOST_VECTORS];
    for (int v = 0; v < vectors; v++) {
        centre[v] = load_part(shift + b->c + v * LANES, lanes);
        sums[v] = all_squares[v] = zero();
    }
    for (int i = 0; i < b->n; i++)
        for (int v = 0; v < vectors; v++) {
            size_t at = b->plain + (size_t)i * b->channels + (size_t)(v * LANES);
            bm_vector centred = load_part(x + at, lanes) - centre[v];
            sums[v] += centred;
            all_squares[v] += centred * centred;
        }
    for (int v = 0; v < vectors; v++) {
        add_to(sum + b->c + v * LANES, sums[v], lanes);
        add_to(squares + b->c + v * LANES, all_squares[v], lanes);
    }
}

void BM_KERNEL(norm_sums)(const struct bm_pixels *pixels, const bm_real *x, const bm_real *shift,
                          double *sum, double *squares)
{
#define SUM(b, vectors, lanes) sum_block(x, shift, sum, squares, b, vectors, lanes)
    FOR_BLOCKS(pixels, SUM)
#undef SUM
}

/* ---- backward ---- */

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
            size_t at = (size_t)i * b->channels + (size_t)(v * LANES), plain = b->plain + at;
            bm_vector dz = load_part(pass->dy + b->padded + at, lanes);
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
            size_t at = (size_t)i * b->channels + (size_t)(v * LANES);
            bm_vector value = load_part(dy + b->padded + at, lanes);
            if (adds)
                value += load_part(dz + b->plain + at, lanes);
            store_part(dz + b->plain + at, value, lanes);
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
            size_t at = (size_t)i * b->channels + (size_t)(v * LANES);
            bm_vector centred = load_part(x + b->plain + at, lanes) - shift[v];
            bm_vector value = load_part(dz + b->plain + at, lanes) - offset[v] - slope[v] * centred;
            value *= factor[v];
            if (adds)
                value += load_part(dx + b->padded + at, lanes);
            store_part(dx + b->padded + at, value, lanes);
        }
}

void BM_KERNEL(norm_d_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                             const bm_real *x, const bm_real *dz, bm_real *dx, bool adds)
{
#define D_APPLY(b, vectors, lanes) d_apply_block(norm, x, dz, dx, b, adds, vectors, lanes)
    FOR_BLOCKS(pixels, D_APPLY)
#undef D_APPLY
}
