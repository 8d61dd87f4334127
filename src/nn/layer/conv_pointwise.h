/* How a 1x1 convolution lays out its work: geometry, sizes, where in the workspace things lie, and
 * the copies that it works on. */
#ifndef BM_NN_LAYER_CONV_POINTWISE_H
#define BM_NN_LAYER_CONV_POINTWISE_H

#include "conv.h"

/* The input or the output, and its copy. */
struct bm_pointwise_side {
    struct bm_shape map;
    int panel;   /* columns of a panel of weights */
    size_t step; /* reals from a pixel of the copy to the next */
    size_t size; /* of the copy */
};

/* Everything that follows from the node. Sizes in reals. */
struct bm_pointwise {
    struct bm_pointwise_side in, out;
    int stride, rows; /* rows: of the output, at a time */
    bool is_large;    /* the BLAS makes the products */
    size_t weights;
    size_t panels, own_dw; /* of them, which threads share, and of each thread's sum */
};

struct bm_pointwise bm_pointwise_of(const struct bm_node *node, int threads);

/* One thread's rows of the output, first ... end-1, and its memory. */
struct bm_pointwise_slice {
    int first, end;
    bm_real *panels; /* of the weights; shared */
    bm_real *in, *d_in, *out, *dw;
};

struct bm_pointwise_slice bm_pointwise_slice_of(const struct bm_call *call,
                                                const struct bm_pointwise *layout, int thread);

/* ---- copies (conv_pointwise_copies.c) ---- */

/* Where the pixels of a row of the output begin in its arrays. Rows are counted through all images.
 */
size_t bm_pointwise_output_at(const struct bm_pointwise *layout, int row);
/* Copies the input under rows first ... end-1 of the output, normalized if it has to be; */
void bm_pointwise_read_input(const struct bm_call *call, const struct bm_pointwise *layout,
                             const struct bm_pointwise_slice *slice, int first, int end);
/* the gradient of those rows. */
void bm_pointwise_read_d_output(const struct bm_call *call, const struct bm_pointwise *layout,
                                const struct bm_pointwise_slice *slice, int first, int end);
/* Writes or adds the copy of the input's gradient to dx, and completes it (summing in d_sums) where
 * this call is the last to add. */
void bm_pointwise_write_d_input(const struct bm_call *call, const struct bm_pointwise *layout,
                                const struct bm_pointwise_slice *slice, int first, int end,
                                double *d_sums);

#endif
