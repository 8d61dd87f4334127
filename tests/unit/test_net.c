/* Networks as their users see them: taps, names, initial values, memory, repeatability, and what a
 * spec that is not possible gets. The numbers are checked against PyTorch in tests/double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <omp.h>
#include <unistd.h>

#include "bm/arch.h"
#include "bm/random.h"
#include "hash.h"
#include "nn/net.h"

static const struct bm_net_spec cnn = {.arch = "cnn",
                                       .input = {8, 6, 3},
                                       .classes = 10,
                                       .width = 4,
                                       .depth = 1,
                                       .projector_width = 32,
                                       .norm = BM_NORM_BN};

static struct bm_net *planned(const struct bm_net_spec *spec, int batch,
                              enum bm_gradients gradients)
{
    struct bm_err err = {0};
    struct bm_net *net = bm_net_new(spec, batch, &err);
    if (net == NULL || bm_net_plan(net, gradients, &err) != 0)
        fail_msg("%s", err.text);
    bm_net_init(net, 7);
    return net;
}

static float *hashed_images(const struct bm_net_spec *spec, int batch)
{
    size_t n = (size_t)batch * bm_shape_size(spec->input);
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)hash_value(1, i);
    return x;
}

/* The step that `update` means, after a whole backward pass. */
static void step_on_all(struct bm_net *net, const struct bm_update *update)
{
    for (int t = 0; t < net->n_tensors; t++) {
        const struct bm_tensor *tensor = &net->tensors[t];
        size_t n = bm_tensor_size(tensor);
        const struct bm_optimizer_part all = {
            .rows = 1,
            .columns = n,
            .parameters = bm_net_parameter_data(net) + tensor->offset,
            .moments = update->moments + tensor->offset,
            .stride = n,
            .apart = bm_net_parameters(net),
            .gradients = bm_net_gradient_data(net) + tensor->offset,
            .n_dims = tensor->n_dims,
        };
        if (tensor->trained)
            update->optimizer->step(&update->settings, update->t, &all);
    }
}

static void train_by(const struct bm_optimizer *optimizer, struct bm_net *net,
                     const struct bm_net_spec *spec, int batch, int steps)
{
    float *x = hashed_images(spec, batch);
    float *moments = calloc(2 * bm_net_parameters(net), sizeof *moments);
    float *d_output = calloc((size_t)batch * (size_t)spec->classes, sizeof *d_output);
    float target[64 * 16] = {0};
    for (size_t i = 0; i < (size_t)batch; i++)
        target[i * (size_t)spec->classes + i % (size_t)spec->classes] = 1;
    for (int t = 1; t <= steps; t++) {
        const float *output = bm_net_forward(net, x, batch, BM_TRAIN);
        bm_loss_find("mse")->value(output, target, batch, spec->classes, d_output);
        const struct bm_update update = {
            .optimizer = optimizer,
            .settings = {.lr = 1e-2, .weight_decay = 1e-3, .momentum = 0.9, .exclude_1d = true},
            .t = t,
            .moments = moments};
        if (net->gradients == BM_KEEP_GRADIENTS) {
            bm_net_backward(net, x, d_output, batch);
            step_on_all(net, &update);
        } else {
            bm_net_backward_update(net, x, d_output, batch, &update);
        }
    }
    free(x);
    free(moments);
    free(d_output);
}

static void train(struct bm_net *net, const struct bm_net_spec *spec, int batch, int steps)
{
    train_by(bm_optimizer_find("adam"), net, spec, batch, steps);
}

