/* Where everything of a network lies. Times: node i runs forward at time i, the caller reads the
 * output and the taps at time n, node i runs backward at time 2n - i. A value is alive from its
 * node's forward to its last reader, a gradient from its first writer to its node's backward; the
 * planner (plan.c) then packs what is never alive together into the same memory. */
#include "net.h"

#include <assert.h>

int bm_net_backward_time(const struct bm_net *net, int i)
{
    return 2 * net->n_nodes - i;
}

int bm_net_new_block(struct bm_net *net, size_t size, int first)
{
    net->blocks[net->n_blocks] = (struct bm_block){.size = size, .first = first, .last = first};
    return net->n_blocks++;
}

static void used_at(struct bm_net *net, int block, int time)
{
    if (block >= 0 && net->blocks[block].last < time)
        net->blocks[block].last = time;
}

static size_t value_bytes(const struct bm_net *net, int node, enum bm_element element)
{
    size_t values = (size_t)net->batch * bm_shape_size(net->nodes[node].out);
    return values * bm_element_type(element)->bytes;
}

/* How often a value is read by nodes, and whether it is also read by the caller. */
struct readers {
    int nodes;
    bool tapped;
};

static void count_readers(const struct bm_net *net, struct readers *readers)
{
    for (int i = 0; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            readers[net->nodes[i].inputs[k]].nodes++;
    for (int t = 0; t < net->n_taps; t++)
        readers[net->taps[t].node].tapped = true;
    for (int i = 0; i < net->n_nodes; i++)
        assert((readers[i].nodes == 0) == (i == net->n_nodes - 1));
}

/* An input whose memory the node may take over for its own output, or -1. The input's value is
 * then lost: nobody else may read it, forward or backward. */
static int overwritten_input(const struct bm_net *net, int node, const struct readers *readers)
{
    const struct bm_node *self = &net->nodes[node];
    for (int k = 0; k < self->n_inputs && self->layer->value_in_place; k++) {
        int x = self->inputs[k];
        if (x != 0 && readers[x].nodes == 1 && !readers[x].tapped &&
            !net->nodes[x].layer->reads_output &&
            bm_net_element(net, x) == bm_net_element(net, node))
            return x;
    }
    return -1;
}

/* When a value is read: the last time forward, the first one backward; 0: never. */
struct reads {
    int last_forward, first_backward;
};

static void read_at(struct bm_net *net, struct reads *reads, int block, int time)
{
    used_at(net, block, time);
    if (block < 0)
        return;
    if (time <= net->n_nodes)
        reads[block].last_forward = time;
    else if (reads[block].first_backward == 0 || reads[block].first_backward > time)
        reads[block].first_backward = time;
}

static void plan_value(struct bm_net *net, int i, const struct readers *readers,
                       struct reads *reads)
{
    struct bm_node *node = &net->nodes[i];
    int over = node->is_read_raw ? node->inputs[0] : overwritten_input(net, i, readers);
    int backward = bm_net_backward_time(net, i);
    size_t bytes = value_bytes(net, i, bm_net_element(net, i));
    node->value = over >= 0 ? net->nodes[over].value : bm_net_new_block(net, bytes, i);
    node->backward_value = node->value;
    read_at(net, reads, node->value, i);
    for (int k = 0; k < node->n_inputs; k++) {
        int x = net->nodes[node->inputs[k]].value;
        read_at(net, reads, x, i);
        if (node->layer->reads_input)
            read_at(net, reads, x, backward);
    }
    if (node->layer->reads_output)
        read_at(net, reads, node->value, backward);
    if (node->saved > 0) {
        node->saved_block =
            bm_net_new_block(net, node->saved, node->is_summed ? node->inputs[0] : i);
        used_at(net, node->saved_block, backward);
    }
    if (node->completed_by >= 0) /* before its own backward */
        read_at(net, reads, net->nodes[node->inputs[0]].value,
                bm_net_backward_time(net, node->completed_by));
    if (node->is_d_read_raw) {
        int input_backward = bm_net_backward_time(net, node->inputs[0]);
        read_at(net, reads, node->value, backward);
        read_at(net, reads, net->nodes[node->inputs[0]].value, input_backward);
        used_at(net, node->saved_block, input_backward);
    }
    /* Between the passes taps are there to be read only where nothing is packed. */
    if ((readers[i].tapped && bm_net_keeps_reals(net)) || i == net->n_nodes - 1)
        used_at(net, node->value, net->n_nodes);
}

static void plan_values(struct bm_net *net, const struct readers *readers)
{
    struct reads reads[BM_MOST_BLOCKS] = {0};
    for (int i = 1; i < net->n_nodes; i++)
        plan_value(net, i, readers, reads);
    int n_blocks = net->n_blocks, output = net->nodes[net->n_nodes - 1].value;
    for (int block = 0; block < n_blocks; block++)
        if (reads[block].first_backward > 0 && block != output)
            bm_net_keep(net, block, reads[block].last_forward,
                        2 * net->n_nodes - reads[block].first_backward);
}

/* Whether the gradient of input k of node i can be the node's own, which the node leaves as it is
 * (dz of a normalization with a residual): nobody may add to it before the layer that makes its own
 * gradient of dz when it reads it. */
static bool shares_gradient(const struct bm_net *net, int i, int k)
{
    const struct bm_node *node = &net->nodes[i];
    if (!node->is_d_read_raw || k == 0)
        return false;
    for (int reader = node->inputs[0]; reader < i; reader++)
        for (int r = 0; r < net->nodes[reader].n_inputs; r++)
            if (net->nodes[reader].inputs[r] == node->inputs[k])
                return false;
    return true;
}

/* The gradient of input k of a node: the first node that runs backward writes it, later ones add.
 * It may lie over the node's own output's gradient, which nobody reads afterwards, unless that is
 * the caller's or has been given to another input. */
static void plan_gradient(struct bm_net *net, int i, int k, const struct readers *readers,
                          bool *given)
{
    struct bm_node *node = &net->nodes[i];
    int x = node->inputs[k];
    struct bm_node *input = &net->nodes[x];
    if (x == 0)
        return; /* nobody wants the gradient of the images */
    node->adds[k] = input->gradient >= 0;
    if (node->adds[k])
        return;
    bool in_place =
        node->layer->gradient_in_place && node->gradient >= 0 && readers[x].nodes == 1 && !*given;
    if (node->is_d_read_raw && k == 0) {
        input->gradient = node->gradient;
        *given = true;
    } else if (shares_gradient(net, i, k) || in_place) {
        input->gradient = node->gradient;
        *given = true;
    } else {
        size_t bytes = value_bytes(net, x, bm_net_element(net, x));
        input->gradient = bm_net_new_block(net, bytes, bm_net_backward_time(net, i));
    }
    used_at(net, input->gradient, bm_net_backward_time(net, x));
}

static void plan_gradients(struct bm_net *net, const struct readers *readers)
{
    for (int i = net->n_nodes - 1; i > 0; i--) {
        bool given = false;
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            plan_gradient(net, i, k, readers, &given);
    }
}

/* Large workspaces are needed where few values are alive, so they often cost nothing. */
static void plan_workspaces(struct bm_net *net)
{
    for (int i = 1; i < net->n_nodes; i++) {
        struct bm_node *node = &net->nodes[i];
        if (node->workspace == 0)
            continue;
        size_t forward = node->forward_workspace > 0 ? node->forward_workspace : node->workspace;
        node->workspaces[0] = bm_net_new_block(net, forward, i);
        node->workspaces[1] = bm_net_new_block(net, node->workspace, bm_net_backward_time(net, i));
    }
}

/* Blocks in a pass that keeps nothing for a backward one and shows each tap to the caller as soon
 * as its node has run: values, all of them reals, and what normalizations hand on live until their
 * last reader. */
static void plan_watch(struct bm_net *net)
{
    struct bm_block blocks[BM_MOST_BLOCKS];
    for (int b = 0; b < net->n_blocks; b++) {
        int first = net->blocks[b].first;
        size_t size = first < net->n_nodes ? net->blocks[b].size : 0; /* those of backward: 0 */
        blocks[b] = (struct bm_block){.size = size, .first = first, .last = first};
    }
    for (int i = 1; i < net->n_nodes; i++) {
        int read[] = {net->nodes[i].value, net->nodes[i].saved_block, -1, -1, -1, -1};
        for (int k = 0; k < net->nodes[i].n_inputs; k++) {
            const struct bm_node *input = &net->nodes[net->nodes[i].inputs[k]];
            read[2 + 2 * k] = input->value;
            read[3 + 2 * k] = input->saved_block;
        }
        for (size_t r = 0; r < sizeof read / sizeof *read; r++)
            if (read[r] >= 0 && blocks[read[r]].last < i)
                blocks[read[r]].last = i;
    }
    for (int k = 0; k < net->n_kept; k++)
        blocks[net->kept_values[k].packed].size = 0;
    for (int i = 1; i < net->n_nodes; i++) {
        const struct bm_node *node = &net->nodes[i];
        blocks[node->value].size = value_bytes(net, i, BM_ELEMENT_REAL);
        if (node->unpacked[0] >= 0)
            blocks[node->unpacked[0]].size = 0;
    }
    net->watch_planned = bm_plan(blocks, (size_t)net->n_blocks);
    for (int b = 0; b < net->n_blocks; b++)
        net->watch_offset[b] = blocks[b].offset;
}

void bm_net_end(struct bm_net *net)
{
    struct readers readers[BM_MOST_NODES] = {0};
    assert(net->n_nodes > 1);
    count_readers(net, readers);
    bm_net_fuse(net);
    plan_values(net, readers);
    plan_gradients(net, readers);
    plan_workspaces(net);
    for (int i = 1; i < net->n_nodes; i++)
        bm_net_plan_unpacked(net, i);
    net->planned = bm_plan(net->blocks, (size_t)net->n_blocks);
    plan_watch(net);
    if (net->planned < net->watch_planned)
        net->planned = net->watch_planned;
    net->err = NULL;
}

/* Bytes of the gradients that exist at a time: all, or those that the neediest node makes before
 * they are used up. */
static size_t gradient_bytes(const struct bm_net *net, enum bm_gradients gradients)
{
    size_t most = 0;
    if (gradients == BM_KEEP_GRADIENTS)
        return net->n_parameters * sizeof(bm_real);
    for (int i = 0; i < net->n_nodes; i++) {
        size_t piece = gradients == BM_UPDATE_AT_ONCE ? net->nodes[i].piece : 0;
        size_t elements = piece > 0 ? piece : bm_net_node_parameters(net, i);
        most = elements > most ? elements : most;
    }
    return most * sizeof(bm_real);
}

static struct bm_net_memory carve(const struct bm_net *net, enum bm_gradients gradients,
                                  struct bm_arena *arena)
{
    struct bm_net_memory memory;
    memory.parameters = bm_arena_take(arena, net->n_parameters * sizeof(bm_real));
    memory.gradients = bm_arena_take(arena, gradient_bytes(net, gradients));
    memory.states = bm_arena_take(arena, net->n_states * sizeof(bm_real));
    memory.blocks = bm_arena_take(arena, net->planned);
    return memory;
}

size_t bm_net_memory(const struct bm_net *net, enum bm_gradients gradients)
{
    struct bm_arena count = {0};
    carve(net, gradients, &count);
    return count.used;
}

size_t bm_net_spare_bytes(const struct bm_net *net)
{
    size_t kept = bm_arena_need(net->watch_planned);
    return net->planned > kept ? net->planned - kept : 0;
}

void *bm_net_spare(struct bm_net *net)
{
    return net->memory.blocks + bm_arena_need(net->watch_planned);
}

int bm_net_plan(struct bm_net *net, enum bm_gradients gradients, struct bm_err *err)
{
    if (bm_arena_init(&net->arena, bm_net_memory(net, gradients), "the network", err) != 0)
        return -1;
    net->gradients = gradients;
    net->memory = carve(net, gradients, &net->arena);
    return 0;
}
