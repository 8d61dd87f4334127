/* One layer at a time, outside of any memory plan: the cases that the double build checks against
 * finite differences, and that the float build compares with the double one. Every buffer is a heap
 * block of exactly the size that the layer asked for, so sanitizers see a layer that exceeds it. */
#ifndef BM_TESTS_LAYER_CASES_H
#define BM_TESTS_LAYER_CASES_H

#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "nn/net.h"

struct layer_case {
    const char *name;
    struct bm_shape in;
    int batch;
    double mean; /* of the inputs; they spread by +-0.5 */
    int (*add)(struct bm_net *net);
};

#define LAYER(name, call)               \
    static int name(struct bm_net *net) \
    {                                   \
        return call;                    \
    }
LAYER(conv3x3, bm_net_conv(net, 0, 5, 3, 1, "conv"))
LAYER(conv3x3_stride2, bm_net_conv(net, 0, 5, 3, 2, "conv"))
LAYER(conv1x1, bm_net_conv(net, 0, 5, 1, 1, "conv"))
LAYER(conv1x1_stride2, bm_net_conv(net, 0, 5, 1, 2, "conv"))
LAYER(pointwise, bm_net_conv(net, 0, 32, 1, 1, "conv"))
LAYER(pointwise_stride2, bm_net_conv(net, 0, 48, 1, 2, "conv"))
LAYER(pointwise_stride3, bm_net_conv(net, 0, 16, 1, 3, "conv"))
LAYER(pointwise_large, bm_net_conv(net, 0, 512, 1, 1, "conv"))
LAYER(pointwise_large_stride2, bm_net_conv(net, 0, 512, 1, 2, "conv"))
LAYER(conv7x7_stride2, bm_net_conv(net, 0, 2, 7, 2, "conv"))
LAYER(linear, bm_net_linear(net, 0, 5, "linear"))
LAYER(linear_pieces, bm_net_linear(net, 0, 3100, "linear"))
LAYER(linear_panels, bm_net_linear(net, 0, 288, "linear"))
LAYER(batchnorm, bm_net_batchnorm(net, 0, true, "bn"))
LAYER(batchnorm_plain, bm_net_batchnorm(net, 0, false, "bn"))
LAYER(batchnorm_relu, bm_net_batchnorm_relu(net, 0, -1, "bn"))
LAYER(batchnorm_relu_residual, bm_net_batchnorm_relu(net, 0, 0, "bn"))
LAYER(relu, bm_net_relu(net, 0))
LAYER(addition, bm_net_add(net, 0, 0))
LAYER(global_pool, bm_net_global_pool(net, 0))
LAYER(max_pool, bm_net_max_pool(net, 0, 3))
LAYER(max_pool2x2, bm_net_max_pool(net, 0, 2))
LAYER(groupnorm, bm_net_groupnorm(net, 0, 3, "gn"))
#undef LAYER

static int winograd(struct bm_net *net)
{
    net->conv = BM_CONV_WINOGRAD;
    return bm_net_conv(net, 0, 5, 3, 1, "conv");
}

static int winograd_panels(struct bm_net *net)
{
    net->conv = BM_CONV_WINOGRAD;
    return bm_net_conv(net, 0, 64, 3, 1, "conv");
}

static int winograd_stride2(struct bm_net *net)
{
    net->conv = BM_CONV_WINOGRAD;
    return bm_net_conv(net, 0, 5, 3, 2, "conv");
}

static int winograd_stride2_panels(struct bm_net *net)
{
    net->conv = BM_CONV_WINOGRAD;
    return bm_net_conv(net, 0, 48, 3, 2, "conv");
}

