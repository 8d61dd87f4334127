/* Values and gradients that layers pass on in 16 bits. A network that does is compared, bit for bit
 * where it sums what it has not yet rounded, with one that passes reals, each of which is rounded
 * where it lies as soon as a layer has written it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "graph_cases.h"
#include "nn/layer/conv.h"
#include "rounded.h"

/* What is stored in 16 bits in one network is rounded where it lies in the other, whose nodes are
 * the same and which stores reals: each value behind the node that writes it, and each gradient
 * behind each node that writes it or adds to it. */
static void round_block(const struct bm_net *plain, const struct bm_net *packed, int node,
                        int block)
{
    bm_real *values = bm_net_block(plain, block);
    if (bm_net_element(packed, node) == BM_ELEMENT_REAL || values == NULL)
        return;
    for (size_t v = 0; v < BATCH * bm_shape_size(plain->nodes[node].out); v++)
        values[v] = rounded(values[v]);
}

static void step_with_rounding(struct graph_run *plain, const struct bm_net *packed)
{
    struct bm_net *net = plain->net;
    bm_real *d_output = malloc(plain->n_out * sizeof *d_output);
    memcpy(d_output, plain->d_output, plain->n_out * sizeof *d_output);
    for (int i = 1; i < net->n_nodes; i++) {
        bm_net_forward_node(net, i, plain->x, BATCH, BM_TRAIN);
        round_block(net, packed, i, net->nodes[i].value);
    }
    for (int i = net->n_nodes - 1; i > 0; i--) {
        bm_net_backward_node(net, i, plain->x, d_output, BATCH, NULL);
        for (int k = 0; k < net->nodes[i].n_inputs; k++) {
            int x = net->nodes[i].inputs[k];
            round_block(net, packed, x, net->nodes[x].gradient);
        }
    }
    free(d_output);
}

/* Evaluations are in reals. */
static void check_evaluations(struct graph_run *packed, struct graph_run *plain)
{
    size_t bytes = plain->n_out * sizeof(bm_real);
    assert_memory_equal(bm_net_watch(packed->net, packed->x, BATCH, -1, graph_no_tap, NULL),
                        bm_net_watch(plain->net, plain->x, BATCH, -1, graph_no_tap, NULL), bytes);
    assert_memory_equal(graph_forward(packed, BM_CALIBRATE), graph_forward(plain, BM_CALIBRATE),
                        bytes);
    assert_memory_equal(graph_forward(packed, BM_EVAL), graph_forward(plain, BM_EVAL), bytes);
}

/* Where a 1x1 convolution skips pixels, sums for the normalization before it are of the gradient as
 * it is stored, elsewhere of what is rounded afterwards. */
static bool sums_what_is_rounded(const struct bm_net *net)
{
    for (int i = 1; i < net->n_nodes; i++) {
        const struct conv *conv = net->nodes[i].detail;
        bool is_conv = strcmp(net->nodes[i].layer->name, "conv") == 0;
        if (is_conv && conv->kind == CONV_POINTWISE && conv->stride > 1)
            return true;
    }
    return false;
}

/* In float, products of what is packed are sums of those of its parts. */
static double error_allowed(const struct bm_net *packed, const struct graph *graph)
{
    bool adds_parts = graph == &wide && packed->precision == BM_PRECISION_FP32;
    return adds_parts || sums_what_is_rounded(packed) ? 0.15 : 0;
}

/* Whether rounding has changed gradients at all. */
static bool check_graph(const struct graph *graph, int threads, enum bm_precision precision)
{
    struct graph_run plain =
        graph_run_of(graph, graph_net_with(graph, threads, BM_STORED_FP32, precision));
    struct graph_run packed =
        graph_run_of(graph, graph_net_with(graph, threads, BM_STORED_BF16_ALL, precision));
    size_t n = plain.net->n_parameters;
    bm_real *exact = malloc(n * sizeof *exact), *rounding = plain.net->memory.gradients;
    check_evaluations(&packed, &plain);
    graph_forward(&plain, BM_TRAIN);
    graph_backward(&plain);
    memcpy(exact, rounding, n * sizeof *exact);
    step_with_rounding(&plain, packed.net);
    graph_forward(&packed, BM_TRAIN);
    graph_backward(&packed);
    double error = graph_distance(packed.net->memory.gradients, rounding, n);
    double change = graph_distance(exact, rounding, n);
    if (!(error <= error_allowed(packed.net, graph) * change))
        fail_msg("%s, %d threads: gradients are off by %g of those of rounded values", graph->name,
                 threads, error);
    graph_run_fini(&plain);
    graph_run_fini(&packed);
    free(exact);
    return change > 0;
}

static void gradients_are_those_of_rounded_values(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (size_t g = 0; g < N_GRAPHS; g++)
            for (int threads = 1; threads <= 3; threads += 2)
                if (!check_graph(&graphs[g], threads, BM_PRECISION_FP32) &&
                    graphs[g].build != plain_stem)
                    fail_msg("%s: nothing is stored", graphs[g].name);
    }
}

static void wide_layers_work_by_parts(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (int threads = 1; threads <= 3; threads += 2) {
            assert_true(check_graph(&wide, threads, BM_PRECISION_FP32));
            assert_true(check_graph(&wide, threads, BM_PRECISION_BF16));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_rounded_values),
        cmocka_unit_test(wide_layers_work_by_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