static void taps_are_named_and_sized(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t as_is, pooled;
    } expected[] = {
        {"layer1", 8 * 6 * 4, 16 * 4},
        {"layer2", 4 * 3 * 8, 12 * 8},
        {"layer3", 2 * 2 * 16, 64},
        {"layer4", 1 * 1 * 32, 32},
        {"embedding", 32, 32},
        {"projector", 32, 32},
        {"output", 10, 10},
    };
    struct bm_net *net = bm_net_new(&cnn, 2, NULL);
    assert_int_equal(bm_net_taps(net), 7);
    for (int t = 0; t < 7; t++) {
        assert_string_equal(bm_net_tap_name(net, t), expected[t].name);
        assert_int_equal(bm_net_tap_dimension(net, t, 0), expected[t].as_is);
        assert_int_equal(bm_net_tap_dimension(net, t, 4), expected[t].pooled);
    }
    bm_net_free(net);
    struct bm_net_spec mlp = cnn;
    strcpy(mlp.arch, "mlp");
    mlp.depth = 2;
    mlp.projector_width = 0;
    net = bm_net_new(&mlp, 2, NULL);
    static const char *const names[] = {"layer1", "layer2", "embedding", "output"};
    assert_int_equal(bm_net_taps(net), 4);
    for (int t = 0; t < 4; t++)
        assert_string_equal(bm_net_tap_name(net, t), names[t]);
    bm_net_free(net);
}

/* Convolutions of 8 pixels a side and width 4: 2 x 9 x in x out x pixels each, by hand. */
static void flops_are_those_of_the_products(void **state)
{
    (void)state;
    struct bm_net *net = bm_net_new(&cnn, 2, NULL);
    double expected =
        18.0 * (3 * 4 * 48 + 4 * 8 * 12 + 8 * 16 * 4 + 16 * 32 * 1) + 2.0 * (32 * 32 + 32 * 10);
    assert_true(bm_net_flops(net) == expected);
    bm_net_free(net);
}

static void moments_of(const struct bm_net *net, const char *name, double *mean, double *deviation,
                       double *largest)
{
    static double values[65536];
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < bm_net_tensors(net); i++) {
        struct bm_tensor_info info;
        bm_net_tensor_info(net, i, &info);
        if (strcmp(info.name, name) != 0)
            continue;
        n = 1;
        for (int d = 0; d < info.n_dims; d++)
            n *= info.dims[d];
        assert_true(n <= 65536);
        bm_net_tensor_get(net, i, values);
    }
    *largest = 0;
    for (size_t e = 0; e < (size_t)n; e++) {
        sum += values[e];
        squares += values[e] * values[e];
        *largest = fmax(*largest, fabs(values[e]));
    }
    *mean = sum / n;
    *deviation = sqrt(squares / n - *mean * *mean);
}

/* Within five standard errors of what the protocol asks for. */
static void initial_values_have_the_right_spread(void **state)
{
    (void)state;
    struct bm_net_spec spec = cnn;
    spec.width = 16;
    spec.projector_width = 256;
    struct bm_net *net = planned(&spec, 2, BM_UPDATE_AT_ONCE);
    double mean, deviation, largest, expected = sqrt(2.0 / (9 * 64)), n = 64 * 32 * 9;
    moments_of(net, "conv3.weight", &mean, &deviation, &largest);
    assert_true(fabs(mean) < 5 * expected / sqrt(n));
    assert_true(fabs(deviation / expected - 1) < 5 / sqrt(2 * n));
    assert_true(largest > 3 * expected); /* normal, not uniform */
    double bound = 1 / sqrt(128.0);
    n = 128 * 256;
    moments_of(net, "projector.weight", &mean, &deviation, &largest);
    assert_true(fabs(mean) < 5 * bound / sqrt(3 * n));
    assert_true(largest <= bound && largest > 0.999 * bound);
    assert_true(fabs(deviation / bound * sqrt(3) - 1) < 0.02);
    static const struct {
        const char *name;
        double value;
    } constants[] = {
        {"bn2.weight", 1}, {"bn2.bias", 0}, {"bn2.running_mean", 0}, {"bn2.running_var", 1}};
    for (size_t i = 0; i < 4; i++) {
        moments_of(net, constants[i].name, &mean, &deviation, &largest);
        assert_true(mean == constants[i].value && deviation == 0);
    }
    bm_net_free(net);
}

