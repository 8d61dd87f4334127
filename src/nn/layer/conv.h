/* Convolution: what its paths share. conv.c is the plain reference and chooses, conv_winograd.c is
 * the fast path of 3x3 kernels with stride 1. */
#ifndef BM_NN_LAYER_CONV_H
#define BM_NN_LAYER_CONV_H

#include "../net.h"

struct conv {
    int kernel, stride;
    bool winograd;
};

/* Multiplications of its path for one of the direct convolution. */
double bm_conv_products(const struct conv *conv);

size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads);
void bm_conv_winograd_forward(const struct bm_call *call);
void bm_conv_winograd_backward(const struct bm_call *call);

#endif
