/* resnet34: stem, four stages of 3, 4, 6 and 3 basic blocks. */
#include "common/resnet.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    static const struct bm_resnet resnet = {.blocks = {3, 4, 6, 3}};
    return bm_resnet_build(net, spec, &resnet);
}

const struct bm_arch bm_arch_resnet34 = {
    .name = "resnet34",
    .help = "ResNet-34 of basic blocks, width to 8 width channels",
    .settings = bm_resnet_settings,
    .most_width = BM_RESNET_MOST_WIDTH,
    .build = build,
};
