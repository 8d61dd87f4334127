/* cnn: four 3x3 convolutions of w, 2w, 4w and 8w channels with strides 1, 2, 2, 2, each with
 * normalization and ReLU; the mean over the last map is the embedding. */
#include "bm/arch.h"
#include "common/norm.h"

#include <stdio.h>

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    (void)err;
    int x = bm_net_input(net);
    for (int layer = 1; layer <= 4; layer++) {
        char conv[16], bn[16], tap[16];
        snprintf(conv, sizeof conv, "conv%d", layer);
        snprintf(bn, sizeof bn, "bn%d", layer);
        snprintf(tap, sizeof tap, "layer%d", layer);
        int channels = (int)spec->width << (layer - 1);
        x = bm_net_conv(net, x, channels, 3, layer == 1 ? 1 : 2, conv);
        x = bm_arch_norm_relu(net, spec, x, -1, bn);
        bm_net_tap(net, x, tap);
    }
    return bm_net_global_pool(net, x);
}

const struct bm_arch bm_arch_cnn = {
    .name = "cnn",
    .help = "four 3x3 convolutions, width to 8 width channels, strides 1, 2, 2, 2",
    .settings = (const char *const[]){NULL},
    .build = build,
};
