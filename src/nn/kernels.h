/* The hot loops, compiled once for each instruction set (kernel/NAME.c) and chosen when the program
 * runs. They know arrays and counts, nothing of nodes; who calls them splits the work over threads.
 *
 * LANES reals make a vector. Matrices that products run over are kept in panels: a matrix of `rows`
 * rows and `columns` columns is a sequence of panels, each with `width` columns of all rows, row
 * after row, so that a product reads memory in order. `width` is one or two vectors
 * (bm_kernels.lanes). */
#ifndef BM_NN_KERNELS_H
#define BM_NN_KERNELS_H

#include "bm/nn.h"
#include "bm/row.h"
#include "element.h"

/* How a Winograd convolution covers its map: 4x4 tiles of the output, and for each the patch of the
 * input that it depends on, 6 pixels a side with stride 1, 9 with stride 2. Patches are read from
 * padded images: in a padding of zeros, so that no pixel of a patch is missing. */
struct bm_tiling {
    int stride; /* 1 or 2 */
    int tiles_high, tiles_wide;
    int out_height, out_width; /* the last tiles may reach beyond */
};

/* Products of a tile: a panel matrix for each. */
static inline int bm_tiling_positions(const struct bm_tiling *tiling)
{
    return tiling->stride == 1 ? 36 : 81;
}

/* Pixels of a padded image's side that `tiles` tiles need. */
static inline int bm_tiling_padded(const struct bm_tiling *tiling, int tiles)
{
    return tiling->stride == 1 ? 4 * tiles + 2 : 8 * tiles + 1;
}

/* The panel matrices of some images' tiles: `rows` rows each, of which the images fill those from
 * `row` on. */
struct bm_tiles {
    int images, row, rows;
};

/* The columns of a panel matrix: `n` of them, padded with zeros to `panels` panels of `panel`. */
struct bm_channels {
    int n, panel, panels;
};

/* Two values in bfloat16, the first in the lower half: what a dot product of AVX512-BF16 takes two
 * terms from. */
typedef uint32_t bm_pair;

/* What a position's panel matrix is made of: reals; or, rounded to bfloat16 for products with
 * twice as many terms at a time, in the first half of its place the values, row by row (pairs of
 * columns, where columns are the terms), in the second half pairs of rows (where rows are). */
enum bm_form { BM_REALS = 0, BM_BF16_ROWS = 1, BM_BF16_PAIRS = 2 }; /* bits */

/* Pairs that n terms fill: a last one without its second is filled up with 0. */
static inline size_t bm_pair_count(size_t n)
{
    return (n + 1) / 2;
}

/* Reals that a panel matrix takes with a row more where the last pair of rows is not full. */
static inline size_t bm_matrix_size(size_t rows, const struct bm_channels *columns)
{
    return 2 * bm_pair_count(rows) * (size_t)columns->panel * (size_t)columns->panels;
}

/* Reals from one position's panel matrix to the next: a cache line more than a matrix has,
 * since transforms write to all positions in turn, and powers of two apart they would share a
 * set of the cache. */
static inline size_t bm_position_step(size_t rows, const struct bm_channels *columns)
{
    return bm_matrix_size(rows, columns) + 64 / sizeof(bm_real);
}

/* Where the elements of row `row` from column c on are, a vector's first, in a matrix of `rows`
 * rows. */
static inline size_t bm_in_panels(const struct bm_channels *columns, size_t rows, int row, int c)
{
    size_t width = (size_t)columns->panel, column = (size_t)c;
    return (column / width * rows + (size_t)row) * width + column % width;
}

/* The pairs of rows of a matrix that lies at `matrix`. */
static inline bm_pair *bm_pairs_at(const bm_real *matrix, size_t rows,
                                   const struct bm_channels *columns)
{
    return (bm_pair *)matrix + bm_matrix_size(rows, columns) / 2;
}

/* C = A B, or C += A B. Element (i, d) of A is at
 * a[i * a_row + d / a_panel * a_step + d % a_panel * a_depth]; B and C have panels of `width`
 * columns, b_step and c_step apart, whose rows are b_row and c_row apart. Elements of A and B are
 * reals, or pairs of terms, whose products are added in float, and denormals count as 0. */
