/* The passes of a normalization over pixels of channels, with the ReLU and the residual addition
 * behind it, from or into a frame where a convolution wants one.
 *
 * Everything works on x - shift, so that sums stay accurate where mean >> deviation. A vector of
 * channels goes through a row of pixels at a time: what is one value a channel stays in registers,
 * and sums run in reals over the row, several side by side (long sums of equal values round to one
 * side), then in double. */
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

/* Runs `body` for each vector of channels c of each row of pixels: `plain` is where the vector of
 * the row's first pixel is, `framed` where it is in a frame; `lanes` of it are there, a constant
 * where it is whole. */
#define FOR_ROWS(pixels, body)                                                                     \
    for (int image = 0; image < (pixels)->images; image++)                                         \
        for (int h = 0; h < (pixels)->height; h++) {                                               \
            size_t channels = (size_t)(pixels)->channels;                                          \
            size_t row = (size_t)image * (size_t)(pixels)->height + (size_t)h;                     \
            size_t plain = row * (size_t)(pixels)->width * channels;                               \
            size_t framed =                                                                        \
                ((size_t)image * (pixels)->image + (size_t)h * (pixels)->row) * channels;          \
            int c = 0, lanes = LANES;                                                              \
            for (; c + LANES <= (pixels)->channels; c += LANES, plain += LANES, framed += LANES) { \
                body                                                                               \
            }                                                                                      \
            lanes = (pixels)->channels - c;                                                        \
            if (lanes > 0) {                                                                       \
                body                                                                               \
            }                                                                                      \
        }

/* The values of a normalization for one vector of channels. */
struct values {
    bool has_relu;
    bm_vector shift, factor, bias;
};

BM_INLINE struct values values_of(const struct bm_norm *norm, int c, int lanes)
{
    return (struct values){norm->has_relu, load_part(norm->shift + c, lanes),
                           load_part(norm->factor + c, lanes), load_part(norm->bias + c, lanes)};
}

/* ---- forward ---- */

BM_INLINE bm_vector normalized(const struct values *v, bm_vector x)
{
    return (x - v->shift) * v->factor + v->bias;
}

/* has_norm, has_residual, has_residual_norm are constants wherever this is inlined. */
BM_INLINE void apply(const struct bm_pixels *pixels, bool has_norm, const struct bm_norm *norm,
                     const bm_real *x, bool has_residual, const bm_real *residual,
                     bool has_residual_norm, const struct bm_norm *residual_norm, bm_real *y)
{
    FOR_ROWS(pixels, {
        struct values own = {0};
        struct values other = {0};
        if (has_norm)
            own = values_of(norm, c, lanes);
        if (has_residual_norm)
            other = values_of(residual_norm, c, lanes);
        for (int i = 0; i < pixels->width; i++) {
            size_t at = (size_t)i * channels;
            bm_vector value = load_part(x + plain + at, lanes);
            if (has_norm)
                value = normalized(&own, value);
            if (has_residual) {
                bm_vector added = load_part(residual + plain + at, lanes);
                if (has_residual_norm)
                    added = normalized(&other, added);
                if (has_residual_norm && other.has_relu)
                    added = relu(added);
                value += added;
            }
            if (has_norm && own.has_relu)
                value = relu(value);
            store_part(y + framed + at, value, lanes);
        }
    })
}

void BM_KERNEL(norm_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                           const bm_real *x, const bm_real *residual,
                           const struct bm_norm *residual_norm, bm_real *y)
{
    if (norm == NULL)
        apply(pixels, false, NULL, x, false, NULL, false, NULL, y);
    else if (residual == NULL)
        apply(pixels, true, norm, x, false, NULL, false, NULL, y);
    else if (residual_norm == NULL)
        apply(pixels, true, norm, x, true, residual, false, NULL, y);
    else
        apply(pixels, true, norm, x, true, residual, true, residual_norm, y);
}

/* sum[0 ... lanes-1] += vector, in double. */
BM_INLINE void add_to(double *sum, bm_vector vector, int lanes)
{
    bm_real values[LANES];
    store(values, vector);
    for (int i = 0; i < lanes; i++)
        sum[i] += (double)values[i];
}

enum { SUMS = 4 }; /* side by side */

