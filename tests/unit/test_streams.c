/* Arrays that leave the caches before they are read again are written past them, which changes no
 * bit of anything; and whether they do is a matter of their sizes alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "graph_cases.h"

/* ---- bits ---- */

static struct graph_run run_of(const struct graph *graph, int threads, enum bm_stored stored,
                               enum bm_precision precision, size_t streamed_from)
{
    struct graph_run run = graph_run_of(graph, graph_net_with(graph, threads, stored, precision));
    run.net->streamed_from = streamed_from;
    return run;
}

static void check_graph(const struct graph *graph, int threads, enum bm_stored stored,
                        enum bm_precision precision)
{
    struct graph_run plain = run_of(graph, threads, stored, precision, SIZE_MAX / 2);
    struct graph_run streamed = run_of(graph, threads, stored, precision, 0);
    size_t gradients = bm_net_parameters(plain.net) * sizeof(bm_real);
    for (int mode = BM_TRAIN; mode <= BM_CALIBRATE; mode++)
        assert_memory_equal(graph_forward(&streamed, (enum bm_mode)mode),
                            graph_forward(&plain, (enum bm_mode)mode),
                            plain.n_out * sizeof(bm_real));
    graph_forward(&plain, BM_TRAIN);
    graph_backward(&plain);
    graph_forward(&streamed, BM_TRAIN);
    graph_backward(&streamed);
    if (memcmp(bm_net_gradient_data(streamed.net), bm_net_gradient_data(plain.net), gradients) != 0)
        fail_msg("%s, %s, %d threads, stored as %d: other gradients", graph->name, bm_isa(),
                 threads, stored);
    graph_run_fini(&plain);
    graph_run_fini(&streamed);
}

static void streams_change_no_bits(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (int stored = BM_STORED_FP32; stored <= BM_STORED_BF16_ALL; stored++)
            for (int threads = 1; threads <= 2; threads++) {
                for (size_t g = 0; g < N_GRAPHS; g++)
                    check_graph(&graphs[g], threads, (enum bm_stored)stored, BM_PRECISION_FP32);
                check_graph(&wide, threads, (enum bm_stored)stored, BM_PRECISION_FP32);
                check_graph(&wide, threads, (enum bm_stored)stored, BM_PRECISION_BF16);
            }
    }
}

/* From anywhere to anywhere, and nothing beside. */
static void copies_are_exact(void **state)
{
    (void)state;
    enum { MOST = 72, ROOM = 2 * MOST }; /* whole lines */
    bm_real *values = graph_values(1, ROOM, 0), *copy = aligned_alloc(64, ROOM * sizeof *copy);
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++)
        for (size_t at = 0; at < 32; at++)
            for (size_t n = 0; n <= MOST; n++) {
                bm_real expected[ROOM] = {0};
                memcpy(expected + at, values + n, n * sizeof *values);
                memset(copy, 0, ROOM * sizeof *copy);
                (*kernels)->real_stream(values + n, n, copy + at);
                assert_memory_equal(copy, expected, sizeof expected);
            }
    free(values);
    free(copy);
}

/* ---- sizes ---- */

/* A layer that notes what it is told. */
static struct told {
    bool streams_y, streams_dx;
} forward_told, backward_told;

static void note_forward(const struct bm_call *call)
{
    forward_told = (struct told){call->streams_y, call->streams_dx[0]};
}

static void note_backward(const struct bm_call *call)
{
    backward_told = (struct told){call->streams_y, call->streams_dx[0]};
}

static const struct bm_layer noting = {
    .name = "noting", .takes_packed = true, .forward = note_forward, .backward = note_backward};

/* From maps of 16 channels to some of 8. */
static struct bm_net *noting_net(enum bm_stored stored, int threads, int batch)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){32, 32, 3}, batch, BM_CONV_AUTO, NULL);
    net->threads = threads;
    bm_net_store_as(net, stored);
    int x = bm_net_conv(net, 0, 16, 3, 1, "x");
    bm_net_global_pool(net, bm_net_node(net, &noting, 1, &x, (struct bm_shape){32, 32, 8}, 0));
    bm_net_end(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    return net;
}

/* n images of 16 channels take n / 16 MiB as reals. */
static void check_told(enum bm_stored stored, int threads, int n, bool input, bool output)
{
    struct bm_net *net = noting_net(stored, threads, 200);
    float *images = calloc((size_t)n, 32 * 32 * 3 * sizeof *images);
    bm_real *d_output = calloc((size_t)n, 8 * sizeof *d_output);
    bm_net_forward(net, images, n, BM_TRAIN);
    bm_net_backward(net, images, d_output, n);
    assert_int_equal(forward_told.streams_y, output);
    assert_int_equal(backward_told.streams_dx, input);
    assert_int_equal(backward_told.streams_y, output);
    free(images);
    free(d_output);
    bm_net_free(net);
}

static void what_leaves_the_caches_is_streamed(void **state)
{
    (void)state;
    check_told(BM_STORED_FP32, 1, 80, false, false); /* 5 MiB fit */
    check_told(BM_STORED_FP32, 1, 81, true, false);
    check_told(BM_STORED_FP32, 1, 160, true, false);
    check_told(BM_STORED_FP32, 1, 161, true, true);
    check_told(BM_STORED_FP32, 2, 160, false, false); /* each thread has a cache */
    check_told(BM_STORED_FP32, 2, 161, true, false);
    check_told(BM_STORED_BF16_ALL, 1, 160, false, false);
    check_told(BM_STORED_BF16_ALL, 1, 161, true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_change_no_bits),
        cmocka_unit_test(copies_are_exact),
        cmocka_unit_test(what_leaves_the_caches_is_streamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
