/* resnet34: stem, four stages of 3, 4, 6 and 3 basic blocks. */
#include "common/resnet.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    static const struct bm_resnet resnet = {.blocks = {3, 4, 6, 3}};
    return bm_resnet_build(net, spec, &resnet, err);
}

const struct bm_arch bm_arch_resnet34 = {
    .name = "resnet34",
    .help = "ResNet-34 of basic blocks, width to 8 width channels",
    .settings = bm_resnet_settings,
    .build = build,
};
