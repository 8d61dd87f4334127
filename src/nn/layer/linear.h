/* Fully connected layers: what linear.c shares with linear_bf16.c, whose products are in bfloat16.
 * The weights are float, and rounded where they are multiplied, by blocks of columns; so are the
 * values and gradients that they are multiplied with. */
#ifndef BM_NN_LAYER_LINEAR_H
#define BM_NN_LAYER_LINEAR_H

#include "../net.h"

/* Values of an image that it reads: all of a map. */
static inline int bm_linear_inputs(const struct bm_node *node)
{
    return (int)bm_shape_size(node->in);
}

/* Whether the layer can: both sides consist of whole panels, on any instruction set. */
bool bm_linear_has_bf16(const struct bm_node *node);
/* Bytes for batches of n images. */
size_t bm_linear_bf16_workspace(const struct bm_node *node, int n, int threads);

void bm_linear_bf16_forward(const struct bm_call *call);
/* dx = or += dy W'. */
void bm_linear_bf16_d_input(const struct bm_call *call);
/* Rounds x for the following: */
void bm_linear_bf16_begin_d_weights(const struct bm_call *call);
/* Columns first ... first + columns - 1 of dW = x' dy, into rows `stride` apart. Shared among
 * threads unless the caller is one of several. */
void bm_linear_bf16_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                              int stride);

#endif
