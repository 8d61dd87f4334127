/* Small graphs whose values have several readers, or whose normalizations are done by their
 * neighbours: the cases that the double build checks against finite differences, and that the float
 * build compares with the double one. */
#ifndef BM_TESTS_GRAPH_CASES_H
#define BM_TESTS_GRAPH_CASES_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "nn/net.h"

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

/* Normalizations with their ReLU and residual, as architectures build them. */
static int norm_relu(struct bm_net *net, int x, int residual, const char *name)
{
    return bm_net_batchnorm_relu(net, x, residual, name);
}

static int conv_norm_relu(struct bm_net *net, int x, int channels, int stride, const char *name)
{
    char norm[32];
    snprintf(norm, sizeof norm, "%s_bn", name);
    return norm_relu(net, bm_net_conv(net, x, channels, 3, stride, name), -1, norm);
}

static int fused_identity(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 3, 1, "a");
    int y = bm_net_conv(net, conv_norm_relu(net, x, 3, 1, "b"), 3, 3, 1, "c");
    return norm_relu(net, y, x, "c_bn");
}

static int fused_stride(struct bm_net *net)
{
    int x = fused_identity(net);
    int y = bm_net_conv(net, conv_norm_relu(net, x, 5, 2, "d"), 5, 3, 1, "e");
    int shortcut = bm_net_conv(net, x, 5, 1, 2, "f");
    return norm_relu(net, y, bm_net_batchnorm(net, shortcut, true, "f_bn"), "e_bn");
}

static int fused_stride_and_conv(struct bm_net *net)
{
    return bm_net_conv(net, fused_stride(net), 4, 3, 1, "g");
}

/* The last writer of its gradient is no convolution. */
static int norm_read_by_a_sum(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 3, 1, "a");
    int y = bm_net_relu(net, x);
    return bm_net_add(net, y, bm_net_conv(net, x, 3, 3, 1, "b"));
}

static int norm_read_by_two_convs(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 3, 1, "a");
    return bm_net_add(net, bm_net_conv(net, x, 3, 3, 1, "b"), bm_net_conv(net, x, 3, 1, 1, "c"));
}

/* What is normalized has a reader beside its normalization. */
static int conv_read_by_a_sum(struct bm_net *net)
{
    int x = bm_net_conv(net, 0, 3, 3, 1, "a");
    int y = bm_net_conv(net, norm_relu(net, x, -1, "a_bn"), 3, 3, 1, "b");
    return bm_net_add(net, y, x);
}

static int residual_is_added_elsewhere(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 3, 1, "a");
    int y = norm_relu(net, bm_net_conv(net, x, 3, 3, 1, "b"), x, "b_bn");
    int z = norm_relu(net, bm_net_conv(net, y, 3, 3, 1, "c"), x, "c_bn");
    return bm_net_add(net, z, x);
}

static int norm_at_the_end(struct bm_net *net)
{
    return conv_norm_relu(net, conv_norm_relu(net, 0, 3, 1, "a"), 3, 2, "b");
}

static int norm_of_a_norm(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 3, 1, "a");
    return bm_net_conv(net, norm_relu(net, x, -1, "b"), 3, 3, 1, "c");
}

/* Convolutions of images have a path of their own. */
static int large_stem(struct bm_net *net)
{
    return norm_relu(net, bm_net_conv(net, 0, 16, 7, 2, "a"), -1, "a_bn");
}

static int plain_stem(struct bm_net *net)
{
    return bm_net_relu(net, bm_net_conv(net, 0, 48, 3, 1, "a"));
}

/* Bottlenecks: 1x1 convolutions that read what is normalized, also every other pixel of it, and
 * that complete the gradients of normalizations with and without a residual. */
static int pointwise_norm(struct bm_net *net, int x, int channels, int stride, int residual,
                          const char *name)
{
    char norm[32];
    snprintf(norm, sizeof norm, "%s_bn", name);
    return norm_relu(net, bm_net_conv(net, x, channels, 1, stride, name), residual, norm);
}

static int shortcut(struct bm_net *net, int x, int channels, const char *name)
{
    char norm[32];
    snprintf(norm, sizeof norm, "%s_bn", name);
    return bm_net_batchnorm(net, bm_net_conv(net, x, channels, 1, 2, name), true, norm);
}

static int bottlenecks(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 16, 1, "a");
    int y = conv_norm_relu(net, pointwise_norm(net, x, 16, 1, -1, "b"), 16, 2, "c");
    x = pointwise_norm(net, y, 32, 1, shortcut(net, x, 32, "d"), "e");
    y = pointwise_norm(net, x, 16, 1, -1, "f");
    x = pointwise_norm(net, y, 32, 1, x, "g");
    y = pointwise_norm(net, x, 16, 2, -1, "h");
    return pointwise_norm(net, y, 32, 1, shortcut(net, x, 32, "i"), "j");
}

