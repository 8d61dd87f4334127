/* Fully connected, without bias: y (n x K) = x (n x H*W*C) times the weights (H*W*C x K). On a map
 * it takes all values of an image, so no layer has to flatten it before.
 *
 * Projectors have most of a network's parameters, so the gradient of the weights does not exist as
 * a whole where it is only needed for an update: it is made by pieces of some columns, each of
 * which is used up at once. Threads share the pieces, or each piece where there are fewer. */
#include "linear.h"

#include <omp.h>

enum {
    PIECE_ELEMENTS = 1 << 19, /* they stay near between their making and their use */
    MOST_COLUMNS = BM_LINEAR_COLUMNS,
    FEWEST_COLUMNS = 256, /* narrower products are slow */
};

/* Columns of a piece: the same whether an update follows or not, so that the bits are, too. */
static int piece_columns(int in, int out)
{
    int columns = PIECE_ELEMENTS / in / FEWEST_COLUMNS * FEWEST_COLUMNS;
    columns = columns < FEWEST_COLUMNS ? FEWEST_COLUMNS : columns;
    columns = columns > MOST_COLUMNS ? MOST_COLUMNS : columns;
    return columns < out ? columns : out;
}

static int pieces_of(int in, int out)
{
    int columns = piece_columns(in, out);
    return (out + columns - 1) / columns;
}

static void linear_forward(const struct bm_call *call)
{
    if (bm_call_rounds(call))
        bm_linear_bf16_forward(call);
    else
        bm_linear_float_forward(call);
}

/* The gradient of one piece of the weights: in its place, or used up. */
static void backward_piece(const struct bm_call *call, int piece)
{
    int in = bm_linear_inputs(call->node), out = call->node->out.channels;
    int step = piece_columns(in, out), first = piece * step;
    int columns = out - first < step ? out - first : step;
    size_t own = (size_t)omp_get_thread_num() * (size_t)in * (size_t)step;
    bool updates = call->update != NULL;
    bm_real *dw = updates ? call->dw + own : call->dw + first;
    int stride = updates ? columns : out;
    if (bm_call_rounds(call))
        bm_linear_bf16_d_weights(call, first, columns, dw, stride);
    else
        bm_linear_float_d_weights(call, first, columns, dw, stride);
    if (updates)
        bm_call_update(call, (size_t)first, (size_t)in, (size_t)columns, (size_t)out, 2, dw);
}

static void linear_backward(const struct bm_call *call)
{
    int in = bm_linear_inputs(call->node), out = call->node->out.channels,
        pieces = pieces_of(in, out);
    if (call->dx[0] != NULL && bm_call_rounds(call)) /* first: an update changes w */
        bm_linear_bf16_d_input(call);
    else if (call->dx[0] != NULL)
        bm_linear_float_d_input(call);
    if (bm_call_rounds(call))
        bm_linear_bf16_begin_d_weights(call);
    if (pieces < call->threads) {
        for (int piece = 0; piece < pieces; piece++)
            backward_piece(call, piece);
        return;
    }
#pragma omp parallel for num_threads(call->threads) schedule(static)
    for (int piece = 0; piece < pieces; piece++)
        backward_piece(call, piece);
}

static double linear_flops(const struct bm_node *node)
{
    return 2.0 * bm_linear_inputs(node) * node->out.channels;
}

static const struct bm_layer linear_layer = {
    .name = "linear",
    .reads_input = true,
    .takes_packed = true,
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
    struct bm_node *node = &net->nodes[added];
    node->rounds_products = net->precision == BM_PRECISION_BF16 && bm_linear_has_bf16(node);
    node->workspace = node->rounds_products
                          ? bm_linear_bf16_workspace(node, net->passed, net->batch, net->threads)
                          : bm_linear_float_workspace(node, net->passed, net->batch, net->threads);
    int inputs = (int)bm_shape_size(in), pieces = pieces_of(inputs, features);
    node->piece = (size_t)inputs * (size_t)piece_columns(inputs, features) *
                  (size_t)(pieces >= net->threads ? net->threads : 1);
    return added;
}
