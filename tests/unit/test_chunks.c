/* How many images a Winograd convolution works on at a time follows from the cache, and must not
 * change a bit: neither of values, nor of the sums behind a normalization, nor of gradients, but
 * those of weights with stride 2. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "graph_cases.h"
#include "nn/layer/conv_winograd.h"

enum { IMAGES = 43, CHANNELS = 16 }; /* several groups a thread, and a part of one */

/* A map of 12 x 12, of 9 tiles, then one of 6 x 6, of 4. */
static struct bm_net *net_of(size_t cache, int threads, enum bm_precision precision)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){12, 12, 3}, IMAGES, BM_CONV_WINOGRAD, NULL);
    net->cache = cache;
    net->threads = threads;
    bm_net_compute_in(net, precision);
    int a = bm_net_conv(net, 0, CHANNELS, 3, 1, "a");
    int b = bm_net_conv(net, bm_net_batchnorm_relu(net, a, -1, "a_bn"), CHANNELS, 3, 1, "b");
    int c = bm_net_conv(net, bm_net_batchnorm_relu(net, b, -1, "b_bn"), CHANNELS, 3, 2, "c");
    bm_net_global_pool(net, bm_net_batchnorm_relu(net, c, -1, "c_bn"));
    bm_net_end(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, 1);
    return net;
}

/* What a step leaves: output, running statistics, gradients. */
struct step {
    bm_real output[IMAGES * CHANNELS], states[6 * CHANNELS], gradients[8192];
    size_t n_gradients;
};

static void run(struct bm_net *net, struct step *step)
{
    size_t n_in = IMAGES * bm_shape_size(net->nodes[0].out), n_states = bm_net_statistics(net);
    bm_real *x = graph_values(1, n_in, 0), *d_output = graph_values(2, IMAGES * CHANNELS, 0);
    step->n_gradients = bm_net_parameters(net);
    assert_true(step->n_gradients <= sizeof step->gradients / sizeof *step->gradients);
    assert_int_equal(n_states, sizeof step->states / sizeof *step->states);
    memcpy(step->output, bm_net_forward(net, x, IMAGES, BM_TRAIN), sizeof step->output);
    bm_net_backward(net, x, d_output, IMAGES);
    memcpy(step->states, bm_net_statistics_data(net), sizeof step->states);
    memcpy(step->gradients, bm_net_gradient_data(net), step->n_gradients * sizeof(bm_real));
    free(x);
    free(d_output);
}

/* How node `b` goes about it, a bit for each way: in one pass or two, with few images or many. */
static unsigned way_of(const struct bm_net *net)
{
    struct bm_winograd layout = bm_winograd_of(&net->nodes[3], net->threads, true);
    assert_int_equal(layout.images % layout.group, 0);
    assert_true(layout.group < IMAGES / 3);
    return 1U << ((layout.is_apart ? 2 : 0) + (layout.images > layout.group ? 1 : 0));
}

/* With stride 2 several positions of a patch have the same weights, whose gradients are summed
 * chunk by chunk: that alone depends on the chunks, by rounding. In bfloat16 two terms are added at
 * a time, the first two of a chunk and so on, whatever the stride. */
static bool are_equal(const struct bm_net *net, const struct bm_tensor *tensor, const bm_real *a,
                      const bm_real *b)
{
    bool is_summed_by_chunks = tensor->n_dims == 4 && (strcmp(tensor->name, "c.weight") == 0 ||
                                                       net->precision == BM_PRECISION_BF16);
    if (!is_summed_by_chunks)
        return memcmp(a, b, bm_tensor_size(tensor) * sizeof *a) == 0;
    return graph_is_near(a, b, bm_tensor_size(tensor));
}

static void compare(const struct bm_net *net, const struct step *usual, const struct step *other)
{
    assert_memory_equal(usual->output, other->output, sizeof usual->output);
    assert_memory_equal(usual->states, other->states, sizeof usual->states);
    for (int t = 0; t < net->n_tensors; t++) {
        const struct bm_tensor *tensor = &net->tensors[t];
        if (tensor->trained && !are_equal(net, tensor, usual->gradients + tensor->offset,
                                          other->gradients + tensor->offset))
            fail_msg("%s, %d threads, a cache of %zu bytes: another gradient of %s", bm_isa(),
                     net->threads, net->cache, tensor->name);
    }
}

static void check_threads(int threads, enum bm_precision precision)
{
    static const size_t caches[] = {5 << 20, 0, 1 << 10, 200 << 10, 640 << 10, 1 << 20, 1 << 30};
    static struct step usual, other;
    unsigned ways = 0;
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
        struct bm_net *net = net_of(caches[i], threads, precision);
        run(net, i == 0 ? &usual : &other);
        ways |= way_of(net);
        if (i > 0)
            compare(net, &usual, &other);
        bm_net_free(net);
    }
    assert_true((ways & 3) == 3 && (ways & 12) != 0); /* one pass: both; two passes */
}

static void chunks_change_no_bits(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (int threads = 1; threads <= 2; threads++) {
            check_threads(threads, BM_PRECISION_FP32);
            check_threads(threads, BM_PRECISION_BF16);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chunks_change_no_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
