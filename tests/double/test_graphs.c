/* Graphs whose values have several readers or whose normalizations are done by their neighbours,
 * against central differences: what the engine shares, overwrites, accumulates and fuses must not
 * change any gradient. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "graph_cases.h"
#include "vectors.h"

/* Gives every block memory of its own. */
static void lay_apart(struct bm_net *net)
{
    net->planned = 0;
    for (int b = 0; b < net->n_blocks; b++) {
        net->blocks[b].offset = net->planned;
        net->planned += bm_arena_need(net->blocks[b].size);
    }
}

static struct graph_run run_of(const struct graph *graph, bool apart)
{
    struct bm_net *net = graph_net(graph, 2);
    if (apart)
        lay_apart(net);
    return graph_run_of(graph, net);
}

static double loss_of(struct graph_run *run)
{
    const double *output = graph_forward(run, BM_TRAIN);
    double sum = 0;
    for (size_t i = 0; i < run->n_out; i++)
        sum += output[i] * run->d_output[i];
    return sum;
}

static void backward_is_the_derivative(void **state)
{
    (void)state;
    const double h = 1e-5;
    for (size_t g = 0; g < N_GRAPHS; g++) {
        if (graph_is_large(&graphs[g]))
            continue;
        struct graph_run run = run_of(&graphs[g], false);
        loss_of(&run);
        graph_backward(&run);
        double error = 0, norm = 0;
        for (size_t i = 0; i < run.net->n_parameters; i++) {
            double *p = &run.net->memory.parameters[i], value = *p;
            *p = value + h;
            double above = loss_of(&run);
            *p = value - h;
            double below = loss_of(&run);
            *p = value;
            double quotient = (above - below) / (2 * h);
            error += pow(run.net->memory.gradients[i] - quotient, 2);
            norm += quotient * quotient;
        }
        if (!(error < 1e-12 * norm))
            fail_msg("%s: %.1e", graphs[g].name, sqrt(error / norm));
        graph_run_fini(&run);
    }
}

/* Memory that is used again changes no bit. */
static void sharing_memory_changes_nothing(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GRAPHS; g++) {
        struct graph_run shared = run_of(&graphs[g], false), apart = run_of(&graphs[g], true);
        size_t bytes = shared.net->n_parameters * sizeof(double);
        for (int step = 0; step < 2; step++) {
            assert_true(loss_of(&shared) == loss_of(&apart));
            graph_backward(&shared);
            graph_backward(&apart);
            assert_memory_equal(shared.net->memory.gradients, apart.net->memory.gradients, bytes);
        }
        assert_true(shared.net->planned < apart.net->planned);
        graph_run_fini(&shared);
        graph_run_fini(&apart);
    }
}

enum { TAP_BATCH = 2, TAP_VALUES = TAP_BATCH * 60 };

/* Evaluates a network whose tap, before a ReLU, nobody else reads later on. */
static void tap_before_relu(bool apart, float features[TAP_VALUES])
{
    static const struct bm_shape images = {5, 4, 2};
    struct bm_net *net = bm_net_begin(images, TAP_BATCH, BM_CONV_AUTO, NULL);
    int x = bm_net_conv(net, 0, 3, 3, 1, "a");
    bm_net_tap(net, x, "before");
    x = bm_net_relu(net, x);
    for (int i = 0; i < 3; i++)
        x = bm_net_relu(net, bm_net_conv(net, x, 3, 3, 1, "more"));
    bm_net_end(net);
    if (apart)
        lay_apart(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, 1);
    double *values = graph_values(1, TAP_BATCH * bm_shape_size(images), 0);
    bm_net_forward(net, values, TAP_BATCH, BM_EVAL);
    assert_int_equal(bm_net_tap_dimension(net, 0, 0), 60);
    bm_net_tap_features(net, 0, 0, TAP_BATCH, features, 60);
    free(values);
    bm_net_free(net);
}

static void tapped_values_live_until_the_end(void **state)
{
    (void)state;
    float shared[TAP_VALUES], apart[TAP_VALUES];
    tap_before_relu(false, shared);
    tap_before_relu(true, apart);
    assert_memory_equal(shared, apart, sizeof shared);
    int negative = 0;
    for (size_t i = 0; i < TAP_VALUES; i++)
        negative += shared[i] < 0;
    assert_true(negative > 30);
}

/* For tests/unit/test_graphs_float.c: outputs, gradients, evaluated outputs. */
static int dump(void)
{
    for (size_t g = 0; g < N_GRAPHS; g++) {
        struct graph_run run = run_of(&graphs[g], false);
        print_vector(graph_forward(&run, BM_TRAIN), run.n_out);
        graph_backward(&run);
        for (int t = 0; t < run.net->n_tensors; t++)
            if (run.net->tensors[t].trained)
                print_vector(run.net->memory.gradients + run.net->tensors[t].offset,
                             bm_tensor_size(&run.net->tensors[t]));
        print_vector(graph_forward(&run, BM_EVAL), run.n_out);
        graph_run_fini(&run);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--dump") == 0)
        return dump();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backward_is_the_derivative),
        cmocka_unit_test(sharing_memory_changes_nothing),
        cmocka_unit_test(tapped_values_live_until_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