BM_INLINE bm_vector joined(const bm_vector sums[SUMS])
{
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

BM_INLINE void sum_pixel(bm_vector x, bm_vector shift, bm_vector *sum, bm_vector *squares)
{
    bm_vector centred = x - shift;
    *sum += centred;
    *squares += centred * centred;
}

void BM_KERNEL(norm_sums)(const struct bm_pixels *pixels, const bm_real *x, const bm_real *shift,
                          double *sum, double *squares)
{
    FOR_ROWS(pixels, {
        bm_vector centre = load_part(shift + c, lanes);
        bm_vector sums[SUMS] = {{0}};
        bm_vector all_squares[SUMS] = {{0}};
        const bm_real *from = x + framed;
        int i = 0;
        for (; i + SUMS <= pixels->width; i += SUMS)
            for (int k = 0; k < SUMS; k++, from += channels)
                sum_pixel(load_part(from, lanes), centre, &sums[k], &all_squares[k]);
        for (; i < pixels->width; i++, from += channels)
            sum_pixel(load_part(from, lanes), centre, &sums[0], &all_squares[0]);
        add_to(sum + c, joined(sums), lanes);
        add_to(squares + c, joined(all_squares), lanes);
    })
}

/* ---- backward ---- */

/* What a call of norm_d_sums works on. */
struct d_pass {
    const struct bm_norm *norm;
    const bm_real *x, *y, *dy;
    bm_real *dz;
    double *sums;
};

/* One vector of one pixel; `plain` and `framed` are where it lies. keeps: y tells what the ReLU let
 * through, else the same arithmetic as in `apply`. The bools are constants wherever this is
 * inlined.
 */
BM_INLINE void d_sum_pixel(const struct d_pass *pass, const struct values *own, size_t plain,
                           size_t framed, int lanes, bool has_relu, bool keeps, bool stores,
                           bool adds, bm_vector *sum, bm_vector *products)
{
    bm_vector dz = load_part(pass->dy + framed, lanes);
    if (adds)
        dz += load_part(pass->dz + plain, lanes);
    bm_vector centred = load_part(pass->x + plain, lanes) - own->shift;
    if (has_relu) {
        bm_vector value = centred * own->factor + own->bias;
        if (keeps)
            value = load_part(pass->y + plain, lanes);
        dz = where((bm_mask)(value > zero()), dz);
    }
    *sum += dz;
    *products += dz * centred;
    if (stores)
        store_part(pass->dz + plain, dz, lanes);
}

BM_INLINE void d_sums(const struct bm_pixels *pixels, const struct d_pass *pass, bool has_relu,
                      bool keeps, bool stores, bool adds){
    FOR_ROWS(pixels,
             {
                 struct values own = values_of(pass->norm, c, lanes);
                 bm_vector sums[SUMS] = {{0}};
                 bm_vector products[SUMS] = {{0}};
                 size_t at = 0;
                 int i = 0;
                 for (; i + SUMS <= pixels->width; i += SUMS)
                     for (int k = 0; k < SUMS; k++, at += channels)
                         d_sum_pixel(pass, &own, plain + at, framed + at, lanes, has_relu, keeps,
                                     stores, adds, &sums[k], &products[k]);
                 for (; i < pixels->width; i++, at += channels)
                     d_sum_pixel(pass, &own, plain + at, framed + at, lanes, has_relu, keeps,
                                 stores, adds, &sums[0], &products[0]);
                 add_to(pass->sums + c, joined(sums), lanes);
                 add_to(pass->sums + channels + c, joined(products), lanes);
             })}

/* dz = dy, or += dy. */
BM_INLINE void take(const struct bm_pixels *pixels, const bm_real *dy, bm_real *dz, bool adds)
{
    FOR_ROWS(pixels, {
        for (int i = 0; i < pixels->width; i++) {
            size_t at = (size_t)i * channels;
            bm_vector value = load_part(dy + framed + at, lanes);
            if (adds)
                value += load_part(dz + plain + at, lanes);
            store_part(dz + plain + at, value, lanes);
        }
    })
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

BM_INLINE void d_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const bm_real *x,
                       const bm_real *dz, bm_real *dx, bool adds)
{
    FOR_ROWS(pixels, {
        bm_vector shift = load_part(norm->shift + c, lanes);
        bm_vector factor = load_part(norm->factor + c, lanes);
        bm_vector offset = load_part(norm->offset + c, lanes);
        bm_vector slope = load_part(norm->slope + c, lanes);
        for (int i = 0; i < pixels->width; i++) {
            size_t at = (size_t)i * channels;
            bm_vector centred = load_part(x + plain + at, lanes) - shift;
            bm_vector value = load_part(dz + plain + at, lanes) - offset - slope * centred;
            value *= factor;
            if (adds)
                value += load_part(dx + framed + at, lanes);
            store_part(dx + framed + at, value, lanes);
        }
    })
}

void BM_KERNEL(norm_d_apply)(const struct bm_pixels *pixels, const struct bm_norm *norm,
                             const bm_real *x, const bm_real *dz, bm_real *dx, bool adds)
{
    if (adds)
        d_apply(pixels, norm, x, dz, dx, true);
    else
        d_apply(pixels, norm, x, dz, dx, false);
}
