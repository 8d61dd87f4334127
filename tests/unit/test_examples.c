/* What is kept of each training image: against outputs and neighbours in plain loops, and on disk.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/data.h"
#include "bm/examples_file.h"
#include "bm/train.h"
#include "io/hdf5.h"
#include "settings.h"
#include "train/examples.h"

enum { N = 44, CLASSES = 10, EVALUATIONS = 4, K = 5, MOST_TAPS = 8, LONGEST = 1024 };

/* ---- a run and what it kept ---- */

struct record {
    size_t n;
    double memorization[EVALUATIONS];
    struct bm_arena memory;
    struct bm_examples examples; /* in `memory` */
    struct bm_net *end;          /* a network with the parameters of the end; owned */
};

static int keep(void *context, const struct bm_evaluation *evaluation,
                const struct bm_findings *findings)
{
    struct record *record = context;
    (void)findings;
    assert_true(record->n < EVALUATIONS);
    record->memorization[record->n++] = evaluation->memorization;
    return 0;
}

static int keep_network(void *context, const struct bm_net *net, struct bm_err *err)
{
    struct bm_net *to = ((struct record *)context)->end;
    double *values = calloc(bm_net_parameters(net), sizeof *values);
    (void)err;
    for (size_t t = 0; t < bm_net_tensors(net); t++) {
        bm_net_tensor_get(net, t, values);
        bm_net_tensor_set(to, t, values);
    }
    free(values);
    return 0;
}

static void copy_examples(struct bm_examples *to, const struct bm_examples *from,
                          struct bm_arena *memory)
{
    struct bm_arena count = {0};
    size_t n = from->n, e = from->n_evaluations;
    bm_examples_carve(to, n, e, &count);
    assert_int_equal(bm_arena_init(memory, count.used, "a copy", NULL), 0);
    bm_examples_carve(to, n, e, memory);
    to->n_evaluations = e;
    memcpy(to->index, from->index, n * sizeof *to->index);
    memcpy(to->truth, from->truth, n * sizeof *to->truth);
    memcpy(to->label, from->label, n * sizeof *to->label);
    memcpy(to->depth, from->depth, n * sizeof *to->depth);
    memcpy(to->epoch, from->epoch, e * sizeof *to->epoch);
    memcpy(to->predicted, from->predicted, e * n * sizeof *to->predicted);
    memcpy(to->margin, from->margin, e * n * sizeof *to->margin);
}

static int keep_examples(void *context, const struct bm_examples *examples, struct bm_err *err)
{
    struct record *record = context;
    (void)err;
    copy_examples(&record->examples, examples, &record->memory);
    return 0;
}

static struct bm_config tiny(const char *settings)
{
    struct bm_config config = settings_of(
        "dataset=synthetic train_size=44 test_size=30 batch_size=10 epochs=30 probe_every=10 "
        "arch=cnn width=4 projector_width=9 diversity=none lr=0.01 probes= label_noise=0.75 "
        "knn_k=5");
    settings_set(&config, settings);
    return config;
}

