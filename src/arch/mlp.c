/* mlp: `depth` hidden layers of `width` units on the flattened image, each with normalization and
 * ReLU; the last one is the embedding. */
#include "bm/arch.h"
#include "common/norm.h"

#include <stdio.h>

static int build(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err)
{
    const int most = 64;
    if (spec->depth < 1 || spec->depth > most)
        return bm_fail(err, BM_EXIT_DATA, "depth: %lld is out of bounds; valid: 1 … %d",
                       (long long)spec->depth, most);
    int x = bm_net_input(net);
    for (int layer = 1; layer <= (int)spec->depth; layer++) {
        char linear[24], bn[24], tap[24];
        snprintf(linear, sizeof linear, "linear%d", layer);
        snprintf(bn, sizeof bn, "bn%d", layer);
        snprintf(tap, sizeof tap, "layer%d", layer);
        x = bm_net_linear(net, x, (int)spec->width, linear);
        x = bm_arch_norm_relu(net, spec, x, -1, bn);
        bm_net_tap(net, x, tap);
    }
    return x;
}

const struct bm_arch bm_arch_mlp = {
    .name = "mlp",
    .help = "fully connected layers of width units on the flattened image",
    .settings = (const char *const[]){"depth", NULL},
    .build = build,
};
