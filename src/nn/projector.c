/* The projector that every encoder gets: embedding -> linear -> (BatchNorm) -> ReLU -> linear to
 * the classes -> (BatchNorm without scale and shift). Its tensors, with the names that attributes
 * of a plain nn.Module would have: projector.weight, projector_bn.*, output.weight, output_bn.*. A
 * width of 0 leaves `output` alone. */
#include "net.h"

int bm_net_projector(struct bm_net *net, int embedding, const struct bm_net_spec *spec)
{
    int x = embedding;
    if (spec->projector_width > 0) {
        x = bm_net_linear(net, x, (int)spec->projector_width, "projector");
        if (spec->projector_norm == BM_NORM_BN)
            x = bm_net_batchnorm(net, x, true, "projector_bn");
        x = bm_net_relu(net, x);
        bm_net_tap(net, x, "projector");
    }
    x = bm_net_linear(net, x, spec->classes, "output");
    if (spec->output_norm == BM_NORM_BN)
        x = bm_net_batchnorm(net, x, false, "output_bn");
    bm_net_tap(net, x, "output");
    return x;
}
