/* vgg16: configuration D. */
#include "common/vgg.h"

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    static const int layers[BM_VGG_BLOCKS] = {2, 2, 3, 3, 3};
    return bm_vgg_build(net, spec, layers);
}

const struct bm_arch bm_arch_vgg16 = {
    .name = "vgg16",
    .help = "VGG-16, width to 8 width channels; the mean over the last map is the embedding",
    .settings = (const char *const[]){NULL},
    .least_side = BM_VGG_LEAST_SIDE,
    .most_width = BM_VGG_MOST_WIDTH,
    .build = build,
};
