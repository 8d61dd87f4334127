/* Fully connected, without bias: y (n x K) = x (n x H*W*C) times the weights (H*W*C x K). On a map
 * it takes all values of an image, so no layer has to flatten it before. */
#include "../net.h"

static int inputs_of(const struct bm_node *node)
{
    return (int)bm_shape_size(node->in);
}

static void linear_forward(const struct bm_call *call)
{
    int in = inputs_of(call->node), out = call->node->out.channels;
    bm_gemm(false, false, call->n, out, in, 1, call->x[0], in, call->w, out, 0, call->y, out);
}

static void linear_backward(const struct bm_call *call)
{
    int in = inputs_of(call->node), out = call->node->out.channels;
    bm_gemm(true, false, in, out, call->n, 1, call->x[0], in, call->dy, out, 0, call->dw, out);
    if (call->dx[0] != NULL)
        bm_gemm(false, true, call->n, in, out, 1, call->dy, out, call->w, out, call->adds[0],
                call->dx[0], in);
}

static double linear_flops(const struct bm_node *node)
{
    return 2.0 * inputs_of(node) * node->out.channels;
}

static const struct bm_layer linear_layer = {
    .name = "linear",
    .reads_input = true,
    .forward = linear_forward,
    .backward = linear_backward,
    .flops = linear_flops,
};

int bm_net_linear(struct bm_net *net, int x, int features, const char *name)
{
    int added = bm_net_node(net, &linear_layer, 1, &x, (struct bm_shape){1, 1, features}, 0);
    if (added < 0)
        return -1;
    struct bm_shape in = net->nodes[x].out;
    bm_net_parameter(net, name, "weight",
                     (struct bm_tensor){.n_dims = 2,
                                        .out = features,
                                        .in = in.channels,
                                        .height = in.height,
                                        .width = in.width,
                                        .initial = BM_UNIFORM_FAN_IN});
    return added;
}
