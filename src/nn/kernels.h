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

/* A Winograd convolution's map: height x width pixels under 4x4 tiles. */
struct bm_tiling {
    int height, width;
    int tiles_high, tiles_wide;
};

/* The columns of a panel matrix: `n` of them, padded with zeros to `panels` panels of `panel`. */
struct bm_channels {
    int n, panel, panels;
};

/* Reals from one of the 36 positions' panel matrices to the next: a cache line more than a matrix
 * has, since transforms write to all positions in turn, and powers of two apart they would share a
 * set of the cache. */
static inline size_t bm_position_step(size_t rows, const struct bm_channels *columns)
{
    return rows * (size_t)columns->panel * (size_t)columns->panels + 64 / sizeof(bm_real);
}

/* C = A B, or C += A B. Element (i, d) of A is at
 * a[i * a_row + d / a_panel * a_step + d % a_panel * a_depth]. */
struct bm_panel_product {
    int m, k; /* rows of C; terms of a sum */
    const bm_real *a;
    size_t a_row, a_depth, a_step;
    int a_panel;
    const bm_real *b; /* panels of k rows, b_step apart */
    size_t b_step;
    bm_real *c; /* panels of m rows (or more), c_step apart */
    size_t c_step;
    int width, panels; /* of B and C */
    bool add;
};

/* Rows first ... end-1 of a matrix with a column a channel. */
struct bm_rows {
    size_t first, end;
    int channels;
};

/* y = (x - shift) factor + bias, plus a residual, through a ReLU. One value a channel. */
struct bm_batchnorm {
    const bm_real *shift, *factor, *bias;
    bool has_relu;
};

/* dx = factor (dz - offset - slope (x - shift)), dz being dy behind the ReLU. */
struct bm_d_batchnorm {
    const bm_real *offset, *slope;
};

/* Name, arguments. Winograd F(4x4, 3x3): panel matrices come 36 at a time, one a position of the
 * transformed 6x6 patches, with a row a tile (activations) or a row an input channel (weights).
 * Tiles, rows: first ... end-1 of the batch or matrix. */
#define BM_KERNELS(X)                                                                              \
    X(panel_product, (const struct bm_panel_product *product))                                     \
    /* x (N, H, W, C) to the panels of tiles, and the transpose, added to dx */                    \
    X(winograd_input, (const struct bm_tiling *tiling, const struct bm_channels *channels,         \
                       const bm_real *x, int first, int end, bm_real *panels))                     \
    X(winograd_d_input, (const struct bm_tiling *tiling, const struct bm_channels *channels,       \
                         const bm_real *panels, int first, int end, bm_real *dx))                  \
    /* panels of tiles to y (N, H, W, K), and the transpose, dy to panels */                       \
    X(winograd_output, (const struct bm_tiling *tiling, const struct bm_channels *channels,        \
                        const bm_real *panels, int first, int end, bm_real *y))                    \
    X(winograd_d_output, (const struct bm_tiling *tiling, const struct bm_channels *channels,      \
                          const bm_real *dy, int first, int end, bm_real *panels))                 \
    /* w (3, 3, rows, columns) to panels, and the transpose, panels of padded_rows rows to dw */   \
    X(winograd_weights, (int rows, const struct bm_channels *columns, const bm_real *w, int first, \
                         int end, bm_real *panels))                                                \
    X(winograd_d_weights, (int rows, int padded_rows, const struct bm_channels *columns,           \
                           const bm_real *panels, int first, int end, bm_real *dw))                \
    /* sum += x - shift, squares += (x - shift)^2 */                                               \
    X(batchnorm_sums, (const struct bm_rows *rows, const bm_real *x, const bm_real *shift,         \
                       double *sum, double *squares))                                              \
    /* residual: NULL, or what is added */                                                         \
    X(batchnorm_apply, (const struct bm_rows *rows, const struct bm_batchnorm *norm,               \
                        const bm_real *x, const bm_real *residual, bm_real *y))                    \
    /* sum += dz, products += dz (x - shift), d_residual = or += dz. y: NULL unless there is a     \
     * residual */                                                                                 \
    X(batchnorm_d_sums, (const struct bm_rows *rows, const struct bm_batchnorm *norm,              \
                         const bm_real *x, const bm_real *y, const bm_real *dy,                    \
                         bm_real *d_residual, bool adds_residual, double *sum, double *products))  \
    X(batchnorm_d_apply, (const struct bm_rows *rows, const struct bm_batchnorm *norm,             \
                          const struct bm_d_batchnorm *d, const bm_real *x, const bm_real *y,      \
                          const bm_real *dy, bm_real *dx, bool adds))

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
