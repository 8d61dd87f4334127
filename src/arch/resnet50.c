/* resnet50: stem, four stages of 3, 4, 6 and 3 bottleneck blocks. */
#include "common/resnet.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    static const struct bm_resnet resnet = {.blocks = {3, 4, 6, 3}, .has_bottlenecks = true};
    return bm_resnet_build(net, spec, &resnet);
}

const struct bm_arch bm_arch_resnet50 = {
    .name = "resnet50",
    .help = "ResNet-50 of bottleneck blocks, 4 width to 32 width channels",
    .settings = bm_bottleneck_settings,
    .most_width = BM_RESNET_MOST_WIDTH,
    .build = build,
};
