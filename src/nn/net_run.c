/* Running a planned network: forward in the order of the nodes, backward in the reverse order.
 * Allocates nothing. */
#include "net.h"

#include <assert.h>

/* A pass over a network: values may lie elsewhere on the way back (net_kept.c). */
struct pass {
    const struct bm_net *net;
    const bm_real *images;
    bool is_backward;
};

static void *value_of(const struct pass *pass, int i)
{
    const struct bm_node *node = &pass->net->nodes[i];
    return bm_net_block(pass->net, pass->is_backward ? node->backward_value : node->value);
}

static const void *input_of(const struct pass *pass, int i)
{
    return i == 0 ? pass->images : value_of(pass, i);
}

/* Of node i's input x. */
static struct bm_prologue prologue_of(const struct pass *pass, int i, int x)
{
    const struct bm_node *norm = &pass->net->nodes[x];
    if (x == 0 || norm->layer->norm == NULL)
        return (struct bm_prologue){0};
    return (struct bm_prologue){
        .normalizes = norm->is_read_raw,
        .completes = norm->completed_by == i,
        .norm = bm_net_norm(pass->net, x),
        .x = input_of(pass, norm->inputs[0]),
        .y = norm->n_inputs > 1 ? value_of(pass, x) : NULL,
    };
}

static struct bm_epilogue epilogue_of(const struct bm_net *net, int i)
{
    int norm = net->nodes[i].epilogue_norm;
    if (norm < 0)
        return (struct bm_epilogue){0};
    return (struct bm_epilogue){
        .sums = net->nodes[norm].is_summed,
        .is_dz = net->nodes[norm].is_d_read_raw,
        .norm = bm_net_norm(net, norm),
    };
}

static bool keeps_gradients(const struct bm_net *net)
{
    return net->gradients == BM_KEEP_GRADIENTS;
}

/* The value of a node for n images, or its gradient. */
static bool is_streamed(const struct bm_net *net, int node, int n)
{
    size_t size = (size_t)n * bm_shape_size(net->nodes[node].out);
    return bm_net_streams(net, size, bm_net_element(net, node));
}

static struct bm_call call_of(const struct pass *pass, int i, int n, enum bm_mode mode)
{
    const struct bm_net *net = pass->net;
    const struct bm_node *node = &net->nodes[i];
    struct bm_call call = {.node = node,
                           .n = n,
                           .threads = net->threads,
                           .mode = mode,
                           .y = value_of(pass, i),
                           .dy = bm_net_block(net, node->gradient),
                           .w = net->memory.parameters + node->w,
                           .dw = net->memory.gradients + (keeps_gradients(net) ? node->w : 0),
                           .state = net->memory.states + node->state,
                           .element_y = bm_net_element(net, i),
                           .streams_y = is_streamed(net, i, n),
                           .saved = bm_net_block(net, node->saved_block)};
    if (mode == BM_CALIBRATE)
        call.weight = (double)n / (double)(net->calibrated + (size_t)n);
    for (int k = 0; k < node->n_inputs; k++) {
        int x = node->inputs[k];
        call.x[k] = input_of(pass, x);
        call.element_x[k] = bm_net_element(net, x);
        call.streams_dx[k] = !node->adds[k] && is_streamed(net, x, n);
        call.dx[k] = bm_net_block(net, net->nodes[x].gradient);
        call.adds[k] = node->adds[k];
        call.prologue[k] = prologue_of(pass, i, x);
    }
    call.epilogue = epilogue_of(net, i);
    return call;
}

void bm_net_forward_node(struct bm_net *net, int i, const bm_real *x, int n, enum bm_mode mode)
{
    assert(mode == BM_TRAIN || net->is_watching || net->passed == BM_ELEMENT_REAL);
    struct bm_call call = call_of(&(struct pass){net, x, false}, i, n, mode);
    call.workspace = bm_net_block(net, call.node->workspaces[0]);
    bm_net_run_layer(net, i, &call, false);
    if (mode == BM_TRAIN)
        bm_net_pack(net, i, n);
}

/* Adds to a call what it needs for its update. */
static void give_update(struct bm_call *call, const struct bm_net *net,
                        const struct bm_update *update)
{
    assert(net->gradients == bm_optimizer_gradients(update->optimizer));
    call->update = update;
    call->moments = update->moments + call->node->w;
    call->apart = net->n_parameters;
}

void bm_call_update(const struct bm_call *call, size_t first, size_t rows, size_t columns,
                    size_t stride, int n_dims, const bm_real *gradients)
{
    const struct bm_update *update = call->update;
    bool is_row = columns == stride; /* short rows are slow where they need not be */
    const struct bm_optimizer_part part = {.rows = is_row ? 1 : rows,
                                           .columns = is_row ? rows * columns : columns,
                                           .parameters = call->w + first,
                                           .moments = call->moments + first,
                                           .stride = stride,
                                           .apart = call->apart,
                                           .gradients = gradients,
                                           .n_dims = n_dims};
    update->optimizer->step(&update->settings, update->t, &part);
}

static bool updates_by_itself(const struct bm_net *net, int i)
{
    return net->nodes[i].piece > 0 && net->gradients == BM_UPDATE_AT_ONCE;
}

void bm_net_update_node(struct bm_net *net, int i, const struct bm_update *update)
{
    struct bm_call call = call_of(&(struct pass){net, NULL, true}, i, 0, BM_TRAIN);
    int end = i + 1 < net->n_nodes ? net->nodes[i + 1].tensors : net->n_tensors;
    if (updates_by_itself(net, i))
        return;
    give_update(&call, net, update);
    for (int t = call.node->tensors; t < end; t++) {
        const struct bm_tensor *tensor = &net->tensors[t];
        size_t first = tensor->offset - call.node->w, n = bm_tensor_size(tensor);
        if (tensor->trained)
            bm_call_update(&call, first, 1, n, n, tensor->n_dims, call.dw + first);
    }
}

