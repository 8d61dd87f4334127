/* The transforms of Winograd convolution (Lavin and Gray 2016). In one dimension
 *
 *     y = A' ((G g) . (B' d))      d: inputs, g: weights, y: 4 outputs
 *
 * and in two dimensions each matrix is applied to columns, then to rows. Backward applies the exact
 * transposes. A vector holds LANES channels of one pixel.
 *
 * Stride 1 is F(4, 3): 6 inputs, with the interpolation points 0, +-1/sqrt(2), +-sqrt(2) and
 * infinity, which halve the rounding error of 0, +-1, +-2. Stride 2 splits the 9 inputs by phases:
 * y[i] = g[1] d[2i+1] + (g[0] d[2i] + g[2] d[2i+2]), of which the second part is F(4, 2) on the 5
 * inputs with even numbers, with the points +-1/2, +-5/4 and infinity, and the first is one product
 * an output: 9 in one dimension, 81 in two, where the direct convolution needs 144. */
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

/* ---- one tile, one vector of channels ----
 *
 * `row` and `channels`: reals from a row of the frame or map to the next, and from a pixel to the
 * next. `step`: from a position's panels to the next position's. n: channels that are there. */

BM_INLINE void input_tile(int stride, size_t row, size_t channels, int n, const bm_real *x,
                          bm_real *to, size_t step)
{
    const int patch = patch_of(stride);
    bm_vector rows[MOST_PATCH][MOST_PATCH];
    for (int j = 0; j < patch; j++) {
        bm_vector d[MOST_PATCH], o[MOST_PATCH];
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            d[i] = load_part(x + (size_t)i * row + (size_t)j * channels, n);
        input_1d(stride, d, o);
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < patch; i++) {
        bm_vector o[MOST_PATCH];
        input_1d(stride, rows[i], o);
#pragma GCC unroll 9
        for (int j = 0; j < patch; j++, to += step)
            store(to, o[j]);
    }
}

/* Adds to the pixels. */
BM_INLINE void d_input_tile(int stride, size_t row, size_t channels, int n, const bm_real *from,
                            size_t step, bm_real *dx)
{
    const int patch = patch_of(stride);
    bm_vector rows[MOST_PATCH][MOST_PATCH];
    for (int j = 0; j < patch; j++) {
        bm_vector v[MOST_PATCH], x[MOST_PATCH];
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            v[i] = load(from + (size_t)(i * patch + j) * step);
        d_input_1d(stride, v, x);
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            rows[i][j] = x[i];
    }
    for (int i = 0; i < patch; i++) {
        bm_vector x[MOST_PATCH];
        d_input_1d(stride, rows[i], x);
#pragma GCC unroll 9
        for (int j = 0; j < patch; j++) {
            bm_real *to = dx + (size_t)i * row + (size_t)j * channels;
            store_part(to, load_part(to, n) + x[j], n);
        }
    }
}

/* The tile has `height` rows and `width` columns inside the map. */
BM_INLINE void output_tile(int stride, size_t row, size_t channels, int n, const bm_real *from,
                           size_t step, int height, int width, bm_real *y)
{
    const int patch = patch_of(stride);
    bm_vector rows[TILE][MOST_PATCH];
    for (int j = 0; j < patch; j++) {
        bm_vector m[MOST_PATCH], o[TILE];
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            m[i] = load(from + (size_t)(i * patch + j) * step);
        output_1d(stride, m, o);
        for (int i = 0; i < TILE; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < height; i++) {
        bm_vector o[TILE];
        output_1d(stride, rows[i], o);
        for (int j = 0; j < TILE; j++)
            if (j < width)
                store_part(y + (size_t)i * row + (size_t)j * channels, o[j], n);
    }
}

BM_INLINE void d_output_tile(int stride, size_t row, size_t channels, int n, const bm_real *dy,
                             bm_real *to, size_t step)
{
    const int patch = patch_of(stride);
    bm_vector rows[MOST_PATCH][TILE];
    for (int j = 0; j < TILE; j++) {
        bm_vector y[TILE], o[MOST_PATCH];
        for (int i = 0; i < TILE; i++)
            y[i] = load_part(dy + (size_t)i * row + (size_t)j * channels, n);
        d_output_1d(stride, y, o);
#pragma GCC unroll 9
        for (int i = 0; i < patch; i++)
            rows[i][j] = o[i];
    }
    for (int i = 0; i < patch; i++) {
        bm_vector o[MOST_PATCH];
        d_output_1d(stride, rows[i], o);
#pragma GCC unroll 9
        for (int j = 0; j < patch; j++, to += step)
            store(to, o[j]);
    }
}

/* ---- all tiles of some images ---- */

/* What the tiles of a call have in common. */
struct walk {
    const struct bm_tiling *tiling;
    const struct bm_channels *channels;
    const struct bm_tiles *tiles;
    size_t step;       /* of positions */
    size_t row, image; /* reals, of the frames or maps */
    size_t tile;       /* pixels from a tile to the next */
};

BM_INLINE struct walk walk_of(const struct bm_tiling *tiling, const struct bm_channels *channels,
                              const struct bm_tiles *tiles, int height, int width, int tile)
{
    size_t n = (size_t)channels->n;
    return (struct walk){tiling,
                         channels,
                         tiles,
                         bm_position_step((size_t)tiles->rows, channels),
                         (size_t)width * n,
                         (size_t)height * (size_t)width * n,
                         (size_t)tile};
}

/* The vector of channels c ... in row `row` of a position's panel matrix. */
BM_INLINE size_t in_panels(const struct walk *walk, int row, int c)
{
    int width = walk->channels->panel;
    return ((size_t)(c / width) * (size_t)walk->tiles->rows + (size_t)row) * (size_t)width +
           (size_t)(c % width);
}

/* Runs `body` for each vector of channels c of each tile (h, w) of each image, with `pixel`, where
 * the tile begins in the frame or map, and `panel`, where its row is; `left` channels are there. */
#define FOR_TILES(walk, n_channels, body)                                                     \
    for (int image = 0, tile = (walk).tiles->row; image < (walk).tiles->images; image++)      \
        for (int h = 0; h < (walk).tiling->tiles_high; h++)                                   \
            for (int w = 0; w < (walk).tiling->tiles_wide; w++, tile++)                       \
                for (int c = 0; c < (n_channels); c += LANES) {                               \
                    size_t panel = in_panels(&(walk), tile, c);                               \
                    size_t pixel =                                                            \
                        (size_t)image * (walk).image + (size_t)h * (walk).tile * (walk).row + \
                        (size_t)w * (walk).tile * (size_t)(walk).channels->n + (size_t)c;     \
                    int left = (walk).channels->n - c;                                        \
                    body                                                                      \
                }

BM_INLINE void clear_tile(int stride, bm_real *to, size_t step)
{
    for (int i = 0; i < patch_of(stride) * patch_of(stride); i++)
        store(to + (size_t)i * step, zero());
}

BM_INLINE void inputs(int stride, const struct walk *walk, const bm_real *frames, bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        if (left >= LANES)
            input_tile(stride, walk->row, n, LANES, frames + pixel, panels + panel, walk->step);
        else if (left > 0)
            input_tile(stride, walk->row, n, left, frames + pixel, panels + panel, walk->step);
        else
            clear_tile(stride, panels + panel, walk->step);
    })
}