static const struct layer_case layer_cases[] = {
    {"conv3x3", {5, 7, 3}, 3, 0, conv3x3},
    {"conv3x3 one image", {5, 7, 3}, 1, 0, conv3x3},
    {"conv3x3 one pixel", {1, 1, 3}, 3, 0, conv3x3},
    {"conv3x3 in several steps", {8, 64, 80}, 1, 0, conv3x3},
    {"conv3x3 stride 2", {5, 7, 3}, 3, 0, conv3x3_stride2},
    {"conv3x3 stride 2 even", {6, 4, 3}, 1, 0, conv3x3_stride2},
    {"winograd", {5, 7, 3}, 3, 0, winograd},
    {"winograd one image", {4, 4, 3}, 1, 0, winograd},
    {"winograd one pixel", {1, 1, 3}, 3, 0, winograd},
    {"winograd in several chunks", {9, 8, 17}, 40, 0, winograd},
    {"winograd, mean >> deviation", {16, 16, 64}, 4, 8, winograd_panels},
    {"winograd in whole panels", {8, 6, 32}, 3, 0, winograd_panels},
    {"winograd, odd groups of tiles", {12, 12, 96}, 20, 0, winograd_panels},
    {"winograd from a part of a panel", {3, 6, 7}, 2, 0, winograd_panels},
    {"winograd, stride 2", {5, 7, 3}, 3, 0, winograd_stride2},
    {"winograd, stride 2, even", {6, 4, 3}, 1, 0, winograd_stride2},
    {"winograd, stride 2, one pixel", {1, 1, 3}, 3, 0, winograd_stride2},
    {"winograd, stride 2, in several chunks", {17, 16, 17}, 40, 0, winograd_stride2},
    {"winograd, stride 2, in panels", {8, 10, 32}, 3, 0, winograd_stride2_panels},
    {"winograd, stride 2, mean >> deviation", {16, 16, 64}, 4, 8, winograd_stride2_panels},
    {"conv1x1", {5, 7, 3}, 3, 0, conv1x1},
    {"conv1x1 stride 2", {5, 7, 3}, 3, 0, conv1x1_stride2},
    {"pointwise", {5, 7, 48}, 3, 0, pointwise},
    {"pointwise one pixel", {1, 1, 16}, 3, 0, pointwise},
    {"pointwise in several chunks", {9, 8, 16}, 40, 0, pointwise},
    {"pointwise, a row in a chunk", {2, 300, 16}, 4, 0, pointwise},
    {"pointwise, many weights", {2, 3, 256}, 4, 0, pointwise_large},
    {"pointwise, many weights, in several chunks", {9, 8, 256}, 9, 0, pointwise_large},
    {"pointwise, mean >> deviation", {16, 16, 64}, 4, 8, pointwise},
    {"pointwise, stride 2", {5, 7, 32}, 3, 0, pointwise_stride2},
    {"pointwise, stride 2, even", {6, 4, 16}, 1, 0, pointwise_stride2},
    {"pointwise, stride 2, one pixel", {1, 1, 16}, 3, 0, pointwise_stride2},
    {"pointwise, stride 2, in several chunks", {17, 16, 16}, 40, 0, pointwise_stride2},
    {"pointwise, stride 2, many weights", {4, 3, 256}, 3, 0, pointwise_large_stride2},
    {"pointwise, stride 3", {8, 6, 16}, 3, 0, pointwise_stride3},
    {"conv7x7 stride 2", {5, 4, 3}, 1, 0, conv7x7_stride2},
    {"linear", {1, 1, 7}, 3, 0, linear},
    {"linear one image", {1, 1, 7}, 1, 0, linear},
    {"linear on a map", {5, 7, 3}, 3, 0, linear},
    {"linear in pieces", {1, 1, 2}, 3, 0, linear_pieces},
    {"linear in whole panels", {1, 1, 96}, 14, 0, linear_panels},
    {"linear in whole panels, on a map", {2, 2, 8}, 3, 0, linear_panels},
    {"batchnorm", {5, 7, 3}, 3, 0, batchnorm},
    {"batchnorm one image", {5, 7, 5}, 1, 0.3, batchnorm},
    {"batchnorm of vectors", {1, 1, 5}, 3, 0, batchnorm},
    {"batchnorm mean >> deviation", {5, 7, 3}, 3, 1000, batchnorm},
    {"batchnorm without scale", {5, 7, 3}, 3, 0, batchnorm_plain},
    {"batchnorm and relu", {5, 7, 3}, 3, 0, batchnorm_relu},
    {"batchnorm and relu, many channels", {3, 2, 67}, 5, 8, batchnorm_relu},
    {"batchnorm, residual and relu", {5, 7, 18}, 3, 0, batchnorm_relu_residual},
    {"relu", {5, 7, 3}, 3, 0, relu},
    {"add", {5, 7, 3}, 3, 0, addition},
    {"max pool", {5, 7, 3}, 3, 0, max_pool},
    {"max pool even", {6, 2, 3}, 1, 0, max_pool},
    {"max pool 2x2", {5, 8, 3}, 3, 0, max_pool2x2},
    {"max pool 2x2, one pixel", {2, 3, 3}, 1, 0, max_pool2x2},
    {"groupnorm", {5, 7, 6}, 4, 0, groupnorm},
    {"groupnorm of one group", {2, 1, 3}, 1, 0.3, groupnorm},
    {"groupnorm of vectors", {1, 1, 9}, 3, 0, groupnorm},
    {"groupnorm mean >> deviation", {5, 7, 6}, 3, 1000, groupnorm},
    {"global pool", {5, 7, 3}, 3, 0, global_pool},
};
enum { N_LAYER_CASES = sizeof layer_cases / sizeof *layer_cases };

