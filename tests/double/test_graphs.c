/* Graphs whose values have several readers, against central differences: what the engine shares,
 * overwrites and accumulates must not change any gradient. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hash.h"
#include "nn/net.h"

enum { BATCH = 2 };
static const struct bm_shape images = {5, 4, 2};

static int conv_bn(struct bm_net *net, int x, int kernel, int stride, const char *name)
{
    return bm_net_batchnorm(net, bm_net_conv(net, x, 3, kernel, stride, name), true, name);
}

static int conv_bn_relu(struct bm_net *net, int x, const char *name)
{
    return bm_net_relu(net, conv_bn(net, x, 3, 1, name));
}

static int identity_block(struct bm_net *net)
{
    int x = conv_bn_relu(net, 0, "a");
    int y = conv_bn(net, conv_bn_relu(net, x, "b"), 3, 1, "c");
    return bm_net_relu(net, bm_net_add(net, y, x));
}

static int strided_block(struct bm_net *net)
{
    int x = conv_bn_relu(net, 0, "a");
    int y = conv_bn(net, x, 3, 2, "b");
    return bm_net_relu(net, bm_net_add(net, y, conv_bn(net, x, 1, 2, "c")));
}

static int two_blocks(struct bm_net *net)
{
    int x = identity_block(net);
    int y = conv_bn(net, conv_bn_relu(net, x, "d"), 3, 1, "e");
    return bm_net_relu(net, bm_net_add(net, x, y));
}

static int sum_with_itself(struct bm_net *net)
{
    int x = conv_bn(net, 0, 3, 1, "a");
    return bm_net_relu(net, bm_net_add(net, x, x));
}

static int relu_beside_its_input(struct bm_net *net)
{
    int x = conv_bn(net, 0, 3, 1, "a");
    return bm_net_add(net, bm_net_relu(net, x), x);
}

static int sum_of_sums(struct bm_net *net)
{
    int x = bm_net_conv(net, 0, 3, 1, 1, "a");
    int y = bm_net_conv(net, x, 3, 3, 1, "b");
    int z = bm_net_add(net, x, y);
    return bm_net_add(net, bm_net_add(net, z, bm_net_relu(net, y)), x);
}

static int sum_of_relus(struct bm_net *net)
{
    int x = bm_net_relu(net, bm_net_conv(net, 0, 3, 3, 1, "a"));
    return bm_net_add(net, x, bm_net_relu(net, bm_net_conv(net, 0, 3, 3, 1, "b")));
}

static int batchnorm_at_the_end(struct bm_net *net)
{
    return conv_bn(net, conv_bn_relu(net, 0, "a"), 3, 2, "b");
}

static const struct graph {
    const char *name;
    int (*build)(struct bm_net *net);
    bool bare; /* the graph's last node is the output, not a linear layer behind it */
} graphs[] = {
    {"identity block", identity_block, false},
    {"identity block, bare", identity_block, true},
    {"strided block", strided_block, false},
    {"two blocks", two_blocks, false},
    {"sum with itself", sum_with_itself, false},
    {"ReLU beside its input", relu_beside_its_input, false},
    {"sum of sums", sum_of_sums, false},
    {"sum of sums, bare", sum_of_sums, true},
    {"sum of ReLUs", sum_of_relus, false},
    {"BatchNorm at the end", batchnorm_at_the_end, true},
};
enum { N_GRAPHS = sizeof graphs / sizeof *graphs };

struct run {
    struct bm_net *net;
    double *x, *d_output; /* owned */
    size_t n_out;
};

static double *hashed(uint64_t tensor, size_t n, double mean)
{
    double *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = hash_value(tensor, i) + mean;
    return values;
}

/* Gives every block memory of its own. */
static void lay_apart(struct bm_net *net)
{
    net->planned = 0;
    for (int b = 0; b < net->n_blocks; b++) {
        net->blocks[b].offset = net->planned;
        net->planned += bm_arena_need(net->blocks[b].size);
    }
}

