/* The one-dimensional transforms of Winograd convolution (Lavin and Gray 2016):
 *
 *     y = A' ((G g) . (B' d))      d: inputs, g: weights, y: 4 outputs
 *
 * Stride 1 is F(4, 3): 6 inputs, with the interpolation points 0, +-1/sqrt(2), +-sqrt(2) and
 * infinity, which halve the rounding error of 0, +-1, +-2. Stride 2 splits the 9 inputs by phases:
 * y[i] = g[1] d[2i+1] + (g[0] d[2i] + g[2] d[2i+2]), of which the second part is F(4, 2) on the 5
 * inputs with even numbers, with the points +-1/2, +-5/4 and infinity, and the first is one product
 * an output: 9 in one dimension, 81 in two, where the direct convolution needs 144.
 * (kernel/winograd_weights.c has G.) */
#ifndef BM_NN_KERNEL_WINOGRAD_1D_H
#define BM_NN_KERNEL_WINOGRAD_1D_H

#include "vector.h"

enum { TILE = 4, MOST_PATCH = 9 };

static const bm_real R = (bm_real)0.70710678118654752440;  /* 1/sqrt(2) */
static const bm_real S = (bm_real)1.41421356237309504880;  /* sqrt(2) */
static const bm_real R3 = (bm_real)0.35355339059327376220; /* R^3 */
static const bm_real S3 = (bm_real)2.82842712474619009760; /* S^3 */
static const bm_real HALF = (bm_real)0.5, TWO = 2, FIVE_HALVES = (bm_real)2.5;

BM_INLINE int patch_of(int stride)
{
    return stride == 1 ? 6 : 9;
}

/* ---- stride 1: F(4, 3) ---- */

/* o = B' d */
BM_INLINE void input_1(const bm_vector *d, bm_vector *o)
{
    bm_vector even_r = d[4] - TWO * d[2], odd_r = R * d[3] - S * d[1];
    bm_vector even_s = d[4] - HALF * d[2], odd_s = S * d[3] - R * d[1];
    o[0] = d[0] - FIVE_HALVES * d[2] + d[4];
    o[1] = even_r + odd_r;
    o[2] = even_r - odd_r;
    o[3] = even_s + odd_s;
    o[4] = even_s - odd_s;
    o[5] = d[1] - FIVE_HALVES * d[3] + d[5];
}

/* x = B v */
BM_INLINE void d_input_1(const bm_vector *v, bm_vector *x)
{
    bm_vector sum_r = v[1] + v[2], difference_r = v[1] - v[2];
    bm_vector sum_s = v[3] + v[4], difference_s = v[3] - v[4];
    x[0] = v[0];
    x[1] = v[5] - S * difference_r - R * difference_s;
    x[2] = -FIVE_HALVES * v[0] - TWO * sum_r - HALF * sum_s;
    x[3] = R * difference_r + S * difference_s - FIVE_HALVES * v[5];
    x[4] = v[0] + sum_r + sum_s;
    x[5] = v[5];
}

/* y = A' m */
BM_INLINE void output_1(const bm_vector *m, bm_vector *y)
{
    bm_vector sum_r = m[1] + m[2], difference_r = m[1] - m[2];
    bm_vector sum_s = m[3] + m[4], difference_s = m[3] - m[4];
    y[0] = m[0] + sum_r + sum_s;
    y[1] = R * difference_r + S * difference_s;
    y[2] = HALF * sum_r + TWO * sum_s;
    y[3] = R3 * difference_r + S3 * difference_s + m[5];
}

/* m = A y */
BM_INLINE void d_output_1(const bm_vector *y, bm_vector *m)
{
    bm_vector even_r = y[0] + HALF * y[2], odd_r = R * y[1] + R3 * y[3];
    bm_vector even_s = y[0] + TWO * y[2], odd_s = S * y[1] + S3 * y[3];
    m[0] = y[0];
    m[1] = even_r + odd_r;
    m[2] = even_r - odd_r;
    m[3] = even_s + odd_s;
    m[4] = even_s - odd_s;
    m[5] = y[3];
}

/* ---- stride 2: F(4, 2) on the even inputs, the odd ones as they are ---- */