static struct record *run(const struct bm_config *config, int64_t probe_memory)
{
    struct record *record = calloc(1, sizeof *record);
    struct bm_net_spec spec;
    struct bm_launch launch;
    struct bm_result result;
    struct bm_err err = {0};
    bm_table_init(&bm_launch_table, &launch);
    launch.probe_memory = probe_memory;
    assert_int_equal(bm_train_net_spec(config, &launch, &spec, NULL), 0);
    record->end = bm_net_new(&spec, (int)config->batch_size, NULL);
    assert_int_equal(bm_net_plan(record->end, BM_KEEP_GRADIENTS, NULL), 0);
    struct bm_train_sink sink = {
        .context = record, .evaluation = keep, .network = keep_network, .examples = keep_examples};
    if (bm_train(config, &launch, NULL, &sink, &result, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(result.status, BM_STATUS_DONE);
    return record;
}

static void release(struct record *record)
{
    bm_arena_fini(&record->memory);
    bm_net_free(record->end);
    free(record);
}

/* ---- the reference ---- */

static float outputs[N][CLASSES];
static double features[MOST_TAPS][N][LONGEST]; /* of length 1, rounded to floats */

static void normalize(const float *row, size_t d, double *to)
{
    double squares = 0;
    for (size_t f = 0; f < d; f++)
        squares += (double)row[f] * (double)row[f];
    for (size_t f = 0; f < d; f++)
        to[f] = squares > 0 ? (double)(float)((double)row[f] / sqrt(squares)) : 0;
}

enum { BATCH = 10, PIXELS = 32 * 32 };

/* Images from `first` on, as a network sees them; how many. */
static int fill(const struct bm_split *train, size_t first, bm_real x[BATCH][PIXELS][3])
{
    int n = N - first < BATCH ? (int)(N - first) : BATCH;
    for (int i = 0; i < n; i++)
        for (size_t p = 0; p < (size_t)PIXELS * 3; p++)
            x[i][p % PIXELS][p / PIXELS] = (bm_real)train->pixels[first + (size_t)i][p] / 255;
    return n;
}

static bm_real x[BATCH][PIXELS][3];

/* A network that was not trained has the statistics of the images. */
static void take_statistics(struct bm_net *net, const struct bm_split *train)
{
    bm_net_reset_statistics(net);
    for (size_t first = 0; first < N; first += BATCH)
        bm_net_forward(net, x[0][0], fill(train, first, x), BM_CALIBRATE);
}

/* In the batches of an evaluation: features that have collapsed differ by their last bits alone. */
static void look(struct bm_net *net, const struct bm_split *train, int pool)
{
    static float rows[BATCH * LONGEST];
    for (size_t first = 0; first < N; first += BATCH) {
        int n = fill(train, first, x);
        memcpy(outputs[first], bm_net_forward(net, x[0][0], n, BM_EVAL),
               (size_t)n * sizeof outputs[0]);
        for (int tap = 0; tap < bm_net_taps(net); tap++) {
            size_t d = bm_net_tap_dimension(net, tap, pool);
            assert_true(tap < MOST_TAPS && d <= LONGEST);
            bm_net_tap_features(net, tap, pool, n, rows, d);
            for (size_t i = 0; i < (size_t)n; i++)
                normalize(rows + i * d, d, features[tap][first + i]);
        }
    }
}

/* A vote was taken in which the last neighbour and the next image are equally near, but for
 * rounding. */
static bool is_open;

static size_t nearest_of(const double *distance)
{
    size_t nearest = 0;
    for (size_t j = 1; j < N; j++)
        nearest = distance[j] < distance[nearest] ? j : nearest;
    return nearest;
}

/* The class that most of the K nearest other images are trained on; ties to the smallest. */
static int vote(int tap, size_t i, size_t d, const uint16_t *label)
{
    double distance[N], last = 0;
    int votes[CLASSES] = {0}, best = 0;
    for (size_t j = 0; j < N; j++) {
        distance[j] = j == i ? INFINITY : 0;
        for (size_t f = 0; f < d; f++)
            distance[j] += pow(features[tap][i][f] - features[tap][j][f], 2);
    }
    for (int k = 0; k < K; k++) {
        size_t nearest = nearest_of(distance);
        votes[label[nearest]]++;
        last = distance[nearest];
        distance[nearest] = INFINITY;
    }
    is_open = is_open || distance[nearest_of(distance)] - last < 1e-4 * last + 1e-6;
    for (int c = 1; c < CLASSES; c++)
        best = votes[c] > votes[best] ? c : best;
    return best;
}

static int argmax(const float *output)
{
    int best = 0;
    for (int c = 1; c < CLASSES; c++)
        best = output[c] > output[best] ? c : best;
    return best;
}

static double margin(const float *output, int label)
{
    double other = -INFINITY;
    for (int c = 0; c < CLASSES; c++)
        other = c != label ? fmax(other, (double)output[c]) : other;
    return (double)output[label] - other;
}

static int depth(const struct bm_net *net, size_t i, const uint16_t *label, int pool)
{
    int first = bm_net_taps(net);
    for (int tap = first - 1; tap >= 0; tap--) {
        if (vote(tap, i, bm_net_tap_dimension(net, tap, pool), label) != argmax(outputs[i]))
            break;
        first = tap;
    }
    return first;
}

static void check_end(const struct record *record, const struct bm_config *config)
{
    const struct bm_examples *examples = &record->examples;
    const size_t last = (examples->n_evaluations - 1) * N;
    struct bm_data data;
    size_t depths[MOST_TAPS + 1] = {0}, kinds = 0, compared = 0;
    int pool = (int)config->probe_pool;
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_data_open(&data, config, &launch, NULL, NULL), 0);
    assert_int_equal(examples->n, N);
    if (config->epochs == 0)
        take_statistics(record->end, &data.train);
    look(record->end, &data.train, pool);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(examples->index[i], data.train.index[i]);
        assert_int_equal(examples->truth[i], data.train.truth[i]);
        assert_int_equal(examples->label[i], data.train.label[i]);
        assert_int_equal(examples->predicted[last + i], argmax(outputs[i]));
        assert_true(fabs((double)examples->margin[last + i] -
                         margin(outputs[i], data.train.label[i])) < 1e-5);
        is_open = false;
        int expected = depth(record->end, i, data.train.label, pool);
        assert_true(is_open || examples->depth[i] == expected);
        compared += !is_open;
        depths[examples->depth[i]]++;
    }
    assert_true(2 * compared > N);
    for (int d = 0; d <= MOST_TAPS; d++)
        kinds += depths[d] > 0;
    assert_true(kinds > (config->epochs > 0 ? 2 : 1) && depths[bm_net_taps(record->end)] > 0);
    bm_data_close(&data);
}

