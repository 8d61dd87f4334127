#include "norm.h"

int bm_arch_norm(struct bm_net *net, const struct bm_net_spec *spec, int x, const char *name)
{
    switch (spec->norm) {
    case BM_NORM_BN:
        return bm_net_batchnorm(net, x, true, name);
    case BM_NORM_GN:
        return bm_net_groupnorm(net, x, (int)spec->norm_group_channels, name);
    case BM_NORM_NONE:
        break;
    }
    return x;
}

int bm_arch_norm_relu(struct bm_net *net, const struct bm_net_spec *spec, int x, int residual,
                      const char *name)
{
    if (spec->norm == BM_NORM_BN)
        return bm_net_batchnorm_relu(net, x, residual, name);
    x = bm_arch_norm(net, spec, x, name);
    return bm_net_relu(net, residual >= 0 ? bm_net_add(net, x, residual) : x);
}
