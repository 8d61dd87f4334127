/* The passes of batch normalization over rows of channels, with the ReLU and the residual addition
 * behind it.
 *
 * Everything works on x - shift, so that sums stay accurate where mean >> deviation. Sums run in
 * reals over a few rows, then in double. */
#include "vector.h"

#ifdef BM_DOUBLE
typedef int64_t bm_mask_lane;
#else
typedef int32_t bm_mask_lane;
#endif
typedef bm_mask_lane bm_mask
    __attribute__((vector_size(BM_VECTOR_BYTES), aligned(sizeof(bm_real)), may_alias));

enum {
    GROUP = 4,         /* rows that are added up before they reach memory */
    ROWS_IN_REAL = 64, /* rows that are added up before they become double */
    BLOCK = 512,       /* channels at a time: their sums stay in the first cache */
};

BM_INLINE bm_vector where(bm_mask mask, bm_vector vector)
{
    return (bm_vector)((bm_mask)vector & mask);
}

/* Lets NaN through, so that a diverged run stays visible. */
BM_INLINE bm_vector relu(bm_vector vector)
{
    return where(~(bm_mask)(vector < zero()), vector);
}

/* part[0] and part[1] of a block of channels into the caller's sums. */
BM_INLINE void flush(bm_real part[2][BLOCK], int n, double *sum, double *product)
{
    for (int c = 0; c < n; c++) {
        sum[c] += (double)part[0][c];
        product[c] += (double)part[1][c];
        part[0][c] = part[1][c] = 0;
    }
}

BM_INLINE void add_to(bm_real *part, bm_vector vector)
{
    store(part, load(part) + vector);
}

/* ---- forward
 * ------------------------------------------------------------------------------------- */

BM_INLINE void sum_rows(const bm_real *x, int rows, size_t channels, int n, const bm_real *shift,
                        bm_real part[2][BLOCK])
{
    for (int c = 0; c < n; c += LANES) {
        bm_vector sum = zero(), squares = zero(), centre = load_part(shift + c, n - c);
        for (int i = 0; i < rows; i++) {
            bm_vector centred = load_part(x + (size_t)i * channels + c, n - c) - centre;
            sum += centred;
            squares += centred * centred;
        }
        add_to(&part[0][c], sum);
        add_to(&part[1][c], squares);
    }
}

void BM_KERNEL(batchnorm_sums)(const struct bm_rows *rows, const bm_real *x, const bm_real *shift,
                               double *sum, double *squares)
{
    size_t channels = (size_t)rows->channels;
    for (int c = 0; c < rows->channels; c += BLOCK) {
        bm_real part[2][BLOCK] = {{0}};
        int n = rows->channels - c < BLOCK ? rows->channels - c : BLOCK;
        size_t row = rows->first;
        for (; row + GROUP <= rows->end; row += GROUP) {
            sum_rows(x + row * channels + c, GROUP, channels, n, shift + c, part);
            if (row / GROUP % (ROWS_IN_REAL / GROUP) == 0)
                flush(part, n, sum + c, squares + c);
        }
        for (; row < rows->end; row++)
            sum_rows(x + row * channels + c, 1, channels, n, shift + c, part);
        flush(part, n, sum + c, squares + c);
    }
}

/* y of one vector of channels: `n` of its lanes are there. */
BM_INLINE void apply_vector(const bm_real *x, const bm_real *residual, bm_vector shift,
                            bm_vector factor, bm_vector bias, bool has_relu, bm_real *y, int n)
{
    bm_vector value = (load_part(x, n) - shift) * factor + bias;
    if (residual != NULL)
        value += load_part(residual, n);
    store_part(y, has_relu ? relu(value) : value, n);
}

void BM_KERNEL(batchnorm_apply)(const struct bm_rows *rows, const struct bm_batchnorm *norm,
                                const bm_real *x, const bm_real *residual, bm_real *y)
{
    int channels = rows->channels;
    for (size_t row = rows->first; row < rows->end; row++) {
        size_t at = row * (size_t)channels;
        const bm_real *added = residual ? residual + at : NULL;
        int c = 0;
        for (; c + LANES <= channels; c += LANES)
            apply_vector(x + at + c, added ? added + c : NULL, load(norm->shift + c),
                         load(norm->factor + c), load(norm->bias + c), norm->has_relu, y + at + c,
                         LANES);
        int n = channels - c;
        if (n > 0)
            apply_vector(x + at + c, added ? added + c : NULL, load_part(norm->shift + c, n),
                         load_part(norm->factor + c, n), load_part(norm->bias + c, n),
                         norm->has_relu, y + at + c, n);
    }
}

/* ---- backward
 * ------------------------------------------------------------------------------------ */

/* The gradient behind the ReLU. Its sign comes from y where that was kept (a residual was added),
 * else from the same arithmetic as in batchnorm_apply. */