/* Each evaluation says of each image what memorization says of all. */
static void check_evaluations(const struct record *record)
{
    const struct bm_examples *examples = &record->examples;
    static const uint32_t epochs[] = {0, 10, 20, 30};
    assert_int_equal(examples->n_evaluations, EVALUATIONS);
    assert_int_equal(record->n, EVALUATIONS);
    for (size_t e = 0; e < EVALUATIONS; e++) {
        size_t memorized = 0;
        assert_int_equal(examples->epoch[e], epochs[e]);
        for (size_t i = 0; i < N; i++) {
            bool is_right = examples->predicted[e * N + i] == examples->label[i];
            memorized += is_right;
            assert_int_equal(examples->margin[e * N + i] > 0, is_right);
        }
        assert_true(fabs((double)memorized / N - record->memorization[e]) < 1e-12);
    }
    assert_true(record->memorization[3] > record->memorization[0]);
}

static void images_are_what_plain_loops_say(void **state)
{
    (void)state;
    const char *const variants[] = {
        "",
        "diversity=2 probes=knn,noisy noisy_queries=7",
        "arch=mlp width=12",
    };
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
        struct bm_config config = tiny(variants[v]);
        struct record *record = run(&config, 512);
        check_end(record, &config);
        check_evaluations(record);
        release(record);
    }
}

/* The votes are those of the network that was evaluated, with its statistics. */
static void an_untrained_network_has_depths(void **state)
{
    (void)state;
    struct bm_config config = tiny("epochs=0 arch=resnet18");
    struct record *record = run(&config, 512);
    assert_int_equal(record->examples.n_evaluations, 1);
    check_end(record, &config);
    release(record);
}