void bm_net_backward_node(struct bm_net *net, int i, const bm_real *x, bm_real *d_output, int n,
                          const struct bm_update *update)
{
    struct bm_call call = call_of(&(struct pass){net, x, true}, i, n, BM_TRAIN);
    assert((update == NULL) == keeps_gradients(net));
    if (updates_by_itself(net, i))
        give_update(&call, net, update);
    call.workspace = bm_net_block(net, call.node->workspaces[1]);
    if (i == net->n_nodes - 1)
        call.dy = d_output;
    bm_net_unpack(net, i, n);
    bm_net_run_layer(net, i, &call, true);
}

const bm_real *bm_net_forward(struct bm_net *net, const bm_real *x, int n, enum bm_mode mode)
{
    assert(net->memory.blocks != NULL && n >= 1 && n <= net->batch);
    net->is_watching = mode != BM_TRAIN && net->passed != BM_ELEMENT_REAL; /* all in reals */
    for (int i = 1; i < net->n_nodes; i++)
        bm_net_forward_node(net, i, x, n, mode);
    if (mode == BM_CALIBRATE)
        net->calibrated += (size_t)n;
    const bm_real *output = bm_net_block(net, net->nodes[net->n_nodes - 1].value);
    net->is_watching = false;
    return output;
}

/* Those of the node from `first` to `last`: an mlp of one layer has two of one node. */
static void show_taps(struct bm_net *net, int node, int first, int last,
                      void (*tap)(void *context, int tap), void *context)
{
    for (int t = first; t <= last; t++)
        if (net->taps[t].node == node)
            tap(context, t);
}

/* Nodes behind `node`, in watching, to the tap `last`; behind the last tap comes the output. */
static const bm_real *watch_behind(struct bm_net *net, int node, int last, const bm_real *x, int n,
                                   void (*tap)(void *context, int tap), void *context)
{
    bool is_whole = last == net->n_taps - 1;
    int end = is_whole ? net->n_nodes : net->taps[last].node + 1;
    for (int i = node + 1; i < end; i++) {
        bm_net_forward_node(net, i, x, n, BM_EVAL);
        show_taps(net, i, 0, last, tap, context);
    }
    const bm_real *output = bm_net_block(net, net->nodes[net->n_nodes - 1].value);
    net->is_watching = false;
    return is_whole ? output : NULL;
}

const bm_real *bm_net_watch(struct bm_net *net, const bm_real *x, int n, int last,
                            void (*tap)(void *context, int tap), void *context)
{
    assert(net->memory.blocks != NULL && n >= 1 && n <= net->batch);
    net->is_watching = true;
    return watch_behind(net, 0, last, x, n, tap, context);
}

const bm_real *bm_net_watch_from(struct bm_net *net, int from, const float *features, int n,
                                 int last, void (*tap)(void *context, int tap), void *context)
{
    assert(net->memory.blocks != NULL && n >= 1 && n <= net->batch);
    net->is_watching = true;
    int node = net->taps[from].node;
    bm_real *value = bm_net_block(net, net->nodes[node].value);
    size_t values = (size_t)n * bm_shape_size(net->nodes[node].out);
    for (size_t i = 0; i < values; i++)
        value[i] = (bm_real)features[i];
    show_taps(net, node, from, last, tap, context);
    return watch_behind(net, node, last, NULL, n, tap, context);
}

void bm_net_backward(struct bm_net *net, const bm_real *x, bm_real *d_output, int n)
{
    for (int i = net->n_nodes - 1; i > 0; i--)
        bm_net_backward_node(net, i, x, d_output, n, NULL);
}

void bm_net_backward_update(struct bm_net *net, const bm_real *x, bm_real *d_output, int n,
                            const struct bm_update *update)
{
    for (int i = net->n_nodes - 1; i > 0; i--) {
        bm_net_backward_node(net, i, x, d_output, n, update);
        bm_net_update_node(net, i, update);
    }
}

size_t bm_net_parameters(const struct bm_net *net)
{
    return net->n_parameters;
}

bm_real *bm_net_parameter_data(struct bm_net *net)
{
    return net->memory.parameters;
}

bm_real *bm_net_gradient_data(struct bm_net *net)
{
    assert(keeps_gradients(net));
    return net->memory.gradients;
}

size_t bm_net_statistics(const struct bm_net *net)
{
    return net->n_states;
}

bm_real *bm_net_statistics_data(struct bm_net *net)
{
    return net->memory.states;
}

static double flops_behind(const struct bm_net *net, int node)
{
    double flops = 0;
    for (int i = node + 1; i < net->n_nodes; i++)
        if (net->nodes[i].layer->flops != NULL)
            flops += net->nodes[i].layer->flops(&net->nodes[i]);
    return flops;
}

double bm_net_flops(const struct bm_net *net)
{
    return flops_behind(net, 0);
}

/* Whether a node's value is all that what follows reads. */
static bool is_enough(const struct bm_net *net, int node)
{
    const struct bm_node *self = &net->nodes[node];
    if (self->out.height != 1 || self->out.width != 1 || self->is_read_raw)
        return false;
    for (int i = node + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            if (net->nodes[i].inputs[k] < node)
                return false;
    return true;
}

int bm_net_resume_tap(const struct bm_net *net)
{
    for (int t = 1; t < net->n_taps; t++)
        if (is_enough(net, net->taps[t].node))
            return t;
    return 0;
}

double bm_net_reach(const struct bm_net *net, int tap)
{
    return 1 - flops_behind(net, net->taps[tap].node) / flops_behind(net, 0);
}