/* The k-th number of a tensor's stream is the k-th element in PyTorch's order. */
static void initial_values_do_not_depend_on_the_layout(void **state)
{
    (void)state;
    struct bm_net *net = planned(&cnn, 2, BM_UPDATE_AT_ONCE);
    double values[4 * 3 * 9];
    struct bm_random random = bm_random_of(7, BM_RANDOM_INIT, 0, 0);
    bm_net_tensor_get(net, 0, values);
    for (size_t i = 0; i < 4 * 3 * 9; i++)
        assert_true(values[i] == (double)(float)(sqrt(2.0 / (9 * 4)) * bm_random_normal(&random)));
    /* Element (out 1, in 2, row 0, column 1) in the matrix (row, column, in, out). */
    assert_true((double)bm_net_parameter_data(net)[(1 * 3 + 2) * 4 + 1] == values[(3 + 2) * 9 + 1]);
    bm_net_free(net);
}

static void tensors_read_back(void **state)
{
    (void)state;
    struct bm_net *net = planned(&cnn, 2, BM_KEEP_GRADIENTS);
    static double values[65536], back[65536];
    size_t trained = 0;
    for (size_t i = 0; i < bm_net_tensors(net); i++) {
        struct bm_tensor_info info;
        bm_net_tensor_info(net, i, &info);
        size_t n = 1;
        for (int d = 0; d < info.n_dims; d++)
            n *= (size_t)info.dims[d];
        for (size_t e = 0; e < n; e++)
            values[e] = (double)(float)hash_value(i, e);
        bm_net_tensor_set(net, i, values);
        bm_net_tensor_get(net, i, back);
        assert_memory_equal(back, values, n * sizeof *values);
        trained += bm_net_tensor_gradient(net, i, back) ? n : 0;
    }
    assert_int_equal(trained, bm_net_parameters(net));
    bm_net_free(net);
}

static void equal_nets_stay_bit_equal(void **state)
{
    (void)state;
    struct bm_net *one = planned(&cnn, 16, BM_UPDATE_AT_ONCE),
                  *two = planned(&cnn, 16, BM_UPDATE_AT_ONCE);
    size_t bytes = bm_net_parameters(one) * sizeof(float);
    memset(two->memory.blocks, 0xff, two->planned); /* NaN in its memory does not matter */
    train(one, &cnn, 16, 3);
    train(two, &cnn, 16, 3);
    assert_memory_equal(bm_net_parameter_data(one), bm_net_parameter_data(two), bytes);
    assert_memory_equal(one->memory.states, two->memory.states, one->n_states * sizeof(float));
    struct bm_net *other = bm_net_new(&cnn, 16, NULL);
    assert_int_equal(bm_net_plan(other, BM_UPDATE_AT_ONCE, NULL), 0);
    bm_net_init(other, 8);
    train(other, &cnn, 16, 3);
    assert_memory_not_equal(bm_net_parameter_data(one), bm_net_parameter_data(other), bytes);
    bm_net_free(one);
    bm_net_free(two);
    bm_net_free(other);
}

static void check_update(const struct bm_optimizer *optimizer, const struct bm_net_spec *spec,
                         int threads)
{
    omp_set_num_threads(threads);
    struct bm_net *kept = planned(spec, 16, BM_KEEP_GRADIENTS);
    struct bm_net *at_once = planned(spec, 16, bm_optimizer_gradients(optimizer));
    size_t n = bm_net_parameters(kept);
    train_by(optimizer, kept, spec, 16, 3);
    train_by(optimizer, at_once, spec, 16, 3);
    omp_set_num_threads(1);
    for (size_t i = 0; i < n; i++)
        if (kept->memory.parameters[i] != at_once->memory.parameters[i])
            fail_msg("%s, %s, %d threads: parameter %zu of %zu", optimizer->name, spec->arch,
                     threads, i, n);
    assert_memory_equal(kept->memory.states, at_once->memory.states,
                        kept->n_states * sizeof(float));
    bm_net_free(kept);
    bm_net_free(at_once);
}

/* Updating layer by layer, and wide ones by pieces, is the step on all parameters afterwards: no
 * layer's weights change before the gradient of its input is known. The projectors have more pieces
 * than threads, as many and fewer, the last piece narrower than the others. */