BM_INLINE void d_inputs(int stride, const struct walk *walk, const bm_real *panels, bm_real *frames)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->n, {
        if (left >= LANES)
            d_input_tile(stride, walk->row, n, LANES, panels + panel, walk->step, frames + pixel);
        else
            d_input_tile(stride, walk->row, n, left, panels + panel, walk->step, frames + pixel);
    })
}

BM_INLINE void outputs(int stride, const struct walk *walk, const bm_real *panels, bm_real *y)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->n, {
        int height = walk->tiling->out_height - h * TILE;
        int width = walk->tiling->out_width - w * TILE;
        height = height < TILE ? height : TILE;
        if (left >= LANES && height == TILE && width >= TILE)
            output_tile(stride, walk->row, n, LANES, panels + panel, walk->step, TILE, TILE,
                        y + pixel);
        else
            output_tile(stride, walk->row, n, left, panels + panel, walk->step, height, width,
                        y + pixel);
    })
}

BM_INLINE void d_outputs(int stride, const struct walk *walk, const bm_real *frames,
                         bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        if (left >= LANES)
            d_output_tile(stride, walk->row, n, LANES, frames + pixel, panels + panel, walk->step);
        else if (left > 0)
            d_output_tile(stride, walk->row, n, left, frames + pixel, panels + panel, walk->step);
        else
            clear_tile(stride, panels + panel, walk->step);
    })
}

BM_INLINE struct walk frame_walk(const struct bm_tiling *t, const struct bm_channels *channels,
                                 const struct bm_tiles *tiles)
{
    return walk_of(t, channels, tiles, bm_tiling_frame(t, t->tiles_high),
                   bm_tiling_frame(t, t->tiles_wide), TILE * t->stride);
}

void BM_KERNEL(winograd_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                               const struct bm_tiles *tiles, const bm_real *frames, bm_real *panels)
{
    struct walk walk = frame_walk(t, channels, tiles);
    if (t->stride == 1)
        inputs(1, &walk, frames, panels);
    else
        inputs(2, &walk, frames, panels);
}

void BM_KERNEL(winograd_d_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                                 const struct bm_tiles *tiles, const bm_real *panels,
                                 bm_real *frames)
{
    struct walk walk = frame_walk(t, channels, tiles);
    if (t->stride == 1)
        d_inputs(1, &walk, panels, frames);
    else
        d_inputs(2, &walk, panels, frames);
}

void BM_KERNEL(winograd_output)(const struct bm_tiling *t, const struct bm_channels *channels,
                                const struct bm_tiles *tiles, const bm_real *panels, bm_real *y)
{
    struct walk walk = walk_of(t, channels, tiles, t->out_height, t->out_width, TILE);
    if (t->stride == 1)
        outputs(1, &walk, panels, y);
    else
        outputs(2, &walk, panels, y);
}

void BM_KERNEL(winograd_d_output)(const struct bm_tiling *t, const struct bm_channels *channels,
                                  const struct bm_tiles *tiles, const bm_real *frames,
                                  bm_real *panels)
{
    struct walk walk =
        walk_of(t, channels, tiles, t->tiles_high * TILE, t->tiles_wide * TILE, TILE);
    if (t->stride == 1)
        d_outputs(1, &walk, frames, panels);
    else
        d_outputs(2, &walk, frames, panels);
}
