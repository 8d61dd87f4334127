/* The transforms of Winograd convolution on tiles: in two dimensions each one-dimensional matrix
 * (winograd_1d.h) is applied to columns, then to rows. Backward applies the exact transposes. A
 * vector holds LANES channels of one pixel. */
#include "pairs.h"
#include "winograd_1d.h"

/* ---- one tile, one vector of channels ----
 *
 * `row` and `channels`: reals from a row of the padded image or map to the next, and from a pixel
 * to the next. `step`: from a position's panels to the next position's. n: channels that are there.
 * `stride`, `form` and `native` are constants wherever these are inlined.
 */

/* Where a vector goes in the panels of the first position, in each form. */
struct place {
    bm_real *reals;
    uint16_t *halves;
    bm_pair *pairs;
    bool is_second; /* of its pair of rows */
    size_t step;
};

BM_INLINE void put(struct place to, size_t position, bm_vector vector, enum bm_form form,
                   bool native)
{
    size_t bytes = position * to.step * sizeof(bm_real);
    if (form == BM_REALS) {
        store(to.reals + position * to.step, vector);
        return;
    }
    bm_halves halves = rounded_halves(vector, native);
    if (form & BM_BF16_ROWS)
        *(bm_halves *)(to.halves + bytes / sizeof *to.halves) = halves;
    if (form & BM_BF16_PAIRS)
        store_pairs(to.pairs + bytes / sizeof *to.pairs, halves, to.is_second);
}

BM_INLINE void input_tile(int stride, enum bm_form form, bool native, size_t row, size_t channels,
                          int n, const bm_real *x, struct place to)
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
        for (int j = 0; j < patch; j++)
            put(to, (size_t)(i * patch + j), o[j], form, native);
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

BM_INLINE void d_output_tile(int stride, enum bm_form form, bool native, size_t row,
                             size_t channels, int n, const bm_real *dy, struct place to)
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
        for (int j = 0; j < patch; j++)
            put(to, (size_t)(i * patch + j), o[j], form, native);
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

/* The vector of channels c ... in a row of walk->tiles->rows, in each form. */
BM_INLINE struct place place_of(const struct walk *walk, bm_real *panels, int row, int c)
{
    size_t rows = (size_t)walk->tiles->rows, at = bm_in_panels(walk->channels, rows, row, c);
    return (struct place){.reals = panels + at,
                          .halves = (uint16_t *)panels + at,
                          .pairs = bm_pairs_at(panels, rows, walk->channels) +
                                   bm_in_panels(walk->channels, bm_pair_count(rows), row / 2, c),
                          .is_second = row % 2 == 1,
                          .step = walk->step};
}

/* Runs `body` for each vector of channels c of each tile (h, w) of each image, which is `tile` of
 * the panels' rows, with `pixel`, where it begins in the padded image or map; `left` channels are
 * there. */
#define FOR_TILES(walk, n_channels, body)                                                     \
    for (int image = 0, tile = (walk).tiles->row; image < (walk).tiles->images; image++)      \
        for (int h = 0; h < (walk).tiling->tiles_high; h++)                                   \
            for (int w = 0; w < (walk).tiling->tiles_wide; w++, tile++)                       \
                for (int c = 0; c < (n_channels); c += LANES) {                               \
                    size_t pixel =                                                            \
                        (size_t)image * (walk).image + (size_t)h * (walk).tile * (walk).row + \
                        (size_t)w * (walk).tile * (size_t)(walk).channels->n + (size_t)c;     \
                    int left = (walk).channels->n - c;                                        \
                    body                                                                      \
                }

BM_INLINE void clear_tile(int stride, enum bm_form form, bool native, struct place to)
{
    for (int i = 0; i < patch_of(stride) * patch_of(stride); i++)
        put(to, (size_t)i, zero(), form, native);
}

BM_INLINE void inputs(int stride, enum bm_form form, bool native, const struct walk *walk,
                      const bm_real *padded, bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        struct place to = place_of(walk, panels, tile, c);
        if (left >= LANES)
            input_tile(stride, form, native, walk->row, n, LANES, padded + pixel, to);
        else if (left > 0)
            input_tile(stride, form, native, walk->row, n, left, padded + pixel, to);
        else
            clear_tile(stride, form, native, to);
    })
}

