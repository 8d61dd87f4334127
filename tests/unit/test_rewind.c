/* What remains with a part of a network put back: runs against a multilayer perceptron in plain
 * loops, and what rewinding must leave alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/data.h"
#include "bm/train.h"
#include "settings.h"
#include "train/rewind.h"
#include "train/setup.h"

enum { MOST = 8, TRAIN = 44, TEST = 30, BATCH = 10, CLASSES = 10, DEPTH = 2 };

/* ---- a run and what it said ---- */

struct record {
    size_t n, n_taps;
    struct bm_evaluation evaluations[MOST];
    struct bm_tap_probe taps[MOST][BM_MOST_TAPS];
    struct bm_result result;
    struct bm_net *end; /* a network with the tensors of the end; owned */
};

static int keep(void *context, const struct bm_evaluation *evaluation,
                const struct bm_findings *findings)
{
    struct record *record = context;
    assert_true(record->n < MOST);
    record->evaluations[record->n] = *evaluation;
    memcpy(record->taps[record->n++], findings->taps, findings->n_taps * sizeof *findings->taps);
    record->n_taps = findings->n_taps;
    return 0;
}

static int copy(void *context, const struct bm_net *net, struct bm_err *err)
{
    struct bm_net *to = ((struct record *)context)->end;
    (void)err;
    size_t largest = bm_net_parameters(net);
    double *values = calloc(largest, sizeof *values);
    for (size_t t = 0; t < bm_net_tensors(net); t++) {
        bm_net_tensor_get(net, t, values);
        bm_net_tensor_set(to, t, values);
    }
    free(values);
    return 0;
}

static struct bm_config tiny(const char *settings)
{
    struct bm_config config = settings_of(
        "dataset=synthetic train_size=44 test_size=30 batch_size=10 epochs=30 probe_every=15 "
        "arch=mlp depth=2 width=12 diversity=none projector_width=9 probes=rewind lr=0.01 "
        "label_noise=0.75");
    settings_set(&config, settings);
    return config;
}

/* As a run of these settings begins. */
static struct bm_net *initial(const struct bm_config *config)
{
    struct bm_net_spec spec;
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_train_net_spec(config, &launch, &spec, NULL), 0);
    struct bm_net *net = bm_net_new(&spec, (int)config->batch_size, NULL);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, (uint64_t)config->seed);
    return net;
}

static struct record *run(const struct bm_config *config)
{
    struct record *record = calloc(1, sizeof *record);
    struct bm_launch launch;
    struct bm_err err = {0};
    bm_table_init(&bm_launch_table, &launch);
    record->end = initial(config);
    struct bm_train_sink sink = {.context = record, .evaluation = keep, .network = copy};
    if (bm_train(config, &launch, NULL, &sink, &record->result, &err) != 0)
        fail_msg("%s", err.text);
    return record;
}

static void release(struct record *record)
{
    bm_net_free(record->end);
    free(record);
}

/* ---- the reference: a multilayer perceptron ---- */

enum { IN = 3 * 32 * 32, WIDEST = IN, LAYERS = DEPTH + 2 };

/* Fully connected, then perhaps a normalization, then perhaps a ReLU. */
struct layer {
    const char *name, *norm; /* of tensors */
    const char *part;        /* the tap where it ends */
    int in, out;
    bool is_normalized, is_affine, has_relu;
    double *weight; /* out x in */
    double scale[16], bias[16], mean[16], variance[16];
};

struct model {
    struct layer layers[LAYERS];
};

static void make_layers(struct model *model, const struct bm_config *config)
{
    bool encoder = config->norm == BM_NORM_BN, projector = config->projector_norm == BM_NORM_BN,
         output = config->output_norm == BM_NORM_BN;
    int width = (int)config->width, hidden = (int)config->projector_width;
    *model = (struct model){{
        {"linear1", "bn1", "layer1", IN, width, encoder, true, true, 0, {0}, {0}, {0}, {0}},
        {"linear2", "bn2", "layer2", width, width, encoder, true, true, 0, {0}, {0}, {0}, {0}},
        {"projector",
         "projector_bn",
         "projector",
         width,
         hidden,
         projector,
         true,
         true,
         0,
         {0},
         {0},
         {0},
         {0}},
        {"output",
         "output_bn",
         "output",
         hidden,
         CLASSES,
         output,
         false,
         false,
         0,
         {0},
         {0},
         {0},
         {0}},
    }};
}