static void updates_on_the_way_are_those_of_a_step(void **state)
{
    (void)state;
    struct bm_net_spec wide = cnn, resnet = cnn, mlp = cnn;
    wide.projector_width = 2500;
    wide.projector_norm = wide.output_norm = BM_NORM_BN;
    strcpy(resnet.arch, "resnet18");
    resnet.stem = BM_STEM_SMALL;
    resnet.projector_width = 2500;
    strcpy(mlp.arch, "mlp");
    mlp.depth = 2;
    mlp.width = 1100;
    mlp.projector_width = 3072;
    struct bm_net_spec narrow = mlp, narrow_resnet = resnet;
    narrow.width = 1120;
    narrow.precision = narrow_resnet.precision = BM_PRECISION_BF16;
    narrow_resnet.projector_width = 2560;
    const struct bm_net_spec *const specs[] = {&wide, &resnet, &mlp, &narrow, &narrow_resnet};
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        for (int threads = 1; threads <= 4; threads++)
            check_update(bm_optimizer_find("adam"), specs[s], threads);
        for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++)
            check_update(*one, specs[s], 3);
    }
}

static double square(double x)
{
    return x * x;
}

/* Fewer images than planned: the rows that they had in the whole batch. */
static void evaluation_of_a_part_gives_the_same_rows(void **state)
{
    (void)state;
    enum { BATCH = 16, PART = 5 };
    struct bm_net *net = planned(&cnn, BATCH, BM_UPDATE_AT_ONCE);
    train(net, &cnn, BATCH, 2);
    float *x = hashed_images(&cnn, BATCH), whole[BATCH * 10], features[BATCH][64], part[PART][70];
    memcpy(whole, bm_net_forward(net, x, BATCH, BM_EVAL), sizeof whole);
    bm_net_tap_features(net, 0, 4, BATCH, features[0], 64);
    const float *output = bm_net_forward(net, x, PART, BM_EVAL);
    bm_net_tap_features(net, 0, 4, PART, part[0], 70);
    double error = 0, norm = 0;
    for (size_t i = 0; i < PART * 10; i++) {
        error += square((double)output[i] - (double)whole[i]);
        norm += square((double)whole[i]);
    }
    for (size_t i = 0; i < PART; i++)
        for (size_t f = 0; f < 64; f++)
            error += square((double)part[i][f] - (double)features[i][f]);
    if (!(norm > 1e-3 && error < 1e-10 * norm))
        fail_msg("relative error %.1e, norm %g", sqrt(error / norm), norm);
    free(x);
    bm_net_free(net);
}

/* What a net shows of its taps, one behind the other. */
struct shown {
    struct bm_net *net;
    int n, next;
    float *features;
};

static void keep_features(void *context, int tap)
{
    struct shown *shown = context;
    size_t dimension = bm_net_tap_dimension(shown->net, tap, 4);
    assert_int_equal(tap, shown->next++);
    bm_net_tap_features(shown->net, tap, 4, shown->n, shown->features, dimension);
    shown->features += (size_t)shown->n * dimension;
}

/* Outputs and features have the bits of a BM_EVAL forward, whatever was in memory; spare memory is
 * left alone, and the next step is as if nothing had been. */