BM_INLINE bm_vector through_relu(const struct bm_batchnorm *norm, const bm_real *y, bm_vector dy,
                                 bm_vector centred, bm_vector factor, bm_vector bias, int n)
{
    if (!norm->has_relu)
        return dy;
    bm_vector value = centred * factor + bias;
    if (y != NULL)
        value = load_part(y, n);
    return where((bm_mask)(value > zero()), dy);
}

struct pass {
    const struct bm_batchnorm *norm;
    const bm_real *x, *y, *dy; /* y: NULL, or what was kept */
    bm_real *d_residual;       /* NULL: none */
    bool adds_residual;
};

BM_INLINE void sum_gradient_rows(const struct pass *pass, size_t at, int rows, size_t channels,
                                 int first, int n, bm_real part[2][BLOCK])
{
    const struct bm_batchnorm *norm = pass->norm;
    for (int c = 0; c < n; c += LANES) {
        int lanes = n - c, channel = first + c;
        bm_vector shift = load_part(norm->shift + channel, lanes);
        bm_vector factor = load_part(norm->factor + channel, lanes);
        bm_vector bias = load_part(norm->bias + channel, lanes);
        bm_vector sum = zero(), products = zero();
        for (int i = 0; i < rows; i++) {
            size_t element = at + (size_t)i * channels + (size_t)channel;
            bm_vector centred = load_part(pass->x + element, lanes) - shift;
            bm_vector dz =
                through_relu(norm, pass->y ? pass->y + element : NULL,
                             load_part(pass->dy + element, lanes), centred, factor, bias, lanes);
            if (pass->d_residual != NULL) {
                bm_vector total = dz;
                if (pass->adds_residual)
                    total += load_part(pass->d_residual + element, lanes);
                store_part(pass->d_residual + element, total, lanes);
            }
            sum += dz;
            products += dz * centred;
        }
        add_to(&part[0][c], sum);
        add_to(&part[1][c], products);
    }
}

void BM_KERNEL(batchnorm_d_sums)(const struct bm_rows *rows, const struct bm_batchnorm *norm,
                                 const bm_real *x, const bm_real *y, const bm_real *dy,
                                 bm_real *d_residual, bool adds_residual, double *sum,
                                 double *products)
{
    size_t channels = (size_t)rows->channels;
    struct pass pass = {norm, x, y, dy, d_residual, adds_residual};
    for (int c = 0; c < rows->channels; c += BLOCK) {
        bm_real part[2][BLOCK] = {{0}};
        int n = rows->channels - c < BLOCK ? rows->channels - c : BLOCK;
        size_t row = rows->first;
        for (; row + GROUP <= rows->end; row += GROUP) {
            sum_gradient_rows(&pass, row * channels, GROUP, channels, c, n, part);
            if (row / GROUP % (ROWS_IN_REAL / GROUP) == 0)
                flush(part, n, sum + c, products + c);
        }
        for (; row < rows->end; row++)
            sum_gradient_rows(&pass, row * channels, 1, channels, c, n, part);
        flush(part, n, sum + c, products + c);
    }
}

/* dx of one vector of channels. */
BM_INLINE void d_apply_vector(const struct pass *pass, const struct bm_d_batchnorm *d, size_t at,
                              int channel, bm_real *dx, bool adds, int n)
{
    const struct bm_batchnorm *norm = pass->norm;
    bm_vector centred = load_part(pass->x + at, n) - load_part(norm->shift + channel, n);
    bm_vector dz =
        through_relu(norm, pass->y ? pass->y + at : NULL, load_part(pass->dy + at, n), centred,
                     load_part(norm->factor + channel, n), load_part(norm->bias + channel, n), n);
    bm_vector value =
        dz - load_part(d->offset + channel, n) - load_part(d->slope + channel, n) * centred;
    value *= load_part(norm->factor + channel, n);
    if (adds)
        value += load_part(dx + at, n);
    store_part(dx + at, value, n);
}

void BM_KERNEL(batchnorm_d_apply)(const struct bm_rows *rows, const struct bm_batchnorm *norm,
                                  const struct bm_d_batchnorm *d, const bm_real *x,
                                  const bm_real *y, const bm_real *dy, bm_real *dx, bool adds)
{
    int channels = rows->channels;
    struct pass pass = {.norm = norm, .x = x, .y = y, .dy = dy};
    for (size_t row = rows->first; row < rows->end; row++) {
        size_t at = row * (size_t)channels;
        int c = 0;
        for (; c + LANES <= channels; c += LANES)
            d_apply_vector(&pass, d, at + (size_t)c, c, dx, adds, LANES);
        if (c < channels)
            d_apply_vector(&pass, d, at + (size_t)c, c, dx, adds, channels - c);
    }
}