/* An evaluation does not know which one is the last. */
static void earlier_evaluations_are_a_shorter_runs(void **state)
{
    (void)state;
    struct bm_config config = tiny("");
    struct record *whole = run(&config, 512);
    config.epochs = 10;
    struct record *begun = run(&config, 512);
    assert_int_equal(begun->examples.n_evaluations, 2);
    assert_memory_equal(whole->examples.predicted, begun->examples.predicted,
                        2 * N * sizeof(uint16_t));
    assert_memory_equal(whole->examples.margin, begun->examples.margin, 2 * N * sizeof(float));
    release(whole);
    release(begun);
}

/* Where features do not fit, the images that ask come in several rounds. */
static void little_memory_changes_nothing(void **state)
{
    (void)state;
    static const char wide[] = "width=8 train_size=100 epochs=1 probe_pool=0";
    struct bm_config config = tiny(wide);
    struct record *small = run(&config, 1), *large = run(&config, 512);
    assert_memory_equal(small->examples.depth, large->examples.depth, 100 * sizeof(uint16_t));
    release(small);
    release(large);
}

/* ---- pieces ---- */

static void since_is_the_last_unbroken_row(void **state)
{
    (void)state;
    uint32_t epoch[] = {0, 5, 10, 12};
    uint16_t label[] = {1, 1, 1, 1, 1};
    uint16_t predicted[4][5] = {
        {1, 0, 1, 0, 1},
        {1, 1, 0, 0, 1},
        {1, 1, 1, 0, 1},
        {1, 1, 1, 1, 0},
    };
    struct bm_examples examples = {
        .n = 5, .n_evaluations = 4, .epoch = epoch, .label = label, .predicted = *predicted};
    static const double expected[] = {0, 5, 10, 12, NAN};
    for (size_t i = 0; i < 5; i++) {
        double since = bm_examples_since(&examples, i);
        assert_true(since == expected[i] || (isnan(since) && isnan(expected[i])));
    }
}

/* Images stand where the subset has them, whoever comes in a batch; they are named by the index. */
static void images_keep_their_places(void **state)
{
    (void)state;
    uint32_t index[] = {7, 3000, 41}, kept_index[3], epoch[1];
    uint16_t truth[] = {0, 1, 2}, label[] = {2, 1, 0}, kept[4][3];
    float kept_margin[3];
    const struct bm_split train = {.n = 3, .index = index, .truth = truth, .label = label};
    struct bm_examples examples = {.n = 3,
                                   .index = kept_index,
                                   .truth = kept[0],
                                   .label = kept[1],
                                   .epoch = epoch,
                                   .predicted = kept[2],
                                   .margin = kept_margin};
    uint32_t member[] = {2, 0, 1};
    uint16_t batch_label[] = {0, 2, 1};
    const bm_real output[] = {4, 4, 1, 0, 2, 5, 3, 1, -8};
    const struct bm_batch batch = {.classes = 3, .n = 3, .member = member, .label = batch_label};
    bm_examples_begin(&examples, &train);
    bm_examples_note(&examples, &batch, output);
    bm_examples_evaluated(&examples, 12);
    assert_memory_equal(kept_index, index, sizeof index);
    assert_memory_equal(examples.truth, truth, sizeof truth);
    assert_memory_equal(examples.label, label, sizeof label);
    static const uint16_t predicted[] = {2, 0, 0}; /* a tie is the smallest class */
    static const float margins[] = {3, -2, 0};
    assert_memory_equal(examples.predicted, predicted, sizeof predicted);
    assert_memory_equal(examples.margin, margins, sizeof margins);
    assert_int_equal(examples.n_evaluations, 1);
    assert_int_equal(epoch[0], 12);
}

static void one_class_has_no_margin(void **state)
{
    (void)state;
    uint16_t label = 0, predicted;
    uint32_t member = 0;
    float kept = 1;
    const bm_real output = 3;
    struct bm_examples examples = {.n = 1, .predicted = &predicted, .margin = &kept};
    const struct bm_batch batch = {.classes = 1, .n = 1, .member = &member, .label = &label};
    bm_examples_note(&examples, &batch, &output);
    assert_true(isnan(kept) && predicted == 0);
}

