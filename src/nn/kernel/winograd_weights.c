/* The weights of Winograd convolution: U = G g G' for each pair of channels, and its transpose for
 * the gradient (kernel/winograd.c has the other transforms). A vector holds LANES columns. */
#include "pairs.h"

enum { TAPS = 3, PATCH = 6 };

static const bm_real THIRD = (bm_real)(1.0 / 3), SIXTH = (bm_real)(1.0 / 6);
static const bm_real TWO_THIRDS = (bm_real)(2.0 / 3);
static const bm_real BY_R = (bm_real)0.47140452079103168293; /* sqrt(2) / 3 */
static const bm_real BY_S = (bm_real)0.23570226039551584147; /* sqrt(2) / 6 */

/* Stride 2, points +-a = +-1/2 and +-b = +-5/4: 1 / (2 a (b^2 - a^2)) and 1 / (2 b (b^2 - a^2));
 * and a or b times those, which are equal. */
static const bm_real BY_A = (bm_real)(16.0 / 21), BY_B = (bm_real)(32.0 / 105);
static const bm_real BY_AB = (bm_real)(8.0 / 21);

/* u = G g, stride 1 */
BM_INLINE void weights_1(const bm_vector g[TAPS], bm_vector u[PATCH])
{
    bm_vector even_r = -TWO_THIRDS * g[0] - THIRD * g[2], odd_r = BY_R * g[1];
    bm_vector even_s = SIXTH * g[0] + THIRD * g[2], odd_s = BY_S * g[1];
    u[0] = g[0];
    u[1] = even_r - odd_r;
    u[2] = even_r + odd_r;
    u[3] = even_s + odd_s;
    u[4] = even_s - odd_s;
    u[5] = g[2];
}

/* g = G' u, stride 1 */
BM_INLINE void d_weights_1(const bm_vector u[PATCH], bm_vector g[TAPS])
{
    bm_vector sum_r = u[1] + u[2], sum_s = u[3] + u[4];
    g[0] = u[0] - TWO_THIRDS * sum_r + SIXTH * sum_s;
    g[1] = BY_R * (u[2] - u[1]) + BY_S * (u[3] - u[4]);
    g[2] = u[5] + THIRD * (sum_s - sum_r);
}

/* Stride 2: F(4, 2) of the outer two weights; the middle one is as it is, for all of its positions.
 */
BM_INLINE void weights_2(const bm_vector g[TAPS], bm_vector u[PATCH])
{
    bm_vector even = BY_AB * g[2], outer = BY_A * g[0], inner = BY_B * g[0];
    u[0] = -outer - even;
    u[1] = outer - even;
    u[2] = inner + even;
    u[3] = even - inner;
    u[4] = g[2];
    u[5] = g[1];
}

BM_INLINE void d_weights_2(const bm_vector u[PATCH], bm_vector g[TAPS])
{
    g[0] = BY_A * (u[1] - u[0]) + BY_B * (u[2] - u[3]);
    g[1] = u[5];
    g[2] = BY_AB * (u[2] + u[3] - u[0] - u[1]) + u[4];
}

/* `stride` is a constant wherever these are inlined. */
BM_INLINE void weights_1d(int stride, const bm_vector g[TAPS], bm_vector u[PATCH])
{
    if (stride == 1)
        weights_1(g, u);
    else
        weights_2(g, u);
}

BM_INLINE void d_weights_1d(int stride, const bm_vector u[PATCH], bm_vector g[TAPS])
{
    if (stride == 1)
        d_weights_1(u, g);
    else
        d_weights_2(u, g);
}

