/* The transforms of Winograd convolution on tiles: in two dimensions each one-dimensional matrix
 * (winograd_1d.h) is applied to columns, then to rows. Backward applies the exact transposes. A
 * vector holds LANES channels of one pixel. */
#include "winograd_1d.h"

/* ---- one tile, one vector of channels ----
 *
 * `row` and `channels`: reals from a row of the padded image or map to the next, and from a pixel
 * to the next. `step`: from a position's panels to the next position's. n: channels that are there.
 */

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
    size_t row, image; /* reals, of the padded images or maps */
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
 * the tile begins in the padded image or map, and `panel`, where its row is; `left` channels are
 * there. */
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

BM_INLINE void inputs(int stride, const struct walk *walk, const bm_real *padded, bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        if (left >= LANES)
            input_tile(stride, walk->row, n, LANES, padded + pixel, panels + panel, walk->step);
        else if (left > 0)
            input_tile(stride, walk->row, n, left, padded + pixel, panels + panel, walk->step);
        else
            clear_tile(stride, panels + panel, walk->step);
    })
}

BM_INLINE void d_inputs(int stride, const struct walk *walk, const bm_real *panels, bm_real *padded)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->n, {
        if (left >= LANES)
            d_input_tile(stride, walk->row, n, LANES, panels + panel, walk->step, padded + pixel);
        else
            d_input_tile(stride, walk->row, n, left, panels + panel, walk->step, padded + pixel);
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

BM_INLINE void d_outputs(int stride, const struct walk *walk, const bm_real *padded,
                         bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        if (left >= LANES)
            d_output_tile(stride, walk->row, n, LANES, padded + pixel, panels + panel, walk->step);
        else if (left > 0)
            d_output_tile(stride, walk->row, n, left, padded + pixel, panels + panel, walk->step);
        else
            clear_tile(stride, panels + panel, walk->step);
    })
}

BM_INLINE struct walk padded_walk(const struct bm_tiling *t, const struct bm_channels *channels,
                                  const struct bm_tiles *tiles)
{
    return walk_of(t, channels, tiles, bm_tiling_padded(t, t->tiles_high),
                   bm_tiling_padded(t, t->tiles_wide), TILE * t->stride);
}

void BM_KERNEL(winograd_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                               const struct bm_tiles *tiles, const bm_real *padded, bm_real *panels)
{
    struct walk walk = padded_walk(t, channels, tiles);
    if (t->stride == 1)
        inputs(1, &walk, padded, panels);
    else
        inputs(2, &walk, padded, panels);
}

void BM_KERNEL(winograd_d_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                                 const struct bm_tiles *tiles, const bm_real *panels,
                                 bm_real *padded)
{
    struct walk walk = padded_walk(t, channels, tiles);
    if (t->stride == 1)
        d_inputs(1, &walk, panels, padded);
    else
        d_inputs(2, &walk, panels, padded);
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
                                  const struct bm_tiles *tiles, const bm_real *padded,
                                  bm_real *panels)
{
    struct walk walk =
        walk_of(t, channels, tiles, t->tiles_high * TILE, t->tiles_wide * TILE, TILE);
    if (t->stride == 1)
        d_outputs(1, &walk, padded, panels);
    else
        d_outputs(2, &walk, padded, panels);
}