/* ---- what it takes ---- */

static int cost_of(const struct bm_config *config, enum bm_save save, struct bm_cost *cost,
                   struct bm_err *err)
{
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    launch.save_examples = save;
    return bm_cost_of(config, &launch, cost, err);
}

static void the_plan_knows_what_it_takes(void **state)
{
    (void)state;
    struct bm_config config = tiny("train_size=10000");
    struct bm_cost with, without, longer;
    assert_int_equal(cost_of(&config, BM_SAVE_FINAL, &with, NULL), 0);
    assert_int_equal(cost_of(&config, BM_SAVE_NONE, &without, NULL), 0);
    config.epochs = 40;
    assert_int_equal(cost_of(&config, BM_SAVE_FINAL, &longer, NULL), 0);
    /* 14 bytes an image, 6 an image and evaluation; a vote at each of seven taps. */
    double file = 10000 * (14 + 6 * EVALUATIONS), votes = 10000 * 2 * 7;
    assert_true(fabs(with.disk - without.disk - file) < 1e3);
    assert_true(with.memory - without.memory > 2 * file + (file - 4 * 10000) + votes);
    assert_true(longer.memory - with.memory > 3 * 6 * 10000);
    /* Everyone is compared with everyone. */
    assert_true(with.flops - without.flops > 1e8 * 2 * 7);
}

