/* The VGG family (Simonyan and Zisserman 2015) with normalization and without convolution biases:
 * what its members share. */
#ifndef BM_ARCH_VGG_H
#define BM_ARCH_VGG_H

#include "bm/arch.h"

enum {
    BM_VGG_BLOCKS = 5,
    BM_VGG_MOST_WIDTH = 1024,               /* 8192 channels in the last blocks */
    BM_VGG_LEAST_SIDE = 1 << BM_VGG_BLOCKS, /* each block halves the image */
};

/* Builds blocks of layers[b] 3x3 convolutions with w, 2w, 4w, 8w and 8w channels, each with
 * normalization and ReLU, and 2x2 max pooling behind each block; the mean over the last map takes
 * the place of the fully connected head. Names are torchvision's; taps block1 ... block5. */
int bm_vgg_build(struct bm_net *net, const struct bm_net_spec *spec,
                 const int layers[BM_VGG_BLOCKS]);

#endif
