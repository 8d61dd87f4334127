/* The ResNet family (He et al. 2016): what its members share. */
#ifndef BM_ARCH_RESNET_H
#define BM_ARCH_RESNET_H

#include "bm/arch.h"

enum {
    BM_RESNET_STAGES = 4,
    BM_RESNET_MOST_WIDTH = 1024, /* 8192 channels in the last stage of basic blocks */
};

/* What a member differs in. */
struct bm_resnet {
    int blocks[BM_RESNET_STAGES];
    bool has_bottlenecks; /* blocks of 1x1, 3x3 and 1x1 convolutions; else of two 3x3 */
};

/* The settings that a member reads among the rows `of_architecture`: of basic blocks, and with
 * those of bottlenecks. */
extern const char *const bm_resnet_settings[], *const bm_bottleneck_settings[];

/* Builds a ResNet of w, 2w, 4w and 8w channels a stage (four times as many behind bottlenecks) and
 * strides 1, 2, 2, 2. Names are torchvision's; taps stem, stage1 ... stage4. */
int bm_resnet_build(struct bm_net *net, const struct bm_net_spec *spec,
                    const struct bm_resnet *resnet);

#endif
