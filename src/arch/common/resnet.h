/* The ResNet family (He et al. 2016): what its members share. */
#ifndef BM_ARCH_RESNET_H
#define BM_ARCH_RESNET_H

#include "bm/arch.h"

enum { BM_RESNET_STAGES = 4 };

/* The settings that every member reads among the rows `of_architecture`. */
extern const char *const bm_resnet_settings[];

/* Builds a ResNet of basic blocks (two 3x3 convolutions), blocks[s] of them in stage s, with w, 2w,
 * 4w and 8w channels and strides 1, 2, 2, 2. Names are torchvision's; taps stem, stage1 ... stage4.
 */
int bm_resnet_build(struct bm_net *net, const struct bm_net_spec *spec,
                    const int blocks[BM_RESNET_STAGES], struct bm_err *err);

#endif