struct bm_panel_product {
    int m, k; /* rows of C; elements of a sum */
    bool has_pairs;
    const void *a;
    size_t a_row, a_depth, a_step;
    int a_panel;
    const void *b;
    size_t b_row, b_step;
    bm_real *c;
    size_t c_row, c_step;
    int width, panels;
    bool add;
};

/* Pixels of some images, with their channels. One of the arrays of a pass may be padded, with
 * `row` pixels from a row to the next, `image` pixels from an image to the next, and `padded_gap`
 * reals between the channels of a pixel and those of the next; the others have nothing in between
 * but `plain_gap` reals from pixel to pixel. */
struct bm_pixels {
    int images, height, width, channels;
    size_t row, image;
    size_t padded_gap, plain_gap;
    enum bm_element plain, padded; /* of the arrays; where padded is bfloat16, plain is as well */
    bool streams;                  /* what is written, without gaps, goes past the caches */
};

/* A normalization, one value a channel. Forward: y = (x - shift) factor + bias, through a ReLU.
 * Backward: with dz the gradient behind the ReLU, dx = factor (dz - offset - slope (x - shift)). */
struct bm_norm {
    bool has_relu;
    bm_real *shift, *factor, *bias;
    bm_real *offset, *slope;
    double *moments; /* mean of x, then the sum of squares about it */
    double *d_sums;  /* sum of dz, then of dz (x - shift) */
};

/* Products of rows of 16-bit integers, `code_row` apart, with `n_panels` panels of two vectors of
 * sums each: pair after pair of terms, a pair of each column behind the other. `adds`: products +=.
 */
struct bm_narrow_product {
    int rows, n_panels, pairs;
    const int16_t *codes, *panels;
    size_t code_row, product_row;
    float *products;
    bool adds, has_dots; /* has_dots: the CPU has AVX512-VNNI */
};

/* Name, arguments. Winograd F(4x4, 3x3), with stride 2 by phases: panel matrices come one a
 * position of the transformed patches, with a row a tile (activations), or 36 at a time with a row
 * an input channel (weights). */