static void get(const struct bm_net *net, const char *layer, const char *what, double *values)
{
    struct bm_tensor_info info;
    char name[100];
    snprintf(name, sizeof name, "%s.%s", layer, what);
    for (size_t t = 0; t < bm_net_tensors(net); t++) {
        bm_net_tensor_info(net, t, &info);
        if (strcmp(info.name, name) != 0)
            continue;
        bm_net_tensor_get(net, t, values);
        return;
    }
    fail_msg("the network has no %s", name);
}

/* Layers of `part` from `begun`, all others from `ended`. */
static void take_parameters(struct model *model, const struct bm_net *begun,
                            const struct bm_net *ended, const char *part)
{
    for (struct layer *layer = model->layers; layer < model->layers + LAYERS; layer++) {
        const struct bm_net *from = strcmp(layer->part, part) == 0 ? begun : ended;
        layer->weight = calloc((size_t)layer->in * (size_t)layer->out, sizeof *layer->weight);
        get(from, layer->name, "weight", layer->weight);
        for (int c = 0; c < 16; c++)
            layer->scale[c] = 1;
        if (layer->is_normalized && layer->is_affine) {
            get(from, layer->norm, "weight", layer->scale);
            get(from, layer->norm, "bias", layer->bias);
        }
    }
}

static void multiply(const struct layer *layer, const double *x, double *y)
{
    for (int o = 0; o < layer->out; o++) {
        y[o] = 0;
        for (int i = 0; i < layer->in; i++)
            y[o] += layer->weight[o * layer->in + i] * x[i];
    }
}

static double finished(const struct layer *layer, int c, double y, double mean, double variance)
{
    if (layer->is_normalized)
        y = layer->scale[c] * (y - mean) / sqrt(variance + 1e-5) + layer->bias[c];
    return layer->has_relu ? fmax(y, 0) : y;
}

/* One batch of n through a layer, in place: with its own statistics, which are added to the running
 * ones with the weight of n of TRAIN images. */
static void calibrate_layer(struct layer *layer, double x[BATCH][WIDEST], int n)
{
    double y[BATCH][16];
    for (int i = 0; i < n; i++)
        multiply(layer, x[i], y[i]);
    for (int c = 0; c < layer->out; c++) {
        double mean = 0, squares = 0;
        for (int i = 0; i < n; i++)
            mean += y[i][c] / n;
        for (int i = 0; i < n; i++)
            squares += pow(y[i][c] - mean, 2);
        layer->mean[c] += mean * n / TRAIN;
        layer->variance[c] += squares / (n - 1) * n / TRAIN;
        for (int i = 0; i < n; i++)
            x[i][c] = finished(layer, c, y[i][c], mean, squares / n);
    }
}

static void see(const struct bm_split *split, size_t i, double x[WIDEST])
{
    for (int p = 0; p < IN; p++)
        x[p] = split->pixels[i][p] / 255.0;
}

static void calibrate(struct model *model, const struct bm_split *train)
{
    static double x[BATCH][WIDEST];
    for (size_t first = 0; first < TRAIN; first += BATCH) {
        int n = TRAIN - first < BATCH ? (int)(TRAIN - first) : BATCH;
        for (int i = 0; i < n; i++)
            see(train, first + (size_t)i, x[i]);
        for (int l = 0; l < LAYERS; l++)
            calibrate_layer(&model->layers[l], x, n);
    }
}

static int predict(const struct model *model, const struct bm_split *split, size_t i)
{
    static double x[WIDEST];
    double y[16];
    int best = 0;
    see(split, i, x);
    for (const struct layer *layer = model->layers; layer < model->layers + LAYERS; layer++) {
        multiply(layer, x, y);
        for (int c = 0; c < layer->out; c++)
            x[c] = finished(layer, c, y[c], layer->mean[c], layer->variance[c]);
    }
    for (int c = 1; c < CLASSES; c++)
        best = x[c] > x[best] ? c : best;
    return best;
}

