/* Convolution with odd square kernels, padding kernel/2, no bias: building, and which path is
 * taken. */
#include "conv.h"

#include <assert.h>

static const struct {
    size_t (*workspace)(const struct bm_node *node, int threads);
    void (*forward)(const struct bm_call *call);
    void (*backward)(const struct bm_call *call);
    size_t (*forward_workspace)(const struct bm_node *node, int threads); /* NULL: as workspace */
} paths[] = {
    [CONV_DIRECT] = {bm_conv_direct_workspace, bm_conv_direct_forward, bm_conv_direct_backward},
    [CONV_NARROW] = {bm_conv_narrow_workspace, bm_conv_narrow_forward, bm_conv_narrow_backward},
    [CONV_POINTWISE] = {bm_conv_pointwise_workspace, bm_conv_pointwise_forward,
                        bm_conv_pointwise_backward},
    [CONV_WINOGRAD] = {bm_conv_winograd_workspace, bm_conv_winograd_forward,
                       bm_conv_winograd_backward, bm_conv_winograd_forward_workspace},
};

static void conv_forward(const struct bm_call *call)
{
    const struct conv *conv = call->node->detail;
    paths[conv->kind].forward(call);
}

static void conv_backward(const struct bm_call *call)
{
    const struct conv *conv = call->node->detail;
    paths[conv->kind].backward(call);
}

static double conv_flops(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    double patch = (double)conv->kernel * conv->kernel * node->in.channels;
    return 2 * patch * (double)bm_shape_size(node->out);
}

double bm_conv_products(const struct conv *conv)
{
    double tile = conv->stride == 1 ? 36 : 81; /* of 4x4 outputs, in place of 16 * 9 */
    return conv->kind == CONV_WINOGRAD ? tile / (16 * 9) : 1;
}

static const struct bm_layer conv_layer = {
    .name = "conv",
    .reads_input = true,
    .serves_norms = true,
    .takes_packed = true,
    .normalizes = 1 << 0,
    .forward = conv_forward,
    .backward = conv_backward,
    .flops = conv_flops,
};

/* Few channels leave most of a vector idle, and the transforms cost what the products save. */
static bool pays_winograd(const struct bm_node *node)
{
    return node->in.channels >= 8 && node->out.channels >= 8;
}

static enum bm_conv_kind kind_of(const struct bm_net *net, const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    if (net->conv == BM_CONV_DIRECT)
        return CONV_DIRECT;
    if (conv->kernel == 3 && conv->stride <= 2 &&
        (net->conv == BM_CONV_WINOGRAD || pays_winograd(node)))
        return CONV_WINOGRAD;
    if (bm_conv_is_pointwise(node))
        return CONV_POINTWISE;
    return node->inputs[0] == 0 && bm_conv_is_narrow(node) ? CONV_NARROW : CONV_DIRECT;
}

int bm_net_conv(struct bm_net *net, int x, int channels, int kernel, int stride, const char *name)
{
    assert(kernel % 2 == 1 && stride >= 1);
    if (x < 0)
        return -1;
    struct bm_shape in = net->nodes[x].out;
    struct bm_shape out = {(in.height - 1) / stride + 1, (in.width - 1) / stride + 1, channels};
    int added = bm_net_node(net, &conv_layer, 1, &x, out, sizeof(struct conv));
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    struct conv *conv = node->detail;
    *conv =
        (struct conv){.kernel = kernel, .stride = stride, .batch = net->batch, .cache = net->cache};
    conv->kind = kind_of(net, node);
    node->rounds_products = net->precision == BM_PRECISION_BF16 && conv->kind == CONV_WINOGRAD;
    node->workspace = paths[conv->kind].workspace(node, net->threads);
    if (paths[conv->kind].forward_workspace != NULL)
        node->forward_workspace = paths[conv->kind].forward_workspace(node, net->threads);
    bm_net_parameter(net, name, "weight",
                     (struct bm_tensor){.n_dims = 4,
                                        .out = channels,
                                        .in = in.channels,
                                        .height = kernel,
                                        .width = kernel,
                                        .initial = BM_KAIMING_NORMAL});
    return added;
}
