/* Which normalizations are done by their neighbours, so that they need no passes over memory and no
 * memory of their own (net.h says what is done by whom). Pure decisions on the finished graph. */
#include "net.h"

struct bm_norm bm_net_norm(const struct bm_net *net, int node)
{
    const struct bm_node *norm = &net->nodes[node];
    if (norm->layer == NULL || norm->layer->norm == NULL)
        return (struct bm_norm){0};
    return norm->layer->norm(norm, bm_net_block(net, norm->saved_block));
}

/* Reads of the node's output by others. */
static int count_reads(const struct bm_net *net, int node)
{
    int reads = 0;
    for (int i = node + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            reads += net->nodes[i].inputs[k] == node;
    return reads;
}

/* Whether every reader can normalize what it reads. */
static bool readers_normalize(const struct bm_net *net, int node)
{
    for (int i = node + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            if (net->nodes[i].inputs[k] == node && !(net->nodes[i].layer->normalizes >> k & 1))
                return false;
    return count_reads(net, node) > 0;
}

/* The node that writes last into the gradient of `node`: its first reader. */
static int last_writer(const struct bm_net *net, int node)
{
    for (int i = node + 1; i < net->n_nodes; i++)
        for (int k = 0; k < net->nodes[i].n_inputs; k++)
            if (net->nodes[i].inputs[k] == node)
                return i;
    return -1;
}

static bool serves_norms(const struct bm_net *net, int node)
{
    return node > 0 && net->nodes[node].layer->serves_norms;
}

void bm_net_fuse(struct bm_net *net)
{
    for (int i = 1; i < net->n_nodes; i++) {
        struct bm_node *norm = &net->nodes[i];
        if (norm->layer->norm == NULL)
            continue;
        int before = norm->inputs[0], writer = last_writer(net, i);
        bool is_alone = serves_norms(net, before) && count_reads(net, before) == 1;
        bool has_gradient = writer >= 0; /* of its own, not the caller's */
        if (is_alone)
            net->nodes[before].norm_behind = i;
        norm->is_summed = is_alone;
        norm->is_d_read_raw = is_alone && has_gradient;
        norm->is_read_raw = norm->n_inputs == 1 && before > 0 && readers_normalize(net, i);
        norm->completed_by = serves_norms(net, writer) ? writer : -1;
    }
}