static double accuracy(const struct model *model, const struct bm_split *split)
{
    double correct = 0;
    for (size_t i = 0; i < split->n; i++)
        correct += predict(model, split, i) == split->label[i];
    return correct / (double)split->n;
}

static void rewound(const struct bm_config *config, const struct bm_data *data,
                    const struct bm_net *end, const char *part, double *memorization, double *test)
{
    struct bm_net *begun = initial(config);
    struct model model;
    make_layers(&model, config);
    take_parameters(&model, begun, end, part);
    calibrate(&model, &data->train);
    *memorization = accuracy(&model, &data->train);
    *test = accuracy(&model, &data->test);
    for (int l = 0; l < LAYERS; l++)
        free(model.layers[l].weight);
    bm_net_free(begun);
}

static void compare_with_the_reference(const char *settings)
{
    static const char *const names[] = {"layer1", "layer2", "embedding", "projector", "output"};
    struct bm_config config = tiny(settings);
    struct bm_data data;
    struct bm_launch launch;
    struct record *record = run(&config);
    const struct bm_tap_probe *taps = record->taps[record->n - 1];
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_data_open(&data, &config, &launch, NULL, NULL), 0);
    assert_true(data.train.n == TRAIN && data.test.n == TEST);
    assert_int_equal(record->n_taps, sizeof names / sizeof *names);
    for (size_t t = 0; t < record->n_taps; t++) {
        double memorization, test;
        rewound(&config, &data, record->end, names[t], &memorization, &test);
        assert_string_equal(taps[t].tap, names[t]);
        assert_true(fabs(taps[t].rewind_memorization - memorization) < 1e-12);
        assert_true(fabs(taps[t].rewind_test - test) < 1e-12);
        /* The embedding's part is empty; every other one is needed. */
        assert_true(taps[t].rewind_memorization < taps[2].rewind_memorization || t == 2);
    }
    bm_data_close(&data);
    release(record);
}

static const char *const variants[] = {
    "seed=3",
    "norm=none",
    "projector_norm=bn output_norm=bn",
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void parts_are_those_of_plain_loops(void **state)
{
    (void)state;
    for (size_t v = 0; v < VARIANTS; v++)
        compare_with_the_reference(variants[v]);
}

/* ---- what stays ---- */

/* Parameters that are initial are put back to themselves; that evaluation is calibrated as well. */
static void rewinding_nothing_changes_nothing(void **state)
{
    (void)state;
    struct bm_config config = tiny("epochs=0");
    struct record *untrained = run(&config);
    for (size_t t = 0; t < untrained->n_taps; t++) {
        const struct bm_tap_probe *tap = &untrained->taps[0][t];
        assert_true(tap->rewind_memorization == untrained->result.memorization);
        assert_true(tap->rewind_test == untrained->result.test_accuracy);
    }
    release(untrained);
    /* No normalization, no statistics: the part without parameters is the run's own end. */
    config = tiny(variants[1]);
    struct record *plain = run(&config);
    const struct bm_tap_probe *embedding = &plain->taps[plain->n - 1][2];
    assert_true(embedding->rewind_memorization == plain->result.memorization);
    assert_true(embedding->rewind_test == plain->result.test_accuracy);
    release(plain);
}

static void assert_same_tensors(const struct bm_net *a, const struct bm_net *b)
{
    size_t largest = bm_net_parameters(a);
    double *of_a = calloc(largest, sizeof *of_a), *of_b = calloc(largest, sizeof *of_b);
    for (size_t t = 0; t < bm_net_tensors(a); t++) {
        bm_net_tensor_get(a, t, of_a);
        bm_net_tensor_get(b, t, of_b);
        assert_memory_equal(of_a, of_b, largest * sizeof *of_a);
    }
    free(of_a);
    free(of_b);
}

static void the_run_is_what_it_was(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "",
        "arch=cnn width=4",
        "arch=resnet18 width=4",
        "projector_norm=bn output_norm=bn",
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct bm_config with = tiny(shapes[s]), without = with;
        settings_set(&without, "probes=");
        struct record *a = run(&with), *b = run(&without);
        assert_same_tensors(a->end, b->end);
        assert_int_equal(a->n, b->n);
        for (size_t e = 0; e < a->n; e++)
            assert_true(a->evaluations[e].memorization == b->evaluations[e].memorization &&
                        a->evaluations[e].test_accuracy == b->evaluations[e].test_accuracy);
        assert_true(isnan(b->taps[b->n - 1][0].rewind_test));
        release(a);
        release(b);
    }
}

