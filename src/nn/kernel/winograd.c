/* The transforms of Winograd convolution F(4x4, 3x3) (Lavin and Gray 2016), with the interpolation
 * points 0, +-1/sqrt(2), +-sqrt(2) and infinity, which halve the rounding error of 0, +-1, +-2. In
 * one dimension
 *
 *     y = A' ((G g) . (B' d))      d: 6 inputs, g: 3 weights, y: 4 outputs
 *
 * and in two dimensions each matrix is applied to columns, then to rows. Backward applies the exact
 * transposes. A vector holds LANES channels of one pixel. */
#include "vector.h"

enum { TILE = 4, PATCH = 6 };

static const bm_real R = (bm_real)0.70710678118654752440;  /* 1/sqrt(2) */
static const bm_real S = (bm_real)1.41421356237309504880;  /* sqrt(2) */
static const bm_real R3 = (bm_real)0.35355339059327376220; /* R^3 */
static const bm_real S3 = (bm_real)2.82842712474619009760; /* S^3 */
static const bm_real HALF = (bm_real)0.5, TWO = 2, FIVE_HALVES = (bm_real)2.5;

/* o = B' d */
BM_INLINE void input_1d(const bm_vector d[PATCH], bm_vector o[PATCH])
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
BM_INLINE void d_input_1d(const bm_vector v[PATCH], bm_vector x[PATCH])
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
BM_INLINE void output_1d(const bm_vector m[PATCH], bm_vector y[TILE])
{
    bm_vector sum_r = m[1] + m[2], difference_r = m[1] - m[2];
    bm_vector sum_s = m[3] + m[4], difference_s = m[3] - m[4];
    y[0] = m[0] + sum_r + sum_s;
    y[1] = R * difference_r + S * difference_s;
    y[2] = HALF * sum_r + TWO * sum_s;
    y[3] = R3 * difference_r + S3 * difference_s + m[5];
}

/* m = A y */
BM_INLINE void d_output_1d(const bm_vector y[TILE], bm_vector m[PATCH])
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

/* Where a tile lies: its image's first pixel, and its own first row and column. */
struct place {
    size_t image;
    int row, column;
};

BM_INLINE struct place place_of(const struct bm_tiling *t, int tile)
{
    int per_image = t->tiles_high * t->tiles_wide, in_image = tile % per_image;
    return (struct place){(size_t)(tile / per_image) * (size_t)t->height * (size_t)t->width,
                          in_image / t->tiles_wide * TILE, in_image % t->tiles_wide * TILE};
}

BM_INLINE bool is_inside(const struct bm_tiling *t, int row, int column)
{
    return row >= 0 && row < t->height && column >= 0 && column < t->width;
}

BM_INLINE size_t pixel_at(const struct bm_tiling *t, struct place place, int row, int column)
{
    return place.image + (size_t)row * (size_t)t->width + (size_t)column;
}

/* The vector of channels c … in row `tile` (of `tiles`) of a position's panel matrix. */
BM_INLINE size_t in_panels(const struct bm_channels *channels, int tiles, int tile, int c)
{
    size_t width = (size_t)channels->panel;
    return ((size_t)(c / channels->panel) * (size_t)tiles + (size_t)tile) * width +
           (size_t)(c % channels->panel);
}

/* Asks for the pixels `below` the tile's first row that the tile underneath will be the first to
 * touch: they are too far apart for the hardware to foresee. Below the last row of tiles the next
 * image begins. */
BM_INLINE void prefetch_below(const struct bm_tiling *t, struct place place, int below,
                              size_t channels, const bm_real *pixels)
{
    for (int i = 0; i < TILE; i++)
        for (int j = 0; j < TILE; j++)
            __builtin_prefetch(
                pixels + pixel_at(t, place, place.row + below + i, place.column + j) * channels);
}

