/* vgg11: configuration A. */
#include "common/vgg.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    static const int layers[BM_VGG_BLOCKS] = {1, 1, 2, 2, 2};
    return bm_vgg_build(net, spec, layers);
}

const struct bm_arch bm_arch_vgg11 = {
    .name = "vgg11",
    .help = "VGG-11, width to 8 width channels; the mean over the last map is the embedding",
    .settings = (const char *const[]){NULL},
    .least_side = BM_VGG_LEAST_SIDE,
    .most_width = BM_VGG_MOST_WIDTH,
    .build = build,
};
