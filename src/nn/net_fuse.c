/* Which passes of batch normalizations are done by their neighbours: pure decisions on the finished
 * graph. And the whole story of normalizations, whose parts are in many files:
 *
 *     z = (x - mean) inverse,  y = relu(scale z + bias + residual)
 *
 * is little arithmetic on every pixel, so memory bounds it. By itself it takes four passes over
 * memory. The convolutions around it have the same pixels in the cache already; they make the
 * passes as the prologue of reading an input and as the epilogue of an output, and normalized
 * values and their gradients never exist in memory:
 *
 *     pass           made by                                      where              flag
 *     moments of x   who writes x, of what it writes              it alone reads x   is_summed
 *     y              all who read y, of what they read            all of them can    is_read_raw
 *     dz, its sums   who writes last into dy, of what it writes   it can             completed_by
 *     dx             who wrote x, of the dz it reads as its dy    it alone reads x   is_d_read_raw
 *
 * where dz is dy behind the ReLU, and its sums those of dz and of dz (x - shift). A layer says that
 * it can in struct bm_layer (serves_norms, normalizes). What becomes of it:
 *
 * - net_plan.c: y of a normalization that is read raw lies where x does, and dx that is made by its
 *   reader where dz does, which has taken the place of dy. A residual changes that on one side: the
 *   sign behind the ReLU is not to be made again of x alone, so y exists; and the gradient of the
 *   residual is dz itself, shared where nobody adds to it.
 * - net_run.c hands each call its prologues and its epilogue (struct bm_prologue, bm_epilogue).
 * - layer/conv_padded.c makes the passes for the paths of the convolution, a few images at a time;
 *   layer/conv_pointwise_copies.c for 1x1 kernels, some rows at a time.
 *   A normalization that adds a residual can read that raw as well (a shortcut's).
 * - layer/batchnorm.c makes what is one value a channel: of moments (in evaluation: of running
 *   statistics) the shift, factor and bias that readers use; of the sums the gradients of scale and
 *   bias, and the offset and slope that dx is made with. And the passes that no neighbour makes.
 * - moments.h says how moments are summed without cancellation, kernel/norm.c and norm_d.c have the
 * loops.
 * - net_tap.c normalizes what it reads, as readers do.
 *
 * None of it changes a value by more than rounding. */
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
        int input = norm->inputs[0], writer = last_writer(net, i);
        bool is_alone = serves_norms(net, input) && count_reads(net, input) == 1;
        bool has_gradient = writer >= 0; /* of its own, not the caller's */
        if (is_alone)
            net->nodes[input].epilogue_norm = i;
        norm->is_summed = is_alone;
        bool adds_images = norm->n_inputs > 1 && norm->inputs[1] == 0;
        norm->is_d_read_raw = is_alone && has_gradient && !adds_images;
        norm->is_read_raw = norm->n_inputs == 1 && input > 0 && readers_normalize(net, i);
        /* The images may be of other elements than what is made of them (net_passed.c). */
        norm->completed_by = input > 0 && serves_norms(net, writer) ? writer : -1;
    }
}