#define BM_KERNELS(X)                                                                              \
    X(panel_product, (const struct bm_panel_product *product))                                     \
    /* padded x to panels, and the transpose, added to padded dx */                                \
    X(winograd_input,                                                                              \
      (const struct bm_tiling *tiling, const struct bm_channels *channels,                         \
       const struct bm_tiles *tiles, enum bm_form form, const bm_real *padded, bm_real *panels))   \
    X(winograd_d_input, (const struct bm_tiling *tiling, const struct bm_channels *channels,       \
                         const struct bm_tiles *tiles, const bm_real *panels, bm_real *padded))    \
    /* panels to y (N, H, W, K), and the transpose, padded dy in whole tiles to panels */          \
    X(winograd_output, (const struct bm_tiling *tiling, const struct bm_channels *channels,        \
                        const struct bm_tiles *tiles, const bm_real *panels, bm_real *y))          \
    X(winograd_d_output,                                                                           \
      (const struct bm_tiling *tiling, const struct bm_channels *channels,                         \
       const struct bm_tiles *tiles, enum bm_form form, const bm_real *padded, bm_real *panels))   \
    /* rows first ... end-1 of w (3, 3, rows, columns) to panels (both rows of a pair in one       \
     * call), and the transpose, panels of padded_rows rows to dw */                               \
    X(winograd_weights,                                                                            \
      (int stride, int rows, const struct bm_channels *columns, enum bm_form form,                 \
       const bm_real *w, int first, int end, bm_real *panels))                                     \
    X(winograd_d_weights,                                                                          \
      (int stride, int rows, int padded_rows, const struct bm_channels *columns,                   \
       const bm_real *panels, int first, int end, bm_real *dw))                                    \
    /* y (may be padded) = norm(x) + residual, through the norm's ReLU; norm NULL: x. residual:    \
     * NULL, or what is added, through residual_norm where that is not NULL */                     \
    X(norm_apply, (const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,      \
                   const void *residual, const struct bm_norm *residual_norm, void *y))            \
    /* sum += x - shift, squares += (x - shift)^2 */                                               \
    X(norm_sums, (const struct bm_pixels *pixels, const void *x, const bm_real *shift,             \
                  double *sum, double *squares))                                                   \
    /* dz = dy (may be padded; plus dz, if it adds) behind the norm's ReLU, sums[C] += dz,         \
     * sums[C ... 2C-1] += dz (x - shift). y: NULL, or what the ReLU gave, where x alone does not  \
     * tell. dz: NULL: only sums. norm NULL: dz = dy, or += */                                     \
    X(norm_d_sums, (const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,     \
                    const void *y, const void *dy, void *dz, bool adds, double *sums))             \
    /* mean (float) of each channel over a window of one image, whose rows are `row` pixels apart; \
     * norm: NULL, or what is done to each value before. In double, in the order of the pixels */  \
    X(pool_mean,                                                                                   \
      (const struct bm_pixels *window, const struct bm_norm *norm, const bm_real *x, float *mean)) \
    /* dx (may be padded) = or += factor (dz - offset - slope (x - shift)) */                      \
    X(norm_d_apply, (const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,    \
                     const void *dz, void *dx, bool adds))                                         \
    X(narrow_product, (const struct bm_narrow_product *product))                                   \
    /* a copy past the caches */                                                                   \
    X(real_stream, (const bm_real *x, size_t n, bm_real *copy))                                    \
    /* to bfloat16, which may go past the caches, and back */                                      \
    X(bf16_pack, (const bm_real *x, size_t n, uint16_t *packed, bool streams))                     \
    X(bf16_unpack, (const uint16_t *packed, size_t n, bm_real *x))                                 \
    /* pairs of rows of reals or of what is rounded (rows x columns, `stride` apart) in panels of  \
     * `width` columns, and of reals pairs of columns in panels of `width` rows, so pairs of rows  \
     * of the transpose; panels are whole, and columns whole vectors */                            \
    X(pair_rows, (const void *from, enum bm_element element, size_t stride, int rows, int columns, \
                  int width, bm_pair *panels))                                                     \
    X(pair_columns,                                                                                \
      (const bm_real *from, size_t stride, int rows, int columns, int width, bm_pair *panels))     \
    /* *squares += sum of (row - centre)^2, *largest = the largest |row - centre|, if it is larger \
     */                                                                                            \
    X(narrow_extent,                                                                               \
      (const float *row, const float *centre, int n, double *squares, float *largest))             \
    /* code = round((row - centre) scale) */                                                       \
    X(narrow_round, (const float *row, const float *centre, int n, float scale, int16_t *code))    \
    /* *squares += sum of (row - centre - code unit)^2 */                                          \
    X(narrow_error, (const float *row, const float *centre, int n, double unit,                    \
                     const int16_t *code, double *squares))                                        \
    /* the dot product of two rows, and the square of their distance; of the distances to several  \
     * rows, each times its scale; a row times scale */                                            \
    X(row_dot, (const float *a, const float *b, size_t n, double *dot))                            \
    X(row_distance, (const float *a, const float *b, size_t n, double *distance))                  \
    X(row_distances, (const float *a, const float *const b[BM_ROW_GROUP],                          \
                      const float scale[BM_ROW_GROUP], size_t n, double distance[BM_ROW_GROUP]))   \
    X(row_scale, (const float *row, size_t n, float scale, float *out))

struct bm_kernels {
    const char *isa;
    int lanes;
#define BM_KERNEL_MEMBER(name, arguments) void(*name) arguments;
    BM_KERNELS(BM_KERNEL_MEMBER)
#undef BM_KERNEL_MEMBER
};

/* The kernels of this process: the best that the CPU has, or what bm_kernels_choose chose. */
const struct bm_kernels *bm_kernels(void);
/* All that this CPU can run, the best first, NULL-terminated. */
const struct bm_kernels *const *bm_kernels_all(void);

#endif