/* Nobody else writes into the gradient of what it reads. */
static int stride_alone(struct bm_net *net)
{
    return pointwise_norm(net, conv_norm_relu(net, 0, 16, 1, "a"), 16, 2, -1, "b");
}

/* What a network looks like to a layer inside it, where biases make mean >> deviation. */
static int chain(struct bm_net *net)
{
    int x = conv_norm_relu(net, 0, 64, 1, "a");
    x = norm_relu(net, bm_net_conv(net, x, 64, 3, 1, "b"), x, "b_bn");
    return conv_norm_relu(net, x, 64, 2, "c");
}

/* The images have no gradient, and their normalization is completed by no convolution. */
static int norm_of_the_images(struct bm_net *net)
{
    int x = norm_relu(net, 0, -1, "a");
    return bm_net_conv(net, bm_net_conv(net, x, 3, 3, 1, "b"), 3, 3, 1, "c");
}

static int images_as_residual(struct bm_net *net)
{
    int x = norm_relu(net, bm_net_conv(net, 0, 2, 3, 1, "a"), 0, "a_bn");
    return bm_net_conv(net, x, 3, 3, 1, "b");
}

/* A layer that reads and writes reals alone, wants them all at once, and is read twice. */
static int group_norms(struct bm_net *net)
{
    int x = bm_net_groupnorm(net, bm_net_conv(net, 0, 4, 3, 1, "a"), 2, "a_gn");
    int y = bm_net_groupnorm(net, bm_net_conv(net, bm_net_relu(net, x), 4, 3, 1, "b"), 2, "b_gn");
    return bm_net_relu(net, bm_net_add(net, y, x));
}

/* Maps so large that layers which work image by image get one at a time, where values are not
 * stored as reals. */
static int large_maps(struct bm_net *net)
{
    int x = bm_net_max_pool(net, conv_norm_relu(net, 0, 8, 1, "a"), 3);
    return bm_net_add(net, bm_net_relu(net, bm_net_conv(net, x, 8, 3, 1, "b")), x);
}

/* Linear layers of more columns than are reals at a time, on either side, two of which read the
 * same. */
static int wide_linear(struct bm_net *net)
{
    enum { WIDE = 1184, WIDER = 1120 };
    int x = bm_net_relu(net, bm_net_linear(net, 0, WIDE, "a"));
    int y = bm_net_linear(net, x, WIDER, "b");
    return bm_net_relu(net, bm_net_add(net, y, bm_net_linear(net, x, WIDER, "c")));
}

struct graph {
    const char *name;
    int (*build)(struct bm_net *net);
    bool bare; /* the graph's last node is the output, not a linear layer behind it */
    enum bm_conv_path conv;
    struct bm_shape images; /* 0: the usual small ones */
    double bias;            /* added to those of normalizations */
};

static const struct graph graphs[] = {
    {"identity block", .build = identity_block},
    {"identity block, bare", .build = identity_block, .bare = true},
    {"strided block", .build = strided_block},
    {"two blocks", .build = two_blocks},
    {"sum with itself", .build = sum_with_itself},
    {"ReLU beside its input", .build = relu_beside_its_input},
    {"sum of sums", .build = sum_of_sums},
    {"sum of sums, bare", .build = sum_of_sums, .bare = true},
    {"sum of ReLUs", .build = sum_of_relus},
    {"BatchNorm at the end", .build = batchnorm_at_the_end, .bare = true},
    {"fused identity block", .build = fused_identity},
    {"fused strided block", .build = fused_stride},
    {"fused strided block, direct", .build = fused_stride, .conv = BM_CONV_DIRECT},
    {"fused strided block, Winograd", .build = fused_stride, .conv = BM_CONV_WINOGRAD},
    {"fused strided block and convolution", .build = fused_stride_and_conv,
     .conv = BM_CONV_WINOGRAD},
    {"norm read by a sum", .build = norm_read_by_a_sum},
    {"norm read by two convolutions", .build = norm_read_by_two_convs, .conv = BM_CONV_WINOGRAD},
    {"convolution read by a sum", .build = conv_read_by_a_sum},
    {"residual added elsewhere", .build = residual_is_added_elsewhere, .conv = BM_CONV_WINOGRAD},
    {"norm at the end", .build = norm_at_the_end, .bare = true},
    {"norm of a norm", .build = norm_of_a_norm},
    {"stem of 7x7", .build = large_stem},
    {"stem of 3x3 without a norm", .build = plain_stem},
    {"bottlenecks", .build = bottlenecks, .images = {9, 10, 3}},
    {"1x1 with stride 2", .build = stride_alone},
    {"norm of the images", .build = norm_of_the_images},
    {"images as residual", .build = images_as_residual},
    {"group norms", .build = group_norms},
    {"group norms, direct", .build = group_norms, .conv = BM_CONV_DIRECT},
    {"large maps", .build = large_maps, .images = {96, 96, 3}},
    {"large maps, two and one", .build = large_maps, .images = {56, 56, 3}},
    {"chain, bias 8", .build = chain, .images = {16, 16, 3}, .bias = 8},
};

