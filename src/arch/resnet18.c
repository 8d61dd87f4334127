/* resnet18: stem, four stages of two basic blocks. */
#include "common/resnet.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    static const struct bm_resnet resnet = {.blocks = {2, 2, 2, 2}};
    return bm_resnet_build(net, spec, &resnet);
}

const struct bm_arch bm_arch_resnet18 = {
    .name = "resnet18",
    .help = "ResNet-18 of basic blocks, width to 8 width channels",
    .settings = bm_resnet_settings,
    .most_width = BM_RESNET_MOST_WIDTH,
    .build = build,
};
