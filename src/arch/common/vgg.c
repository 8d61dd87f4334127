#include "vgg.h"
#include "norm.h"

#include <stdio.h>

/* The place of a module in torchvision's list, which its name has. */
static int add_layer(struct bm_net *net, const struct bm_net_spec *spec, int x, int channels,
                     int *place)
{
    char conv[24], norm[24];
    snprintf(conv, sizeof conv, "features.%d", *place);
    snprintf(norm, sizeof norm, "features.%d", *place + 1);
    *place += spec->norm == BM_NORM_NONE ? 2 : 3; /* with its ReLU */
    return bm_arch_norm_relu(net, spec, bm_net_conv(net, x, channels, 3, 1, conv), -1, norm);
}

int bm_vgg_build(struct bm_net *net, const struct bm_net_spec *spec,
                 const int layers[BM_VGG_BLOCKS])
{
    int x = bm_net_input(net), place = 0;
    for (int block = 0; block < BM_VGG_BLOCKS; block++) {
        int channels = (int)spec->width << (block < 3 ? block : 3);
        for (int layer = 0; layer < layers[block]; layer++)
            x = add_layer(net, spec, x, channels, &place);
        x = bm_net_max_pool(net, x, 2);
        place++;
        char tap[16];
        snprintf(tap, sizeof tap, "block%d", block + 1);
        bm_net_tap(net, x, tap);
    }
    return bm_net_global_pool(net, x);
}