/* Larger than the others, so not one of them. */
static const struct graph wide = {"wide linear layers", .build = wide_linear};
enum { N_GRAPHS = sizeof graphs / sizeof *graphs, BATCH = 3 };

/* Finite differences of all parameters take too long. */
static inline bool graph_is_large(const struct graph *graph)
{
    return graph->images.height > 0;
}

struct graph_run {
    struct bm_net *net;
    bm_real *x, *d_output; /* owned */
    size_t n_out;
};

/* Rounded to float, so that both builds get the same. */
static inline bm_real *graph_values(uint64_t tensor, size_t n, double mean)
{
    bm_real *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (bm_real)(float)(hash_value(tensor, i) + mean);
    return values;
}

static inline void graph_set_parameters(const struct graph *graph, struct bm_net *net)
{
    bm_real *parameters = graph_values(3, net->n_parameters, 0.1);
    memcpy(net->memory.parameters, parameters, net->n_parameters * sizeof *parameters);
    free(parameters);
    for (int t = 0; t < net->n_tensors; t++) {
        const struct bm_tensor *tensor = &net->tensors[t];
        if (strstr(tensor->name, ".bias") != NULL)
            for (size_t i = 0; i < bm_tensor_size(tensor); i++)
                net->memory.parameters[tensor->offset + i] += (bm_real)graph->bias;
    }
}

/* A network that is built, but has no memory. */
static inline struct bm_net *graph_net_with(const struct graph *graph, int threads,
                                            enum bm_stored stored, enum bm_precision precision)
{
    static const struct bm_shape usual = {5, 4, 2};
    struct bm_net *net =
        bm_net_begin(graph_is_large(graph) ? graph->images : usual, BATCH, graph->conv, NULL);
    net->threads = threads;
    bm_net_store_as(net, stored);
    bm_net_compute_in(net, precision);
    int last = graph->build(net);
    if (!graph->bare)
        bm_net_linear(net, bm_net_global_pool(net, last), 4, "output");
    bm_net_end(net);
    return net;
}

static inline struct bm_net *graph_net_stored(const struct graph *graph, int threads,
                                              enum bm_stored stored)
{
    return graph_net_with(graph, threads, stored, BM_PRECISION_FP32);
}

static inline struct bm_net *graph_net_in(const struct graph *graph, int threads,
                                          enum bm_precision precision)
{
    return graph_net_with(graph, threads, BM_STORED_FP32, precision);
}

static inline struct bm_net *graph_net(const struct graph *graph, int threads)
{
    return graph_net_in(graph, threads, BM_PRECISION_FP32);
}

/* Takes the network over. */
static inline struct graph_run graph_run_of(const struct graph *graph, struct bm_net *net)
{
    struct graph_run run = {.net = net};
    if (bm_net_plan(net, BM_KEEP_GRADIENTS, NULL) != 0)
        abort();
    run.n_out = BATCH * bm_shape_size(net->nodes[net->n_nodes - 1].out);
    run.x = graph_values(1, BATCH * bm_shape_size(net->nodes[0].out), 0);
    run.d_output = graph_values(2, run.n_out, 0);
    graph_set_parameters(graph, net);
    return run;
}

static inline void graph_run_fini(struct graph_run *run)
{
    bm_net_free(run->net);
    free(run->x);
    free(run->d_output);
}

/* The outputs; owned by the network. */
static inline const bm_real *graph_forward(struct graph_run *run, enum bm_mode mode)
{
    return bm_net_forward(run->net, run->x, BATCH, mode);
}

/* After a BM_TRAIN forward. */
static inline void graph_backward(struct graph_run *run)
{
    bm_real *d_output = malloc(run->n_out * sizeof *d_output);
    memcpy(d_output, run->d_output, run->n_out * sizeof *d_output);
    bm_net_backward(run->net, run->x, d_output, BATCH);
    free(d_output);
}

/* For bm_net_watch. */
static inline void graph_no_tap(void *context, int tap)
{
    (void)context;
    (void)tap;
}

/* Whether each value is within 1e-5 of the largest, which is not 0. */
static inline bool graph_is_near(const bm_real *a, const bm_real *b, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)a[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= 1e-5 * largest)) /* NaN is not near */
            return false;
    return largest > 0;
}

/* |a - b| / |b| */
static inline double graph_distance(const bm_real *a, const bm_real *b, size_t n)
{
    double error = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        error += pow((double)a[i] - (double)b[i], 2);
        norm += pow((double)b[i], 2);
    }
    return sqrt(error / norm);
}

#endif
