/* Building: nodes, tensors and taps, from an architecture's description to a finished graph. What
 * a layer's node looks like is written beside the layer; where its memory lies, in net_plan.c. */
#include "net.h"

#include <assert.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bm_net_node(struct bm_net *net, const struct bm_layer *layer, int n_inputs, const int *inputs,
                struct bm_shape out, size_t detail_size)
{
    for (int k = 0; k < n_inputs; k++)
        if (inputs[k] < 0)
            return -1;
    if (net->n_nodes == BM_MOST_NODES)
        return bm_fail(net->err, BM_EXIT_DATA, "the network has more than %d nodes", BM_MOST_NODES);
    /* OpenBLAS counts in int. */
    double pixels = (double)net->batch * out.height * out.width;
    double values = (double)out.height * out.width * out.channels;
    if (pixels > INT_MAX || values > INT_MAX)
        return bm_fail(net->err, BM_EXIT_DATA,
                       "%d images of %d x %d x %d values are too large for a layer: choose a "
                       "smaller batch_size, width or image_size",
                       net->batch, out.height, out.width, out.channels);
    struct bm_node node = {.layer = layer,
                           .n_inputs = n_inputs,
                           .out = out,
                           .w = net->n_parameters,
                           .state = net->n_states,
                           .tensors = net->n_tensors,
                           .value = -1,
                           .backward_value = -1,
                           .gradient = -1,
                           .saved_block = -1,
                           .workspaces = {-1, -1},
                           .unpacked = {-1, -1},
                           .completed_by = -1,
                           .epilogue_norm = -1};
    for (int k = 0; k < n_inputs; k++)
        node.inputs[k] = inputs[k];
    if (n_inputs > 0)
        node.in = net->nodes[inputs[0]].out;
    if (detail_size > 0 && (node.detail = calloc(1, detail_size)) == NULL)
        return bm_fail_errno(net->err, "no memory for a layer");
    net->nodes[net->n_nodes] = node;
    return net->n_nodes++;
}

static struct bm_tensor *add_tensor(struct bm_net *net, const char *layer, const char *what,
                                    struct bm_tensor tensor)
{
    assert(net->n_tensors < BM_MOST_TENSORS);
    struct bm_tensor *added = &net->tensors[net->n_tensors++];
    *added = tensor;
    snprintf(added->name, sizeof added->name, "%s.%s", layer, what);
    return added;
}

void bm_net_parameter(struct bm_net *net, const char *layer, const char *what,
                      struct bm_tensor tensor)
{
    struct bm_tensor *added = add_tensor(net, layer, what, tensor);
    added->trained = true;
    added->offset = net->n_parameters;
    net->n_parameters += bm_tensor_size(added);
}

void bm_net_state(struct bm_net *net, const char *layer, const char *what, struct bm_tensor tensor)
{
    struct bm_tensor *added = add_tensor(net, layer, what, tensor);
    added->trained = false;
    added->offset = net->n_states;
    net->n_states += bm_tensor_size(added);
}

void bm_net_scale_and_shift(struct bm_net *net, const char *layer, int channels)
{
    struct bm_tensor scale = {.n_dims = 1, .out = channels, .in = 1, .height = 1, .width = 1},
                     shift = scale;
    scale.initial = BM_ONES;
    shift.initial = BM_ZEROS;
    bm_net_parameter(net, layer, "weight", scale);
    bm_net_parameter(net, layer, "bias", shift);
}

int bm_net_input(struct bm_net *net)
{
    (void)net;
    return 0;
}

void bm_net_tap(struct bm_net *net, int node, const char *name)
{
    if (node < 0)
        return;
    assert(net->n_taps < BM_MOST_TAPS);
    struct bm_net_tap *tap = &net->taps[net->n_taps++];
    tap->node = node;
    snprintf(tap->name, sizeof tap->name, "%s", name);
}

/* The second cache of a core and its part of the third have 4 to 5 MiB on most nodes. It is the
 * same number everywhere, so that memory and sums are, too: what a virtual machine says of its
 * caches is seldom true, and a trainer that has more loses nothing that could be measured. */
static const size_t CACHE = 5 << 20;

/* Layers give every thread a part of the work, so they must get as many as they ask for. */
static int threads_to_get(void)
{
    int most = omp_get_thread_limit(), threads = omp_get_max_threads();
    omp_set_dynamic(0);
    return threads < most ? threads : most;
}

struct bm_net *bm_net_begin(struct bm_shape input, int batch, enum bm_conv_path conv,
                            struct bm_err *err)
{
    struct bm_net *net = calloc(1, sizeof *net);
    if (net == NULL) {
        bm_fail_errno(err, "no memory for a network");
        return NULL;
    }
    net->batch = batch;
    net->conv = conv;
    net->threads = threads_to_get();
    net->cache = net->streamed_from = CACHE;
    net->err = err;
    if (bm_net_node(net, NULL, 0, NULL, input, 0) < 0) {
        bm_net_free(net);
        return NULL;
    }
    return net;
}

void bm_net_compute_in(struct bm_net *net, enum bm_precision precision)
{
    net->precision = precision;
}

bool bm_net_rounds_products(const struct bm_net *net)
{
    bool any = false;
    for (int i = 1; i < net->n_nodes; i++)
        any |= net->nodes[i].rounds_products;
    return any;
}

void bm_net_store_as(struct bm_net *net, enum bm_stored stored)
{
    net->kept = stored == BM_STORED_BF16 ? BM_ELEMENT_BF16 : BM_ELEMENT_REAL;
    net->passed = stored == BM_STORED_BF16_ALL ? BM_ELEMENT_BF16 : BM_ELEMENT_REAL;
}

void bm_net_free(struct bm_net *net)
{
    if (net == NULL)
        return;
    for (int i = 0; i < net->n_nodes; i++)
        free(net->nodes[i].detail);
    bm_arena_fini(&net->arena);
    free(net);
}