BM_INLINE void d_inputs(int stride, const struct walk *walk, const bm_real *panels, bm_real *padded)
{
    size_t n = (size_t)walk->channels->n, rows = (size_t)walk->tiles->rows;
    FOR_TILES(*walk, walk->channels->n, {
        size_t panel = bm_in_panels(walk->channels, rows, tile, c);
        if (left >= LANES)
            d_input_tile(stride, walk->row, n, LANES, panels + panel, walk->step, padded + pixel);
        else
            d_input_tile(stride, walk->row, n, left, panels + panel, walk->step, padded + pixel);
    })
}

BM_INLINE void outputs(int stride, const struct walk *walk, const bm_real *panels, bm_real *y)
{
    size_t n = (size_t)walk->channels->n, rows = (size_t)walk->tiles->rows;
    FOR_TILES(*walk, walk->channels->n, {
        size_t panel = bm_in_panels(walk->channels, rows, tile, c);
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

BM_INLINE void d_outputs(int stride, enum bm_form form, bool native, const struct walk *walk,
                         const bm_real *padded, bm_real *panels)
{
    size_t n = (size_t)walk->channels->n;
    FOR_TILES(*walk, walk->channels->panel * walk->channels->panels, {
        struct place to = place_of(walk, panels, tile, c);
        if (left >= LANES)
            d_output_tile(stride, form, native, walk->row, n, LANES, padded + pixel, to);
        else if (left > 0)
            d_output_tile(stride, form, native, walk->row, n, left, padded + pixel, to);
        else
            clear_tile(stride, form, native, to);
    })
}

BM_INLINE struct walk padded_walk(const struct bm_tiling *t, const struct bm_channels *channels,
                                  const struct bm_tiles *tiles)
{
    return walk_of(t, channels, tiles, bm_tiling_padded(t, t->tiles_high),
                   bm_tiling_padded(t, t->tiles_wide), TILE * t->stride);
}

/* inputs or d_outputs. */
typedef void transform(int stride, enum bm_form form, bool native, const struct walk *walk,
                       const bm_real *padded, bm_real *panels);

/* Calls it with constants. */
BM_INLINE void in_bf16(transform *of, int stride, enum bm_form form, bool native,
                       const struct walk *walk, const bm_real *padded, bm_real *panels)
{
    if (form == BM_BF16_ROWS)
        of(stride, BM_BF16_ROWS, native, walk, padded, panels);
    else if (form == BM_BF16_PAIRS)
        of(stride, BM_BF16_PAIRS, native, walk, padded, panels);
    else
        of(stride, BM_BF16_ROWS | BM_BF16_PAIRS, native, walk, padded, panels);
}

BM_INLINE void in_form(transform *of, int stride, enum bm_form form, const struct walk *walk,
                       const bm_real *padded, bm_real *panels)
{
    if (form == BM_REALS)
        of(stride, BM_REALS, false, walk, padded, panels);
    else if (has_bf16())
        in_bf16(of, stride, form, true, walk, padded, panels);
    else
        in_bf16(of, stride, form, false, walk, padded, panels);
}

BM_INLINE void in_stride(transform *of, const struct walk *walk, enum bm_form form,
                         const bm_real *padded, bm_real *panels)
{
    if (walk->tiling->stride == 1)
        in_form(of, 1, form, walk, padded, panels);
    else
        in_form(of, 2, form, walk, padded, panels);
}

void BM_KERNEL(winograd_input)(const struct bm_tiling *t, const struct bm_channels *channels,
                               const struct bm_tiles *tiles, enum bm_form form,
                               const bm_real *padded, bm_real *panels)
{
    struct walk walk = padded_walk(t, channels, tiles);
    in_stride(inputs, &walk, form, padded, panels);
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
                                  const struct bm_tiles *tiles, enum bm_form form,
                                  const bm_real *padded, bm_real *panels)
{
    struct walk walk =
        walk_of(t, channels, tiles, t->tiles_high * TILE, t->tiles_wide * TILE, TILE);
    in_stride(d_outputs, &walk, form, padded, panels);
}