static const bm_real QUARTER = (bm_real)0.25, EIGHTH = (bm_real)0.125;
static const bm_real B1 = (bm_real)1.25; /* 5/4 and its powers */
static const bm_real B2 = (bm_real)1.5625, B3 = (bm_real)1.953125;
static const bm_real HALF_B2 = (bm_real)0.78125;   /* 1/2 (5/4)^2 */
static const bm_real QUARTER_B1 = (bm_real)0.3125; /* (1/2)^2 5/4 */
static const bm_real A2B2 = (bm_real)0.390625;     /* (1/2)^2 (5/4)^2 */
static const bm_real A2_B2 = (bm_real)1.8125;      /* (1/2)^2 + (5/4)^2 */

BM_INLINE void input_2(const bm_vector *d, bm_vector *o)
{
    bm_vector odd_a = d[6] - B2 * d[2], even_a = HALF * d[4] - HALF_B2 * d[0];
    bm_vector odd_b = d[6] - QUARTER * d[2], even_b = B1 * d[4] - QUARTER_B1 * d[0];
    o[0] = odd_a + even_a;
    o[1] = odd_a - even_a;
    o[2] = odd_b + even_b;
    o[3] = odd_b - even_b;
    o[4] = A2B2 * d[0] - A2_B2 * d[4] + d[8];
    for (int i = 0; i < TILE; i++)
        o[5 + i] = d[2 * i + 1];
}

BM_INLINE void d_input_2(const bm_vector *v, bm_vector *x)
{
    bm_vector sum_a = v[0] + v[1], difference_a = v[0] - v[1];
    bm_vector sum_b = v[2] + v[3], difference_b = v[2] - v[3];
    x[0] = A2B2 * v[4] - HALF_B2 * difference_a - QUARTER_B1 * difference_b;
    x[2] = -B2 * sum_a - QUARTER * sum_b;
    x[4] = HALF * difference_a + B1 * difference_b - A2_B2 * v[4];
    x[6] = sum_a + sum_b;
    x[8] = v[4];
    for (int i = 0; i < TILE; i++)
        x[2 * i + 1] = v[5 + i];
}

BM_INLINE void output_2(const bm_vector *m, bm_vector *y)
{
    bm_vector sum_a = m[0] + m[1], difference_a = m[0] - m[1];
    bm_vector sum_b = m[2] + m[3], difference_b = m[2] - m[3];
    y[0] = sum_a + sum_b + m[5];
    y[1] = HALF * difference_a + B1 * difference_b + m[6];
    y[2] = QUARTER * sum_a + B2 * sum_b + m[7];
    y[3] = EIGHTH * difference_a + B3 * difference_b + m[4] + m[8];
}

BM_INLINE void d_output_2(const bm_vector *y, bm_vector *m)
{
    bm_vector even_a = y[0] + QUARTER * y[2], odd_a = HALF * y[1] + EIGHTH * y[3];
    bm_vector even_b = y[0] + B2 * y[2], odd_b = B1 * y[1] + B3 * y[3];
    m[0] = even_a + odd_a;
    m[1] = even_a - odd_a;
    m[2] = even_b + odd_b;
    m[3] = even_b - odd_b;
    m[4] = y[3];
    for (int i = 0; i < TILE; i++)
        m[5 + i] = y[i];
}

/* `stride` is a constant wherever these are inlined. */
BM_INLINE void input_1d(int stride, const bm_vector *d, bm_vector *o)
{
    if (stride == 1)
        input_1(d, o);
    else
        input_2(d, o);
}

BM_INLINE void d_input_1d(int stride, const bm_vector *v, bm_vector *x)
{
    if (stride == 1)
        d_input_1(v, x);
    else
        d_input_2(v, x);
}

BM_INLINE void output_1d(int stride, const bm_vector *m, bm_vector *y)
{
    if (stride == 1)
        output_1(m, y);
    else
        output_2(m, y);
}

BM_INLINE void d_output_1d(int stride, const bm_vector *y, bm_vector *m)
{
    if (stride == 1)
        d_output_1(y, m);
    else
        d_output_2(y, m);
}

#endif