/* A vector that is compared or varied. */
struct part {
    char name[24];
    size_t n;
    bm_real *value, *gradient; /* owned */
};

/* A layer with everything that it works on. L = sum of y * dy is the loss. */
struct layer_run {
    struct bm_net *net;
    struct bm_call call;
    int n_parts;
    struct part parts[3]; /* inputs, then parameters */
    size_t n_out, n_state;
};

/* The values are rounded to float, so that both builds get the same. */
static inline bm_real *hashed(uint64_t tensor, size_t n, double mean)
{
    bm_real *values = malloc((n > 0 ? n : 1) * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (bm_real)(float)(mean + hash_value(tensor, i));
    return values;
}

static inline struct part part_of(const char *name, uint64_t tensor, size_t n, double mean)
{
    struct part part = {
        .n = n, .value = hashed(tensor, n, mean), .gradient = hashed(tensor + 100, n, 0)};
    snprintf(part.name, sizeof part.name, "%s", name);
    return part;
}

static inline void layer_reset_state(struct layer_run *run)
{
    for (size_t i = 0; i < run->n_state; i++)
        run->call.state[i] = 1 + (bm_real)(float)hash_value(20, i);
}

static inline struct layer_run layer_run_in(const struct layer_case *layer,
                                            enum bm_precision precision)
{
    struct layer_run run = {.net = bm_net_begin(layer->in, layer->batch, BM_CONV_AUTO, NULL)};
    run.net->threads = 3; /* more than some cases have images */
    bm_net_compute_in(run.net, precision);
    const struct bm_node *node = &run.net->nodes[layer->add(run.net)];
    size_t n_in = (size_t)layer->batch * bm_shape_size(node->in);
    run.n_out = (size_t)layer->batch * bm_shape_size(node->out);
    run.n_state = run.net->n_states;
    run.call = (struct bm_call){.node = node,
                                .n = layer->batch,
                                .threads = run.net->threads,
                                .mode = BM_TRAIN,
                                .y = hashed(1, run.n_out, 0),
                                .dy = hashed(2, run.n_out, 0),
                                .state = hashed(3, run.n_state, 0),
                                .saved = malloc(node->saved + 1),
                                .workspace = malloc(node->workspace + 1)};
    layer_reset_state(&run);
    for (int k = 0; k < node->n_inputs; k++) {
        run.parts[run.n_parts] =
            part_of(k == 0 ? "input" : "second input", 4 + (uint64_t)k, n_in, layer->mean);
        run.call.x[k] = run.parts[run.n_parts].value;
        run.call.dx[k] = run.parts[run.n_parts++].gradient;
    }
    run.parts[run.n_parts] = part_of("parameters", 6, run.net->n_parameters, 0.2);
    run.call.w = run.parts[run.n_parts].value;
    run.call.dw = run.parts[run.n_parts++].gradient;
    return run;
}

static inline struct layer_run layer_run_of(const struct layer_case *layer)
{
    return layer_run_in(layer, BM_PRECISION_FP32);
}

static inline void layer_run_fini(struct layer_run *run)
{
    for (int p = 0; p < run->n_parts; p++) {
        free(run->parts[p].value);
        free(run->parts[p].gradient);
    }
    free(run->call.y);
    free(run->call.dy);
    free(run->call.state);
    free(run->call.saved);
    free(run->call.workspace);
    bm_net_free(run->net);
}

static inline void layer_forward(const struct layer_run *run)
{
    run->call.node->layer->forward(&run->call);
}

static inline void layer_backward(const struct layer_run *run)
{
    run->call.node->layer->backward(&run->call);
}

#endif
