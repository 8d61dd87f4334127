/* What a network writes past the caches, by kernels that count it: each value and each gradient
 * that lies in memory between layers, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "graph_cases.h"

enum { PIXELS = 8 * 8, CHANNELS = 16, SIZE = BATCH * PIXELS * CHANNELS };

static size_t count; /* elements */

extern const struct bm_kernels bm_kernels_portable;

static size_t size_of(const struct bm_pixels *pixels)
{
    return pixels->streams ? (size_t)pixels->images * (size_t)pixels->height *
                                 (size_t)pixels->width * (size_t)pixels->channels
                           : 0;
}

static void real_stream(const bm_real *x, size_t n, bm_real *copy)
{
    count += n;
    bm_kernels_portable.real_stream(x, n, copy);
}

static void bf16_pack(const bm_real *x, size_t n, uint16_t *packed, bool streams)
{
    count += streams ? n : 0;
    bm_kernels_portable.bf16_pack(x, n, packed, streams);
}

static void norm_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                       const void *residual, const struct bm_norm *residual_norm, void *y)
{
    count += size_of(pixels);
    bm_kernels_portable.norm_apply(pixels, norm, x, residual, residual_norm, y);
}

static void norm_d_sums(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                        const void *y, const void *dy, void *dz, bool adds, double *sums)
{
    count += size_of(pixels);
    bm_kernels_portable.norm_d_sums(pixels, norm, x, y, dy, dz, adds, sums);
}

static void norm_d_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                         const void *dz, void *dx, bool adds)
{
    count += size_of(pixels);
    bm_kernels_portable.norm_d_apply(pixels, norm, x, dz, dx, adds);
}

/* Those of the library give way to these. */
const struct bm_kernels *bm_kernels(void)
{
    static struct bm_kernels kernels;
    kernels = bm_kernels_portable;
    kernels.real_stream = real_stream;
    kernels.bf16_pack = bf16_pack;
    kernels.norm_apply = norm_apply;
    kernels.norm_d_sums = norm_d_sums;
    kernels.norm_d_apply = norm_d_apply;
    return &kernels;
}

/* Two convolutions, by the given path and with kernels of such a side, then one whose normalization
 * adds what the second one read. */
static struct bm_net *net_of(enum bm_conv_path path, int kernel, enum bm_stored stored)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){8, 8, 3}, BATCH, path, NULL);
    net->threads = 1;
    bm_net_store_as(net, stored);
    int a = bm_net_conv(net, 0, CHANNELS, 3, 1, "a");
    int x = bm_net_batchnorm_relu(net, a, -1, "a_bn");
    int b = bm_net_conv(net, x, CHANNELS, kernel, 1, "b");
    int y = bm_net_batchnorm_relu(net, b, -1, "b_bn");
    int c = bm_net_conv(net, y, CHANNELS, kernel, 1, "c");
    int z = bm_net_batchnorm_relu(net, c, x, "c_bn");
    bm_net_linear(net, bm_net_global_pool(net, z), 4, "output");
    bm_net_end(net);
    net->streamed_from = SIZE * (stored == BM_STORED_FP32 ? sizeof(bm_real) : 2) - 1;
    return net;
}

static size_t step(struct graph_run *run)
{
    count = 0;
    graph_forward(run, BM_TRAIN);
    graph_backward(run);
    return count;
}

/* Of values the three of the convolutions, and the sum with its normalization; of gradients that of
 * y, while that of x is added up, and others stay what a normalization made of them. What is packed
 * behind the pool is its gradient as well. */
static void check(enum bm_conv_path path, int kernel, enum bm_stored stored)
{
    static const struct graph none = {.name = "streamed"};
    struct graph_run run = graph_run_of(&none, net_of(path, kernel, stored));
    assert_int_equal(step(&run), (stored == BM_STORED_FP32 ? 5 : 6) * SIZE);
    run.net->streamed_from++;
    assert_int_equal(step(&run), 0);
    graph_run_fini(&run);
}

static void values_and_gradients_are_streamed_once(void **state)
{
    (void)state;
    static const enum bm_stored stored[] = {BM_STORED_FP32, BM_STORED_BF16_ALL};
    for (size_t i = 0; i < 2; i++) {
        check(BM_CONV_WINOGRAD, 3, stored[i]);
        check(BM_CONV_DIRECT, 3, stored[i]);
        check(BM_CONV_AUTO, 1, stored[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_and_gradients_are_streamed_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
