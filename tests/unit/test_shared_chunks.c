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

/* Maps of one tile, so that groups are to be of an even number of images; in several chunks, and
 * the last with fewer images. */
enum { IMAGES = 331, SIDE = 4, CHANNELS = 256, CONV = 2, MOST_STRIDE = 2 };
enum {
    N_X = IMAGES * SIDE * SIDE * MOST_STRIDE * MOST_STRIDE * CHANNELS,
    N_Y = IMAGES * SIDE * SIDE * CHANNELS,
    N_W = 9 * CHANNELS * CHANNELS
};

/* A convolution whose input has a gradient. */
static struct bm_net *net_of(int batch, int stride, int threads, enum bm_precision precision)
{
    int side = SIDE * stride;
    struct bm_net *net =
        bm_net_begin((struct bm_shape){side, side, CHANNELS}, batch, BM_CONV_WINOGRAD, NULL);
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
    struct bm_net *net = net_of(IMAGES, stride, threads, precision);
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

static void compare(int stride, int threads, enum bm_precision precision)
{
    bool is_exact = stride == 1 && precision == BM_PRECISION_FP32; /* see test_chunks.c */
    const char *what = memcmp(alone.y, together.y, sizeof alone.y) != 0 ? "output"
                       : memcmp(alone.dx, together.dx, alone.n_x * sizeof *alone.dx) != 0
                           ? "gradient of the input"
                       : is_exact && memcmp(alone.dw, together.dw, sizeof alone.dw) != 0
                           ? "gradient of the weights"
                       : !graph_is_near(alone.dw, together.dw, N_W) ? "gradient of the weights"
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
    const size_t padded = (size_t)3 << 18; /* of each thread: three arrays of images */
    for (int stride = 1; stride <= MOST_STRIDE; stride++) {
        struct bm_net *few = net_of(IMAGES, stride, 1, BM_PRECISION_FP32);
        struct bm_net *many = net_of(IMAGES, stride, 8, BM_PRECISION_FP32);
        struct bm_net *small = net_of(24, stride, 1, BM_PRECISION_FP32);
        size_t alone_bytes = few->nodes[CONV].workspace, bytes = many->nodes[CONV].workspace;
        assert_int_equal(bm_winograd_of(&many->nodes[CONV], 8, true).team, 8);
        assert_true(bytes <= alone_bytes + 8 * padded);
        assert_true(small->nodes[CONV].workspace < alone_bytes - ((size_t)8 << 20));
        bm_net_free(few);
        bm_net_free(many);
        bm_net_free(small);
    }
}

/* ---- with normalizations, whose sums are those of threads ---- */

enum { FEW = 5 };

static int wide_bn_relu(struct bm_net *net, int x, int stride, const char *name, const char *bn)
{
    return bm_net_batchnorm_relu(net, bm_net_conv(net, x, CHANNELS, 3, stride, name), -1, bn);
}

/* Gradients of a step with fewer images than are planned for; owned by the caller. */
static bm_real *step(int threads, enum bm_stored stored, const bm_real *x, size_t *n)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){2 * SIDE, 2 * SIDE, CHANNELS}, 3 * FEW,
                                      BM_CONV_WINOGRAD, NULL);
    net->threads = threads;
    bm_net_store_as(net, stored);
    int a = wide_bn_relu(net, 0, 1, "a", "a_bn");
    bm_net_global_pool(net,
                       wide_bn_relu(net, wide_bn_relu(net, a, 2, "b", "b_bn"), 1, "c", "c_bn"));
    bm_net_end(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, 1);
    *n = bm_net_parameters(net);
    bm_real *gradients = malloc(*n * sizeof *gradients);
    static bm_real d_output[FEW * CHANNELS];
    memcpy(d_output, x, sizeof d_output);
    bm_net_forward(net, x, FEW, BM_TRAIN);
    bm_net_backward(net, x, d_output, FEW);
    memcpy(gradients, bm_net_gradient_data(net), *n * sizeof *gradients);
    bm_net_free(net);
    return gradients;
}

static void check_norms(enum bm_stored stored, double most)
{
    size_t n;
    bm_real *x = graph_values(1, FEW * 4 * SIDE * SIDE * CHANNELS, 0),
            *one = step(1, stored, x, &n);
    for (int threads = 2; threads <= 8; threads += 6) {
        bm_real *several = step(threads, stored, x, &n);
        double distance = graph_distance(several, one, n);
        if (!(distance <= most))
            fail_msg("%d threads, stored as %d: gradients are off by %g", threads, (int)stored,
                     distance);
        free(several);
    }
    free(x);
    free(one);
}

static void threads_sum_for_normalizations(void **state)
{
    (void)state;
    check_norms(BM_STORED_FP32, 1e-5);
    check_norms(BM_STORED_BF16_ALL, 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_change_no_bits),
                                       cmocka_unit_test(threads_share_memory),
                                       cmocka_unit_test(threads_sum_for_normalizations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