static void check_watch(const struct bm_net_spec *spec)
{
    enum { BATCH = 8, OUTPUTS = BATCH * 10, FEATURES = 1 << 16 };
    struct bm_net *watched = planned(spec, BATCH, BM_UPDATE_AT_ONCE);
    struct bm_net *other = planned(spec, BATCH, BM_UPDATE_AT_ONCE);
    float *x = hashed_images(spec, BATCH), expected[OUTPUTS];
    float *features = calloc(2 * FEATURES, sizeof *features);
    struct shown shown = {watched, BATCH, 0, features},
                 plain = {other, BATCH, 0, features + FEATURES};
    train(watched, spec, BATCH, 2);
    train(other, spec, BATCH, 2);
    memcpy(expected, bm_net_forward(other, x, BATCH, BM_EVAL), sizeof expected);
    for (int tap = 0; tap < bm_net_taps(other); tap++)
        keep_features(&plain, tap);
    memset(watched->memory.blocks, 0xff, watched->planned); /* NaN */
    const float *output =
        bm_net_watch(watched, x, BATCH, bm_net_taps(watched) - 1, keep_features, &shown);
    assert_memory_equal(output, expected, sizeof expected);
    assert_int_equal(shown.next, bm_net_taps(watched));
    assert_true(shown.features <= features + FEATURES);
    assert_memory_equal(features, features + FEATURES, FEATURES * sizeof *features);
    const unsigned char *spare = bm_net_spare(watched);
    size_t bytes = bm_net_spare_bytes(watched);
    assert_true(bytes > 0 && bytes < watched->planned);
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(spare[i], 0xff);
    train(watched, spec, BATCH, 1);
    train(other, spec, BATCH, 1);
    assert_memory_equal(bm_net_parameter_data(watched), bm_net_parameter_data(other),
                        bm_net_parameters(other) * sizeof(float));
    free(x);
    free(features);
    bm_net_free(watched);
    bm_net_free(other);
}

/* From a tap in the middle on, outputs and features have the bits of the whole pass, also of part
 * of a batch. */
static void check_resume(const struct bm_net_spec *spec, const char *name)
{
    enum { BATCH = 8, OUTPUTS = BATCH * 10, FEATURES = 1 << 16 };
    struct bm_net *net = planned(spec, BATCH, BM_UPDATE_AT_ONCE);
    float *x = hashed_images(spec, BATCH), expected[OUTPUTS];
    float *features = calloc(2 * FEATURES, sizeof *features), *kept = features;
    int tap = bm_net_resume_tap(net), last = bm_net_taps(net) - 1;
    assert_string_equal(bm_net_tap_name(net, tap), name);
    assert_true(bm_net_reach(net, tap) > 0.1 && bm_net_reach(net, tap) < 1);
    assert_true(bm_net_reach(net, last) == 1);
    train(net, spec, BATCH, 2);
    for (int n = BATCH; n >= BATCH - 1; n--) {
        struct shown all = {net, n, 0, features}, again = {net, n, tap, features + FEATURES};
        memset(features, 0, 2 * FEATURES * sizeof *features);
        memcpy(expected, bm_net_watch(net, x, n, last, keep_features, &all),
               (size_t)n * 10 * sizeof *x);
        kept = features;
        for (int t = 0; t < tap; t++)
            kept += (size_t)n * bm_net_tap_dimension(net, t, 4);
        memset(net->memory.blocks, 0xff, net->planned); /* NaN */
        const float *output = bm_net_watch_from(net, tap, kept, n, last, keep_features, &again);
        assert_memory_equal(output, expected, (size_t)n * 10 * sizeof *x);
        assert_int_equal(again.next, bm_net_taps(net));
        assert_memory_equal(kept, features + FEATURES, (size_t)(all.features - kept) * sizeof *x);
    }
    free(x);
    free(features);
    bm_net_free(net);
}

/* Up to a tap, features have the bits of the whole pass, and what is behind is not made. */
static void check_ends(const struct bm_net_spec *spec)
{
    enum { BATCH = 8, FEATURES = 1 << 16 };
    struct bm_net *net = planned(spec, BATCH, BM_UPDATE_AT_ONCE);
    float *x = hashed_images(spec, BATCH), *features = calloc(2 * FEATURES, sizeof *features);
    int n_taps = bm_net_taps(net);
    struct shown all = {net, BATCH, 0, features};
    train(net, spec, BATCH, 2);
    assert_non_null(bm_net_watch(net, x, BATCH, n_taps - 1, keep_features, &all));
    for (int last = 0; last < n_taps - 1; last++) {
        struct shown part = {net, BATCH, 0, features + FEATURES};
        memset(net->memory.blocks, 0xff, net->planned); /* NaN */
        assert_null(bm_net_watch(net, x, BATCH, last, keep_features, &part));
        assert_int_equal(part.next, last + 1);
        assert_memory_equal(features, features + FEATURES,
                            (size_t)(part.features - features - FEATURES) * sizeof *features);
        assert_true(bm_net_reach(net, last) < bm_net_reach(net, n_taps - 1));
        assert_true(last == 0 || bm_net_reach(net, last) >= bm_net_reach(net, last - 1));
    }
    free(x);
    free(features);
    bm_net_free(net);
}

