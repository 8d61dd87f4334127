/* How a Winograd convolution lays out its work: geometry, sizes, and where in the workspace things
 * lie. */
#ifndef BM_NN_LAYER_CONV_WINOGRAD_H
#define BM_NN_LAYER_CONV_WINOGRAD_H

#include "conv.h"

/* Everything that follows from the node: geometry, and where in the workspace things lie (in
 * reals). */
struct bm_winograd {
    const struct bm_kernels *kernels;
    struct bm_tiling tiling;
    struct bm_channels channels_in, channels_out; /* C and K as columns of panel matrices */
    struct bm_padded in, out;                     /* of x, of dy in whole tiles */
    int positions, tiles_per_image;
    int group, images;        /* padded at a time; of a chunk, at most: whole groups */
    int team;                 /* threads that work on a chunk together: one, or all */
    bool is_apart;            /* backward: dU and dx in a pass each, if dx is wanted */
    bool is_bf16;             /* products are; V, dM and U lie in the places of reals */
    size_t weights;           /* U */
    size_t patches, products; /* V and M of a chunk */
    size_t in_padded;         /* of a group, for each thread */
    size_t out_padded;        /* the same of outputs: dy, and y where it is stored from there */
    /* Of backward alone, 0 in forward: w with rows and columns exchanged; dU, for each chunk that
     * is worked on at a time; and of a group, for each thread. */
    size_t transposed, d_weights, d_in_padded;
    int threads;
};

/* Columns of a panel matrix, with those that fill the last panel. */
static inline size_t bm_panel_columns(const struct bm_channels *channels)
{
    return (size_t)channels->panel * (size_t)channels->panels;
}

struct bm_winograd bm_winograd_of(const struct bm_node *node, int threads, bool is_backward);

/* What threads always share: U, and for backward the transposed w. */
struct bm_winograd_shared {
    bm_real *weights, *transposed;
};

struct bm_winograd_shared bm_winograd_shared_of(const struct bm_winograd *layout,
                                                const struct bm_call *call);

/* What a thread works on: V, M and dU of its chunk, which may be that of all, and padded images of
 * its own. */
struct bm_winograd_part {
    bm_real *patches, *products, *d_weights, *in, *d_in, *out;
};

struct bm_winograd_part bm_winograd_part_of(const struct bm_winograd *layout,
                                            const struct bm_call *call, int thread);

/* ---- products at one position (conv_winograd_products.c) ---- */

/* Whether it is for a thread to multiply there. Where it sums dU, positions that have weights in
 * common are one thread's: with stride 2 those of the last row and column, which come first. */
bool bm_winograd_has_position(const struct bm_winograd *layout, int thread, size_t position,
                              bool sums);
/* C (tiles x columns of b) = A (tiles x columns of a) B (columns of a x columns of b): V U, dM U'.
 */
void bm_winograd_multiply(const struct bm_winograd *layout, size_t position, int tiles,
                          const struct bm_channels *a, const bm_real *a_panels,
                          const struct bm_channels *b, const bm_real *b_panels, bm_real *c_panels);
/* dU (C x K) += V' dM; the first chunk begins it. */
void bm_winograd_sum_d_weights(const struct bm_winograd *layout, size_t position, int tiles,
                               const struct bm_winograd_part *part, bool is_first_chunk);

#endif