static struct run run_of(const struct graph *graph, bool apart)
{
    struct run run = {.net = bm_net_begin(images, BATCH, NULL)};
    int last = graph->build(run.net);
    if (!graph->bare)
        last = bm_net_linear(run.net, bm_net_global_pool(run.net, last), 4, "output");
    bm_net_end(run.net);
    if (apart)
        lay_apart(run.net);
    assert_int_equal(bm_net_plan(run.net, NULL), 0);
    run.n_out = BATCH * bm_shape_size(run.net->nodes[last].out);
    run.x = hashed(1, BATCH * bm_shape_size(images), 0);
    run.d_output = hashed(2, run.n_out, 0);
    double *parameters = hashed(3, run.net->n_parameters, 0.1);
    memcpy(run.net->parameters, parameters, run.net->n_parameters * sizeof *parameters);
    free(parameters);
    return run;
}

static void run_fini(struct run *run)
{
    bm_net_free(run->net);
    free(run->x);
    free(run->d_output);
}

static double loss_of(struct run *run)
{
    const double *output = bm_net_forward(run->net, run->x, BATCH, BM_TRAIN);
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
        struct run run = run_of(&graphs[g], false);
        loss_of(&run);
        bm_net_backward(run.net, run.x, run.d_output, BATCH);
        double error = 0, norm = 0;
        for (size_t i = 0; i < run.net->n_parameters; i++) {
            double *p = &run.net->parameters[i], value = *p;
            *p = value + h;
            double above = loss_of(&run);
            *p = value - h;
            double below = loss_of(&run);
            *p = value;
            double quotient = (above - below) / (2 * h);
            error += pow(run.net->gradients[i] - quotient, 2);
            norm += quotient * quotient;
        }
        if (!(error < 1e-12 * norm))
            fail_msg("%s: %.1e", graphs[g].name, sqrt(error / norm));
        run_fini(&run);
    }
}

/* Memory that is used again changes no bit. */
static void sharing_memory_changes_nothing(void **state)
{
    (void)state;
    for (size_t g = 0; g < N_GRAPHS; g++) {
        struct run shared = run_of(&graphs[g], false), apart = run_of(&graphs[g], true);
        size_t bytes = shared.net->n_parameters * sizeof(double);
        for (int step = 0; step < 2; step++) {
            assert_true(loss_of(&shared) == loss_of(&apart));
            bm_net_backward(shared.net, shared.x, shared.d_output, BATCH);
            bm_net_backward(apart.net, apart.x, apart.d_output, BATCH);
            assert_memory_equal(shared.net->gradients, apart.net->gradients, bytes);
        }
        assert_true(shared.net->planned < apart.net->planned);
        run_fini(&shared);
        run_fini(&apart);
    }
}

/* Evaluates a network whose tap, before a ReLU, nobody else reads later on. */
static void tap_before_relu(bool apart, float features[BATCH * 60])
{
    struct bm_net *net = bm_net_begin(images, BATCH, NULL);
    int x = bm_net_conv(net, 0, 3, 3, 1, "a");
    bm_net_tap(net, x, "before");
    x = bm_net_relu(net, x);
    for (int i = 0; i < 3; i++)
        x = bm_net_relu(net, bm_net_conv(net, x, 3, 3, 1, "more"));
    bm_net_end(net);
    if (apart)
        lay_apart(net);
    assert_int_equal(bm_net_plan(net, NULL), 0);
    bm_net_init(net, 1);
    double *values = hashed(1, BATCH * bm_shape_size(images), 0);
    bm_net_forward(net, values, BATCH, BM_EVAL);
    assert_int_equal(bm_net_tap_dimension(net, 0, 0), 60);
    bm_net_tap_features(net, 0, 0, BATCH, features, 60);
    free(values);
    bm_net_free(net);
}

static void tapped_values_live_until_the_end(void **state)
{
    (void)state;
    float shared[BATCH * 60], apart[BATCH * 60];
    tap_before_relu(false, shared);
    tap_before_relu(true, apart);
    assert_memory_equal(shared, apart, sizeof shared);
    int negative = 0;
    for (size_t i = 0; i < BATCH * 60; i++)
        negative += shared[i] < 0;
    assert_true(negative > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backward_is_the_derivative),
        cmocka_unit_test(sharing_memory_changes_nothing),
        cmocka_unit_test(tapped_values_live_until_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
