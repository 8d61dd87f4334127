/* Threads that work on one chunk of a Winograd convolution together, as they do where weights are
 * large: values and gradients have the bits that one thread makes, and no thread has V, M or dU for
 * itself. */
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

/* Maps of one tile, in groups of an odd number of images, so that shares begin within no pair; in
 * several chunks, and the last with fewer images. */
enum { IMAGES = 331, SIDE = 4, CHANNELS = 256, CONV = 2, MOST_STRIDE = 2 };
enum {
    N_X = IMAGES * SIDE * SIDE * MOST_STRIDE * MOST_STRIDE * CHANNELS,
    N_Y = IMAGES * SIDE * SIDE * CHANNELS,
    N_W = 9 * CHANNELS * CHANNELS
};

/* A convolution whose input has a gradient. */
static struct bm_net *net_of(int stride, int threads, enum bm_precision precision)
{
    int side = SIDE * stride;
    struct bm_net *net =
        bm_net_begin((struct bm_shape){side, side, CHANNELS}, IMAGES, BM_CONV_WINOGRAD, NULL);
    net->threads = threads;
    bm_net_compute_in(net, precision);
    assert_int_equal(bm_net_conv(net, bm_net_relu(net, 0), CHANNELS, 3, stride, "c"), CONV);
    bm_net_end(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, 1);
    return net;
}

static struct results {
    bm_real y[N_Y], dx[N_X], dw[N_W];
    size_t n_x;
} alone, together;

static void run(int stride, int threads, enum bm_precision precision, const bm_real *x,
                struct results *results)
{
    static bm_real d_output[N_Y];
    struct bm_net *net = net_of(stride, threads, precision);
    const struct bm_node *conv = &net->nodes[CONV];
    results->n_x = IMAGES * bm_shape_size(conv->in);
    for (size_t i = 0; i < N_Y; i++)
        d_output[i] = x[N_X - 1 - i];
    memcpy(results->y, bm_net_forward(net, x, IMAGES, BM_TRAIN), sizeof results->y);
    bm_net_backward_node(net, CONV, x, d_output, IMAGES, NULL);
    memcpy(results->dx, bm_net_block(net, net->nodes[conv->inputs[0]].gradient),
           results->n_x * sizeof(bm_real));
    memcpy(results->dw, bm_net_gradient_data(net), sizeof results->dw);
    bm_net_free(net);
}

/* Sums whose order follows from the size of chunks: see test_chunks.c. */
static bool are_near(const bm_real *a, const bm_real *b, size_t n)
{
    bm_real largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(a[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(a[i] - b[i]) <= 1e-5F * largest)) /* NaN is not near */
            return false;
    return largest > 0;
}

static void compare(int stride, int threads, enum bm_precision precision)
{
    bool is_exact = stride == 1 && precision == BM_PRECISION_FP32;
    const char *what = memcmp(alone.y, together.y, sizeof alone.y) != 0 ? "output"
                       : memcmp(alone.dx, together.dx, alone.n_x * sizeof *alone.dx) != 0
                           ? "gradient of the input"
                       : is_exact && memcmp(alone.dw, together.dw, sizeof alone.dw) != 0
                           ? "gradient of the weights"
                       : !are_near(alone.dw, together.dw, N_W) ? "gradient of the weights"
                                                               : NULL;
    if (what != NULL)
        fail_msg("%s, stride %d, %d threads, precision %d: another %s", bm_isa(), stride, threads,
                 (int)precision, what);
}

static void check(int stride, enum bm_precision precision, const bm_real *x, int most_threads)
{
    run(stride, 1, precision, x, &alone);
    for (int threads = 2; threads <= most_threads; threads = 2 * threads - 1) {
        run(stride, threads, precision, x, &together);
        compare(stride, threads, precision);
    }
}

/* The best instruction set in all ways; others differ by the width of their panels alone. */
static void threads_change_no_bits(void **state)
{
    (void)state;
    bm_real *x = graph_values(1, N_X, 0);
    for (int stride = 1; stride <= MOST_STRIDE; stride++) {
        check(stride, BM_PRECISION_FP32, x, 5);
        check(stride, BM_PRECISION_BF16, x, 5);
    }
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        check(2, BM_PRECISION_FP32, x, 2);
    }
    free(x);
}

static void threads_share_memory(void **state)
{
    (void)state;
    const size_t padded = (size_t)3
                          << 18; /* images that each thread has for itself, three arrays */
    for (int stride = 1; stride <= MOST_STRIDE; stride++) {
        struct bm_net *few = net_of(stride, 1, BM_PRECISION_FP32);
        struct bm_net *many = net_of(stride, 8, BM_PRECISION_FP32);
        assert_true(bm_winograd_of(&many->nodes[CONV], 8, true).is_shared);
        assert_true(many->nodes[CONV].workspace <= few->nodes[CONV].workspace + 8 * padded);
        bm_net_free(few);
        bm_net_free(many);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_change_no_bits),
                                       cmocka_unit_test(threads_share_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