static void watching_ends_at_a_tap(void **state)
{
    (void)state;
    const struct bm_net_spec resnet = {
        .arch = "resnet18", .input = {16, 16, 3}, .classes = 10, .width = 8, .projector_width = 32};
    const struct bm_net_spec shallow = {.arch = "mlp",
                                        .input = {16, 16, 3},
                                        .classes = 10,
                                        .width = 8,
                                        .depth = 1,
                                        .projector_width = 32};
    check_ends(&resnet);
    check_ends(&shallow);
}

static void watching_goes_on_from_a_tap(void **state)
{
    (void)state;
    struct bm_net_spec resnet = cnn, mlp = cnn, plain = cnn, projected = cnn, shallow;
    snprintf(resnet.arch, sizeof resnet.arch, "resnet18");
    resnet.stem = BM_STEM_SMALL;
    snprintf(mlp.arch, sizeof mlp.arch, "mlp");
    mlp.depth = 2;
    shallow = mlp;
    shallow.depth = 1;
    plain.norm = BM_NORM_NONE;
    projected.projector_norm = projected.output_norm = BM_NORM_BN;
    check_resume(&shallow, "embedding");
    check_resume(&cnn, "layer4");
    check_resume(&resnet, "stage4");
    check_resume(&mlp, "layer2");
    check_resume(&plain, "layer4");
    check_resume(&projected, "layer4");
}

static void watching_gives_the_same_bits(void **state)
{
    (void)state;
    struct bm_net_spec wide = cnn, resnet = cnn, mlp = cnn, plain = cnn, projected = cnn;
    wide.projector_width = 2500;
    snprintf(resnet.arch, sizeof resnet.arch, "resnet18");
    resnet.stem = BM_STEM_SMALL;
    snprintf(mlp.arch, sizeof mlp.arch, "mlp");
    mlp.depth = 2;
    plain.norm = BM_NORM_NONE;
    projected.projector_norm = projected.output_norm = BM_NORM_BN;
    check_watch(&cnn);
    check_watch(&resnet);
    check_watch(&mlp);
    check_watch(&wide);
    check_watch(&plain);
    check_watch(&projected);
}

static void training_fits_random_labels(void **state)
{
    (void)state;
    struct bm_net *net = planned(&cnn, 16, BM_UPDATE_AT_ONCE);
    float *x = hashed_images(&cnn, 16);
    float target[16][10] = {0};
    for (size_t i = 0; i < 16; i++)
        target[i][i % 10] = 1;
    const struct bm_loss *mse = bm_loss_find("mse");
    double before = mse->value(bm_net_forward(net, x, 16, BM_TRAIN), *target, 16, 10, NULL);
    train(net, &cnn, 16, 60);
    double after = mse->value(bm_net_forward(net, x, 16, BM_TRAIN), *target, 16, 10, NULL);
    if (!(after < before / 50))
        fail_msg("loss %g -> %g", before, after);
    free(x);
    bm_net_free(net);
}

/* The paper's largest network fits: ResNet-18 of width 64 on 256 CIFAR images with a projector of
 * 65,536 units, and the optimizer's two moments, in less than 2 GiB. Training keeps no gradients
 * but those of one convolution of 512 channels at a time. */