/* `form`: reals, or pairs. */
BM_INLINE void weights(int stride, int rows, const struct bm_channels *columns, enum bm_form form,
                       const bm_real *w, int first, int end, bm_real *panels)
{
    int padded = columns->panel * columns->panels;
    size_t n = (size_t)columns->n, tap = (size_t)rows * n, pairs = bm_pair_count((size_t)rows);
    size_t step = bm_position_step((size_t)rows, columns);
    size_t step_pairs = step * sizeof(bm_real) / sizeof(bm_pair);
    for (int row = first; row < end; row++)
        for (int c = 0; c < padded; c += LANES) {
            const bm_real *from = w + (size_t)row * n + c;
            bm_real *to = panels + bm_in_panels(columns, (size_t)rows, row, c);
            bm_pair *to_pairs = bm_pairs_at(panels, (size_t)rows, columns) +
                                bm_in_panels(columns, pairs, row / 2, c);
            int left = columns->n - c > 0 ? columns->n - c : 0;
            bm_vector half[PATCH][TAPS];
            for (int j = 0; j < TAPS; j++) {
                bm_vector g[TAPS], u[PATCH];
                for (int i = 0; i < TAPS; i++)
                    g[i] = left > 0 ? load_part(from + (size_t)(i * TAPS + j) * tap, left) : zero();
                weights_1d(stride, g, u);
                for (int i = 0; i < PATCH; i++)
                    half[i][j] = u[i];
            }
            for (int i = 0; i < PATCH; i++) {
                bm_vector u[PATCH];
                weights_1d(stride, half[i], u);
                for (int j = 0; j < PATCH; j++, to += step, to_pairs += step_pairs)
                    if (form == BM_REALS)
                        store(to, u[j]);
                    else
                        store_pairs(to_pairs, halves_of(u[j]), row % 2 == 1);
            }
        }
}

BM_INLINE void d_weights(int stride, int rows, int padded_rows, const struct bm_channels *columns,
                         const bm_real *panels, int first, int end, bm_real *dw)
{
    size_t n = (size_t)columns->n, tap = (size_t)rows * n;
    size_t step = bm_position_step((size_t)padded_rows, columns);
    for (int row = first; row < end; row++)
        for (int c = 0; c < columns->n; c += LANES) {
            const bm_real *from = panels + bm_in_panels(columns, (size_t)padded_rows, row, c);
            bm_real *to = dw + (size_t)row * n + c;
            bm_vector half[TAPS][PATCH];
            for (int j = 0; j < PATCH; j++) {
                bm_vector u[PATCH], g[TAPS];
                for (int i = 0; i < PATCH; i++)
                    u[i] = load(from + (size_t)(i * PATCH + j) * step);
                d_weights_1d(stride, u, g);
                for (int i = 0; i < TAPS; i++)
                    half[i][j] = g[i];
            }
            for (int i = 0; i < TAPS; i++) {
                bm_vector g[TAPS];
                d_weights_1d(stride, half[i], g);
                for (int j = 0; j < TAPS; j++)
                    store_part(to + (size_t)(i * TAPS + j) * tap, g[j], columns->n - c);
            }
        }
}

void BM_KERNEL(winograd_weights)(int stride, int rows, const struct bm_channels *columns,
                                 enum bm_form form, const bm_real *w, int first, int end,
                                 bm_real *panels)
{
    if (stride == 1 && form == BM_REALS)
        weights(1, rows, columns, BM_REALS, w, first, end, panels);
    else if (stride == 1)
        weights(1, rows, columns, BM_BF16_PAIRS, w, first, end, panels);
    else if (form == BM_REALS)
        weights(2, rows, columns, BM_REALS, w, first, end, panels);
    else
        weights(2, rows, columns, BM_BF16_PAIRS, w, first, end, panels);
}

void BM_KERNEL(winograd_d_weights)(int stride, int rows, int padded_rows,
                                   const struct bm_channels *columns, const bm_real *panels,
                                   int first, int end, bm_real *dw)
{
    if (stride == 1)
        d_weights(1, rows, padded_rows, columns, panels, first, end, dw);
    else
        d_weights(2, rows, padded_rows, columns, panels, first, end, dw);
}