/* ---- when ---- */

static bool is_taken(const struct record *record, size_t e)
{
    size_t taken = 0;
    for (size_t t = 0; t < record->n_taps; t++)
        taken += isfinite(record->taps[e][t].rewind_memorization) &&
                 isfinite(record->taps[e][t].rewind_test);
    assert_true(taken == 0 || taken == record->n_taps);
    return taken > 0;
}

static void assert_taken_at_the_end(const char *settings, size_t evaluations)
{
    struct bm_config config = tiny(settings);
    struct record *record = run(&config);
    assert_int_equal(record->n, evaluations);
    for (size_t e = 0; e < record->n; e++)
        assert_int_equal(is_taken(record, e), e == record->n - 1);
    release(record);
}

static void it_is_taken_at_the_end_alone(void **state)
{
    (void)state;
    assert_taken_at_the_end("", 3);
    assert_taken_at_the_end("epochs=31", 4);
    /* Stopped early: by the third evaluation that is good enough. */
    assert_taken_at_the_end("stop_memorized=0.01 probe_every=1 epochs=500", 3);
}

/* Not even where a part that is put back would make outputs finite again: at some depth, one layer
 * makes that difference. */
static void a_run_that_diverges_has_none(void **state)
{
    (void)state;
    struct bm_config config = tiny("norm=none lr=1e3 width=64 batch_size=44 epochs=1");
    size_t diverged = 0, finite = 0;
    for (config.depth = 4; config.depth <= 8; config.depth++) {
        struct record *record = run(&config);
        bool is_done = record->result.status == BM_STATUS_DONE;
        assert_int_equal(is_taken(record, record->n - 1), is_done);
        finite += is_done;
        diverged += record->result.status == BM_STATUS_DIVERGED;
        release(record);
    }
    assert_true(diverged > 0 && finite > 0);
}

/* ---- what it takes ---- */

static struct bm_cost cost_of(const struct bm_config *config)
{
    struct bm_launch launch;
    struct bm_cost cost;
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_cost_of(config, &launch, &cost, NULL), 0);
    return cost;
}

/* Once a part: a pass that calibrates, unless there is nothing to calibrate, and one of each half.
 */
static void the_plan_knows_what_it_takes(void **state)
{
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        struct bm_config with = tiny(variants[v]), without = with;
        settings_set(&without, "probes=");
        struct bm_net *net = initial(&with);
        double passes = v == 0 ? 2 * TRAIN + TEST : TRAIN + TEST;
        double flops = bm_net_flops(net) * bm_net_taps(net) * passes;
        assert_true(fabs(cost_of(&with).flops - cost_of(&without).flops - flops) < 1e-6 * flops);
        /* Moments of the optimizer give the memory. */
        assert_true(cost_of(&with).memory == cost_of(&without).memory);
        assert_true(bm_rewind_bytes(net) <= 2 * bm_net_parameters(net) * sizeof(float));
        bm_net_free(net);
        /* Where they do not, there is room for it none the less. */
        assert_int_equal(bm_train_moments(&with, 10, 1000), 1000);
        assert_int_equal(bm_train_moments(&without, 10, 1000), 2 * 10 * sizeof(float));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_those_of_plain_loops),
        cmocka_unit_test(rewinding_nothing_changes_nothing),
        cmocka_unit_test(the_run_is_what_it_was),
        cmocka_unit_test(it_is_taken_at_the_end_alone),
        cmocka_unit_test(a_run_that_diverges_has_none),
        cmocka_unit_test(the_plan_knows_what_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
