/* Running a planned network: forward in the order of the nodes, backward in the reverse order.
 * Allocates nothing. */
#include "net.h"

#include <assert.h>

static const bm_real *value_of(const struct bm_net *net, int i, const bm_real *images)
{
    return i == 0 ? images : bm_net_block(net, net->nodes[i].value);
}

/* Of node i's input x. */
static struct bm_before before_of(const struct bm_net *net, int i, int x, const bm_real *images)
{
    const struct bm_node *norm = &net->nodes[x];
    if (x == 0 || norm->layer->norm == NULL)
        return (struct bm_before){0};
    return (struct bm_before){
        .normalizes = norm->is_read_raw,
        .completes = norm->completed_by == i,
        .norm = bm_net_norm(net, x),
        .x = value_of(net, norm->inputs[0], images),
        .y = norm->n_inputs > 1 ? value_of(net, x, images) : NULL,
    };
}

static struct bm_behind behind_of(const struct bm_net *net, int i)
{
    int behind = net->nodes[i].norm_behind;
    if (behind < 0)
        return (struct bm_behind){0};
    return (struct bm_behind){
        .sums = net->nodes[behind].is_summed,
        .is_dz = net->nodes[behind].is_d_read_raw,
        .norm = bm_net_norm(net, behind),
    };
}

static struct bm_call call_of(const struct bm_net *net, int i, const bm_real *images, int n,
                              enum bm_mode mode)
{
    const struct bm_node *node = &net->nodes[i];
    struct bm_call call = {.node = node,
                           .n = n,
                           .threads = net->threads,
                           .mode = mode,
                           .y = bm_net_block(net, node->value),
                           .dy = bm_net_block(net, node->gradient),
                           .w = net->parameters + node->w,
                           .dw = net->gradients + node->w,
                           .state = net->states + node->state,
                           .saved = bm_net_block(net, node->saved_block),
                           .workspace = net->scratch};
    for (int k = 0; k < node->n_inputs; k++) {
        int x = node->inputs[k];
        call.x[k] = value_of(net, x, images);
        call.dx[k] = bm_net_block(net, net->nodes[x].gradient);
        call.adds[k] = node->adds[k];
        call.before[k] = before_of(net, i, x, images);
    }
    call.behind = behind_of(net, i);
    return call;
}

void bm_net_forward_node(struct bm_net *net, int i, const bm_real *x, int n, enum bm_mode mode)
{
    struct bm_call call = call_of(net, i, x, n, mode);
    call.node->layer->forward(&call);
}

void bm_net_backward_node(struct bm_net *net, int i, const bm_real *x, bm_real *d_output, int n)
{
    struct bm_call call = call_of(net, i, x, n, BM_TRAIN);
    if (i == net->n_nodes - 1)
        call.dy = d_output;
    call.node->layer->backward(&call);
}

const bm_real *bm_net_forward(struct bm_net *net, const bm_real *x, int n, enum bm_mode mode)
{
    assert(net->memory != NULL && n >= 1 && n <= net->batch);
    for (int i = 1; i < net->n_nodes; i++)
        bm_net_forward_node(net, i, x, n, mode);
    return bm_net_block(net, net->nodes[net->n_nodes - 1].value);
}

void bm_net_backward(struct bm_net *net, const bm_real *x, bm_real *d_output, int n)
{
    for (int i = net->n_nodes - 1; i > 0; i--)
        bm_net_backward_node(net, i, x, d_output, n);
}

size_t bm_net_parameters(const struct bm_net *net)
{
    return net->n_parameters;
}

bm_real *bm_net_parameter_data(struct bm_net *net)
{
    return net->parameters;
}

bm_real *bm_net_gradient_data(struct bm_net *net)
{
    return net->gradients;
}

double bm_net_flops(const struct bm_net *net)
{
    double flops = 0;
    for (int i = 1; i < net->n_nodes; i++)
        if (net->nodes[i].layer->flops != NULL)
            flops += net->nodes[i].layer->flops(&net->nodes[i]);
    return flops;
}
