/* From a spec to a network: the architecture's encoder, then the projector that all have. */
#include "bm/arch.h"

/* embedding -> linear -> (BatchNorm) -> ReLU -> linear to the classes -> (BatchNorm without scale
 * and shift). Its tensors, with the names that attributes of a plain nn.Module would have:
 * projector.weight, projector_bn.*, output.weight, output_bn.*. A width of 0 leaves `output` alone.
 */
static int add_projector(struct bm_net *net, int embedding, const struct bm_net_spec *spec)
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

/* Bounds that every architecture can rely on; a setting's own bounds are narrower. */
static int check_spec(const struct bm_net_spec *spec, int batch, struct bm_err *err)
{
    const int64_t most = 1 << 20;
    const struct {
        const char *key;
        int64_t value, min;
    } bounds[] = {
        {"batch_size", batch, 1},
        {"image height", spec->input.height, 1},
        {"image width", spec->input.width, 1},
        {"image channels", spec->input.channels, 1},
        {"classes", spec->classes, 1},
        {"width", spec->width, 1},
        {"projector_width", spec->projector_width, 0},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (bounds[i].value < bounds[i].min || bounds[i].value > most)
            return bm_fail(err, BM_EXIT_DATA, "%s: %lld is out of bounds; valid: %lld … %lld",
                           bounds[i].key, (long long)bounds[i].value, (long long)bounds[i].min,
                           (long long)most);
    return 0;
}

static int check_width(const struct bm_arch *arch, const struct bm_net_spec *spec,
                       struct bm_err *err)
{
    if (arch->most_width == 0 || spec->width <= arch->most_width)
        return 0;
    return bm_fail(err, BM_EXIT_DATA, "width: %lld is too much for %s (valid: 1 to %lld)",
                   (long long)spec->width, arch->name, (long long)arch->most_width);
}

static int check_side(const struct bm_arch *arch, const struct bm_net_spec *spec,
                      struct bm_err *err)
{
    int height = spec->input.height, width = spec->input.width, least = arch->least_side;
    if (height >= least && width >= least)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "image_size: nothing would be left of images of %dx%d pixels in %s; valid: %d "
                   "or more",
                   height, width, arch->name, least);
}

struct bm_net *bm_net_new(const struct bm_net_spec *spec, int batch, struct bm_err *err)
{
    const struct bm_arch *arch = bm_arch_find(spec->arch);
    if (arch == NULL) {
        bm_fail(err, BM_EXIT_DATA, "arch: '%s' is no architecture", spec->arch);
        return NULL;
    }
    if (check_spec(spec, batch, err) != 0 || check_width(arch, spec, err) != 0 ||
        check_side(arch, spec, err) != 0)
        return NULL;
    struct bm_net *net = bm_net_begin(spec->input, batch, spec->conv, err);
    if (net == NULL)
        return NULL;
    bm_net_store_as(net, spec->saved_activations);
    bm_net_compute_in(net, spec->precision);
    int embedding = arch->build(net, spec, err);
    bm_net_tap(net, embedding, "embedding");
    if (add_projector(net, embedding, spec) < 0) {
        bm_net_free(net);
        return NULL;
    }
    bm_net_end(net);
    return net;
}