static void memory_of_a_resnet18(void **state)
{
    (void)state;
    const struct bm_net_spec spec = {.arch = "resnet18",
                                     .input = {32, 32, 3},
                                     .classes = 10,
                                     .width = 64,
                                     .projector_width = 65536,
                                     .stem = BM_STEM_SMALL,
                                     .norm = BM_NORM_BN};
    struct bm_net *net = bm_net_new(&spec, 256, NULL);
    assert_non_null(net);
    size_t moments = 2 * bm_net_parameters(net) * sizeof(float);
    assert_int_equal(bm_net_parameters(net), 11168832 + 512 * 65536 + 65536 * 10);
    size_t memory = bm_net_memory(net, BM_UPDATE_AT_ONCE);
    double gib = (double)(memory + moments) / 0x1p30;
    print_message("ResNet-18, batch 256: %.2f GiB\n", gib);
    assert_true(gib < 2);
    size_t saved = bm_net_memory(net, BM_KEEP_GRADIENTS) - memory;
    size_t expected = (bm_net_parameters(net) - 9 * 512 * 512) * sizeof(float);
    assert_true(saved + BM_ALIGN > expected && saved < expected + BM_ALIGN);
    bm_net_free(net);
}

static void impossible_specs_get_a_sentence(void **state)
{
    (void)state;
    struct bm_net_spec no_arch = cnn, no_depth = cnn, no_width = cnn, too_large = cnn, pixel = cnn;
    strcpy(no_arch.arch, "cmm");
    strcpy(no_depth.arch, "mlp");
    no_depth.depth = 0;
    no_width.width = 0;
    too_large.input = (struct bm_shape){1024, 1024, 3};
    strcpy(pixel.arch, "mlp");
    const struct {
        const struct bm_net_spec *spec;
        int batch;
        const char *says;
    } cases[] = {
        {&no_arch, 4, "'cmm'"},        {&no_depth, 4, "depth: 0"},
        {&no_width, 4, "width: 0"},    {&cnn, 0, "batch_size: 0"},
        {&too_large, 65536, "images"}, {&pixel, 1, "batch_size: 1 leaves bn1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_err err = {0};
        assert_null(bm_net_new(cases[i].spec, cases[i].batch, &err));
        assert_int_equal(err.code, BM_EXIT_DATA);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
    }
}

static void blas_is_named(void **state)
{
    (void)state;
    assert_true(strlen(bm_blas_kernel()) > 0);
    int major, minor, patch;
    assert_int_equal(sscanf(bm_blas_version(), "OpenBLAS %d.%d.%d", &major, &minor, &patch), 3);
}

/* Threads that a network counts on, in a process with the given limits. */
static int threads_under(const char *environment)
{
    char self[500] = "", command[700];
    int threads = 0;
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(command, sizeof command, "%s '%s' --threads", environment, self);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    assert_int_equal(fscanf(output, "%d", &threads), 1);
    assert_int_equal(pclose(output), 0);
    return threads;
}

/* Layers give each thread a part: a region that got fewer would leave parts out. */
static void threads_are_those_that_regions_get(void **state)
{
    (void)state;
    assert_int_equal(threads_under("OMP_NUM_THREADS=3"), 3);
    assert_int_equal(threads_under("OMP_NUM_THREADS=3 OMP_THREAD_LIMIT=2"), 2);
    assert_int_equal(threads_under("OMP_NUM_THREADS=3 OMP_DYNAMIC=true"), 3);
}

/* Prints the threads of a network, unless a region gets others. */
static int print_threads(void)
{
    struct bm_net *net = bm_net_new(&cnn, 2, NULL);
    int got = 0;
#pragma omp parallel num_threads(net->threads)
#pragma omp single
    got = omp_get_num_threads();
    printf("%d\n", got == net->threads ? got : 0);
    bm_net_free(net);
    return 0;
}

/* The tap of the part that a tensor of a ResNet belongs to, by their names. */
static const char *part_of(const char *tensor)
{
    static const char *const parts[][2] = {
        {"conv1.", "stem"},         {"bn1.", "stem"},      {"layer1.", "stage1"},
        {"layer2.", "stage2"},      {"layer3.", "stage3"}, {"layer4.", "stage4"},
        {"projector", "projector"}, {"output", "output"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strncmp(tensor, parts[i][0], strlen(parts[i][0])) == 0)
            return parts[i][1];
    fail_msg("%s is of no part", tensor);
    return NULL;
}

static double *tensor_values(const struct bm_net *net, size_t t, size_t *size)
{
    struct bm_tensor_info info;
    bm_net_tensor_info(net, t, &info);
    *size = 1;
    for (int d = 0; d < info.n_dims; d++)
        *size *= (size_t)info.dims[d];
    double *values = calloc(*size, sizeof *values);
    bm_net_tensor_get(net, t, values);
    return values;
}

/* Other than bm_net_init leaves them; statistics, too. */
static void change_all(struct bm_net *net)
{
    for (size_t t = 0, size; t < bm_net_tensors(net); t++) {
        double *values = tensor_values(net, t, &size);
        for (size_t i = 0; i < size; i++)
            values[i] += 1;
        bm_net_tensor_set(net, t, values);
        free(values);
    }
}

/* All tensors of the part at `tap`, and no others, are those of `begun`. */
static void assert_part_is_initial(const struct bm_net *net, const struct bm_net *begun, int tap)
{
    for (size_t t = 0, size; t < bm_net_tensors(net); t++) {
        struct bm_tensor_info info;
        bm_net_tensor_info(net, t, &info);
        bool is_state = strstr(info.name, "running_") != NULL;
        bool is_in = !is_state && strcmp(part_of(info.name), bm_net_tap_name(net, tap)) == 0;
        double *values = tensor_values(net, t, &size), *initial = tensor_values(begun, t, &size);
        for (size_t i = 0; i < size; i++)
            if ((values[i] == initial[i]) != is_in)
                fail_msg("%s of %s", info.name, bm_net_tap_name(net, tap));
        free(values);
        free(initial);
    }
}

static void parts_lie_between_taps(void **state)
{
    (void)state;
    struct bm_net_spec specs[] = {
        {.stem = BM_STEM_SMALL, .norm = BM_NORM_BN, .projector_width = 16},
        {.stem = BM_STEM_LARGE,
         .norm = BM_NORM_BN,
         .projector_width = 16,
         .output_norm = BM_NORM_BN},
        {.stem = BM_STEM_SMALL, .norm = BM_NORM_NONE},
    };
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        strcpy(specs[s].arch, "resnet18");
        specs[s].input = (struct bm_shape){32, 32, 3};
        specs[s].classes = 10;
        specs[s].width = 2;
        struct bm_net *begun = planned(&specs[s], 2, BM_KEEP_GRADIENTS);
        size_t first, n, end = 0;
        for (int tap = 0; tap < bm_net_taps(begun); tap++) {
            struct bm_net *net = planned(&specs[s], 2, BM_KEEP_GRADIENTS);
            bm_net_part(net, tap, &first, &n);
            assert_int_equal(first, end); /* one behind the other */
            end += n;
            change_all(net);
            bm_net_init_part(net, tap, 7);
            assert_part_is_initial(net, begun, tap);
            bm_net_free(net);
        }
        assert_int_equal(end, bm_net_parameters(begun)); /* and no other */
        bm_net_free(begun);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--threads") == 0)
        return print_threads();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_lie_between_taps),
        cmocka_unit_test(threads_are_those_that_regions_get),
        cmocka_unit_test(taps_are_named_and_sized),
        cmocka_unit_test(flops_are_those_of_the_products),
        cmocka_unit_test(initial_values_have_the_right_spread),
        cmocka_unit_test(initial_values_do_not_depend_on_the_layout),
        cmocka_unit_test(tensors_read_back),
        cmocka_unit_test(equal_nets_stay_bit_equal),
        cmocka_unit_test(updates_on_the_way_are_those_of_a_step),
        cmocka_unit_test(evaluation_of_a_part_gives_the_same_rows),
        cmocka_unit_test(watching_gives_the_same_bits),
        cmocka_unit_test(watching_ends_at_a_tap),
        cmocka_unit_test(watching_goes_on_from_a_tap),
        cmocka_unit_test(training_fits_random_labels),
        cmocka_unit_test(memory_of_a_resnet18),
        cmocka_unit_test(impossible_specs_get_a_sentence),
        cmocka_unit_test(blas_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