/* One tile's 6x6 patch of x, around its 4x4 outputs, to one vector in each of the 36 positions. */
BM_INLINE void input_tile(const struct bm_tiling *t, struct place place, size_t channels, int n,
                          const bm_real *x, bm_real *to, size_t step)
{
    bm_vector rows[PATCH][PATCH];
    for (int j = 0; j < PATCH; j++) {
        bm_vector d[PATCH], o[PATCH];
        for (int i = 0; i < PATCH; i++) {
            int row = place.row + i - 1, column = place.column + j - 1;
            d[i] = is_inside(t, row, column)
                       ? load_part(x + pixel_at(t, place, row, column) * channels, n)
                       : zero();
        }
        input_1d(d, o);
        for (int i = 0; i < PATCH; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < PATCH; i++) {
        bm_vector o[PATCH];
        input_1d(rows[i], o);
        for (int j = 0; j < PATCH; j++, to += step)
            store(to, o[j]);
    }
}

void BM_KERNEL(winograd_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                               const bm_real *x, int first, int end, bm_real *panels)
{
    int tiles = end - first, padded = channels->panel * channels->panels;
    size_t step = bm_position_step((size_t)tiles, channels), n = (size_t)channels->n;
    for (int tile = first; tile < end; tile++) {
        struct place place = place_of(t, tile);
        for (int c = 0; c < padded; c += LANES) {
            bm_real *to = panels + in_panels(channels, tiles, tile - first, c);
            int left = channels->n - c;
            if (left > 0)
                prefetch_below(t, place, TILE + 1, n, x + c);
            if (left >= LANES)
                input_tile(t, place, n, LANES, x + c, to, step);
            else
                input_tile(t, place, n, left > 0 ? left : 0, x + (left > 0 ? c : 0), to, step);
        }
    }
}

/* The transpose of input_tile: adds to the pixels. */
BM_INLINE void d_input_tile(const struct bm_tiling *t, struct place place, size_t channels, int n,
                            const bm_real *from, size_t step, bm_real *dx)
{
    bm_vector rows[PATCH][PATCH];
    for (int j = 0; j < PATCH; j++) {
        bm_vector v[PATCH], x[PATCH];
        for (int i = 0; i < PATCH; i++)
            v[i] = load(from + (size_t)(i * PATCH + j) * step);
        d_input_1d(v, x);
        for (int i = 0; i < PATCH; i++)
            rows[i][j] = x[i];
    }
    for (int i = 0; i < PATCH; i++) {
        bm_vector x[PATCH];
        int row = place.row + i - 1;
        if (row < 0 || row >= t->height)
            continue;
        d_input_1d(rows[i], x);
        for (int j = 0; j < PATCH; j++) {
            int column = place.column + j - 1;
            if (column < 0 || column >= t->width)
                continue;
            bm_real *to = dx + pixel_at(t, place, row, column) * channels;
            store_part(to, load_part(to, n) + x[j], n);
        }
    }
}

void BM_KERNEL(winograd_d_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                                 const bm_real *panels, int first, int end, bm_real *dx)
{
    int tiles = end - first;
    size_t step = bm_position_step((size_t)tiles, channels), n = (size_t)channels->n;
    for (int tile = first; tile < end; tile++) {
        struct place place = place_of(t, tile);
        for (int c = 0; c < channels->n; c += LANES) {
            const bm_real *from = panels + in_panels(channels, tiles, tile - first, c);
            int left = channels->n - c;
            prefetch_below(t, place, TILE + 1, n, dx + c);
            if (left >= LANES)
                d_input_tile(t, place, n, LANES, from, step, dx + c);
            else
                d_input_tile(t, place, n, left, from, step, dx + c);
        }
    }
}

BM_INLINE void output_tile(const struct bm_tiling *t, struct place place, size_t channels, int n,
                           const bm_real *from, size_t step, bm_real *y)
{
    bm_vector rows[TILE][PATCH];
    for (int j = 0; j < PATCH; j++) {
        bm_vector m[PATCH], o[TILE];
        for (int i = 0; i < PATCH; i++)
            m[i] = load(from + (size_t)(i * PATCH + j) * step);
        output_1d(m, o);
        for (int i = 0; i < TILE; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < TILE && place.row + i < t->height; i++) {
        bm_vector o[TILE];
        output_1d(rows[i], o);
        for (int j = 0; j < TILE && place.column + j < t->width; j++)
            store_part(y + pixel_at(t, place, place.row + i, place.column + j) * channels, o[j], n);
    }
}

void BM_KERNEL(winograd_output)(const struct bm_tiling *t, const struct bm_channels *channels,
                                const bm_real *panels, int first, int end, bm_real *y)
{
    int tiles = end - first;
    size_t step = bm_position_step((size_t)tiles, channels), n = (size_t)channels->n;
    for (int tile = first; tile < end; tile++) {
        struct place place = place_of(t, tile);
        for (int c = 0; c < channels->n; c += LANES) {
            const bm_real *from = panels + in_panels(channels, tiles, tile - first, c);
            int left = channels->n - c;
            prefetch_below(t, place, TILE, n, y + c);
            if (left >= LANES)
                output_tile(t, place, n, LANES, from, step, y + c);
            else
                output_tile(t, place, n, left, from, step, y + c);
        }
    }
}

/* The transpose of output_tile. */
BM_INLINE void d_output_tile(const struct bm_tiling *t, struct place place, size_t channels, int n,
                             const bm_real *dy, bm_real *to, size_t step)
{
    bm_vector rows[PATCH][TILE];
    for (int j = 0; j < TILE; j++) {
        bm_vector y[TILE], o[PATCH];
        for (int i = 0; i < TILE; i++) {
            int row = place.row + i, column = place.column + j;
            y[i] = is_inside(t, row, column)
                       ? load_part(dy + pixel_at(t, place, row, column) * channels, n)
                       : zero();
        }
        d_output_1d(y, o);
        for (int i = 0; i < PATCH; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < PATCH; i++) {
        bm_vector o[PATCH];
        d_output_1d(rows[i], o);
        for (int j = 0; j < PATCH; j++, to += step)
            store(to, o[j]);
    }
}

void BM_KERNEL(winograd_d_output)(const struct bm_tiling *t, const struct bm_channels *channels,
                                  const bm_real *dy, int first, int end, bm_real *panels)
{
    int tiles = end - first, padded = channels->panel * channels->panels;
    size_t step = bm_position_step((size_t)tiles, channels), n = (size_t)channels->n;
    for (int tile = first; tile < end; tile++) {
        struct place place = place_of(t, tile);
        for (int c = 0; c < padded; c += LANES) {
            bm_real *to = panels + in_panels(channels, tiles, tile - first, c);
            int left = channels->n - c;
            if (left > 0)
                prefetch_below(t, place, TILE, n, dy + c);
            if (left >= LANES)
                d_output_tile(t, place, n, LANES, dy + c, to, step);
            else
                d_output_tile(t, place, n, left > 0 ? left : 0, dy + (left > 0 ? c : 0), to, step);
        }
    }
}