static void too_few_others_are_refused(void **state)
{
    (void)state;
    struct bm_config config = tiny("knn_k=44");
    struct bm_cost cost;
    struct bm_err err = {0};
    assert_int_equal(cost_of(&config, BM_SAVE_FINAL, &cost, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_non_null(strstr(err.text, "knn_k: 44 others, and there are 43"));
    assert_int_equal(cost_of(&config, BM_SAVE_NONE, &cost, NULL), 0);
    config.knn_k = 43;
    assert_int_equal(cost_of(&config, BM_SAVE_FINAL, &cost, NULL), 0);
}

/* ---- on disk ---- */

static char folder[] = "/tmp/bm-examples-XXXXXX", results[100];
static const struct bm_id one = {{1, 2, 3}}, other = {{3, 2, 1}};

static int new_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/bm-examples-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(results, sizeof results, "%s/r.h5", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[60];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

enum { IMAGES = 3, TIMES = 2 };
static uint32_t some_index[] = {9, 70000, 2}, some_epoch[] = {0, 7};
static uint16_t some_truth[] = {0, 1, 2}, some_label[] = {2, 1, 0}, some_depth[] = {0, 3, 7};
static uint16_t some_predicted[TIMES][IMAGES] = {{1, 1, 1}, {2, 1, 9}};
static float some_margin[TIMES][IMAGES] = {{0.5f, -1.25f, 3e-30f}, {NAN, 1e30f, 0}};
static const struct bm_examples some = {IMAGES,          some_index,   some_truth,
                                        some_label,      TIMES,        some_epoch,
                                        *some_predicted, *some_margin, some_depth};

static void they_come_back_from_the_file(void **state)
{
    (void)state;
    struct bm_config config = tiny("");
    struct bm_examples back;
    struct bm_arena memory;
    assert_int_equal(bm_examples_save(results, &one, &config, &some, NULL), 0);
    assert_int_equal(bm_examples_read(results, &one, &back, &memory, NULL), 0);
    assert_true(back.n == IMAGES && back.n_evaluations == TIMES);
    assert_memory_equal(back.index, some.index, sizeof some_index);
    assert_memory_equal(back.truth, some.truth, sizeof some_truth);
    assert_memory_equal(back.label, some.label, sizeof some_label);
    assert_memory_equal(back.depth, some.depth, sizeof some_depth);
    assert_memory_equal(back.epoch, some.epoch, sizeof some_epoch);
    assert_memory_equal(back.predicted, some.predicted, sizeof some_predicted);
    assert_memory_equal(back.margin, some.margin, sizeof some_margin);
    bm_arena_fini(&memory);
}

static void another_runs_are_refused(void **state)
{
    (void)state;
    struct bm_config config = tiny("");
    struct bm_examples back;
    struct bm_arena memory;
    struct bm_err none = {0}, wrong = {0};
    char from[BM_PATH_SIZE], to[BM_PATH_SIZE];
    assert_int_equal(bm_examples_read(results, &one, &back, &memory, &none), -1);
    assert_int_equal(none.code, BM_EXIT_IO);
    assert_non_null(strstr(none.text, "no examples; they are kept with 'save_examples: final'"));
    assert_int_equal(bm_examples_save(results, &one, &config, &some, NULL), 0);
    assert_int_equal(bm_examples_path(results, &one, from, NULL), 0);
    assert_int_equal(bm_examples_path(results, &other, to, NULL), 0);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(bm_examples_read(results, &other, &back, &memory, &wrong), -1);
    assert_int_equal(wrong.code, BM_EXIT_IO);
    assert_non_null(strstr(wrong.text, "'id'"));
}

/* Neither another shape nor another kind of number is taken for what is expected. */
static void tensors_are_read_as_what_they_are(void **state)
{
    (void)state;
    float values[6] = {1, 2, 3, 4, 5, 6}, back[6] = {0};
    uint16_t whole[6];
    const void *data;
    size_t size;
    char path[120];
    int dims[BM_H5_DIMENSIONS];
    struct bm_h5 *file;
    const struct bm_h5_tensor made = {"x", BM_H5_FLOAT, 2, {2, 3}, values, "of a test"};
    const struct bm_h5_tensor wrong[] = {
        {"x", BM_H5_FLOAT, 2, {3, 2}, back, NULL},
        {"x", BM_H5_FLOAT, 1, {6}, back, NULL},
        {"x", BM_H5_UINT16, 2, {2, 3}, whole, NULL},
        {"y", BM_H5_FLOAT, 2, {2, 3}, back, NULL},
    };
    snprintf(path, sizeof path, "%s/x.h5", folder);
    assert_int_equal(bm_h5_new(&file, NULL), 0);
    assert_int_equal(bm_h5_write_tensor(file, &made, NULL), 0);
    assert_int_equal(bm_h5_image(file, &data, &size, NULL), 0);
    assert_int_equal(bm_file_put(path, data, size, NULL), 0);
    bm_h5_close(file);
    assert_int_equal(bm_h5_open(path, &file, NULL), 0);
    assert_int_equal(bm_h5_shape(file, "x", dims), 2);
    assert_true(dims[0] == 2 && dims[1] == 3);
    assert_int_equal(bm_h5_shape(file, "y", dims), -1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bm_err err = {0};
        assert_int_equal(bm_h5_read_tensor(file, &wrong[i], &err), -1);
        assert_int_equal(err.code, BM_EXIT_IO);
    }
    struct bm_h5_tensor right = made;
    right.values = back;
    assert_int_equal(bm_h5_read_tensor(file, &right, NULL), 0);
    assert_memory_equal(back, values, sizeof values);
    bm_h5_close(file);
}

int main(void)
{
#define ON_DISK(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_what_plain_loops_say),
        cmocka_unit_test(an_untrained_network_has_depths),
        cmocka_unit_test(earlier_evaluations_are_a_shorter_runs),
        cmocka_unit_test(little_memory_changes_nothing),
        cmocka_unit_test(since_is_the_last_unbroken_row),
        cmocka_unit_test(images_keep_their_places),
        cmocka_unit_test(one_class_has_no_margin),
        cmocka_unit_test(the_plan_knows_what_it_takes),
        cmocka_unit_test(too_few_others_are_refused),
        ON_DISK(they_come_back_from_the_file),
        ON_DISK(another_runs_are_refused),
        ON_DISK(tensors_are_read_as_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
