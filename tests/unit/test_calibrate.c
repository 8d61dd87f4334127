/* The evaluation before training has running statistics of the plain training images, and training
 * begins as if they had not been. What they have to be is put together from what single training
 * passes leave of each batch, in the order of the file. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "settings.h"
#include "train/evaluate.h"

/* Four batches and a half. */
enum { TRAIN = 45, TEST = 200, BATCH = 10, PIXELS = 32 * 32, CHANNELS = 3, CLASSES = 10 };

static struct bm_config config;
static struct bm_launch launch;
static struct bm_data data;
static bm_real images[BATCH * PIXELS * CHANNELS];

static int open_data(void **state)
{
    (void)state;
    config = settings_of("dataset=synthetic train_size=45 test_size=200 batch_size=10 arch=cnn "
                         "width=4 projector_width=12 projector_norm=bn output_norm=bn diversity=3 "
                         "label_noise=0.5 epochs=0 knn_k=5");
    bm_table_init(&bm_launch_table, &launch);
    return bm_data_open(&data, &config, &launch, NULL, NULL);
}

static int close_data(void **state)
{
    (void)state;
    bm_data_close(&data);
    return 0;
}

/* The network of the configuration, untrained. */
static struct bm_net *net_of(void)
{
    struct bm_net_spec spec;
    assert_int_equal(bm_train_net_spec(&config, &launch, &spec, NULL), 0);
    struct bm_net *net = bm_net_new(&spec, BATCH, NULL);
    assert_non_null(net);
    assert_int_equal(bm_net_plan(net, BM_UPDATE_AT_ONCE, NULL), 0);
    bm_net_init(net, (uint64_t)config.seed);
    return net;
}

/* Plain images first …, to `images`; returns how many: at most a batch. */
static int load(const struct bm_split *split, size_t first)
{
    size_t n = split->n - first < BATCH ? split->n - first : BATCH;
    for (size_t i = 0; i < n * PIXELS * CHANNELS; i++) {
        size_t image = i / CHANNELS / PIXELS, pixel = i / CHANNELS % PIXELS, c = i % CHANNELS;
        images[i] = (bm_real)split->pixels[first + image][c * PIXELS + pixel] / 255;
    }
    return (int)n;
}

/* Averages over the batches, each weighted by its images. A training pass leaves 0.9 old + 0.1 of
 * the batch; `old` is a mean of 0 or a variance of 1. */
static double *expected_statistics(struct bm_net *net)
{
    size_t count = bm_net_statistics(net);
    bm_real *now = bm_net_statistics_data(net);
    double *sum = calloc(count, sizeof *sum), *old = calloc(count, sizeof *old);
    for (size_t s = 0; s < count; s++)
        old[s] = (double)now[s];
    for (size_t at = 0; at < TRAIN; at += BATCH) {
        int n = load(&data.train, at);
        bm_net_reset_statistics(net);
        bm_net_forward(net, images, n, BM_TRAIN);
        for (size_t s = 0; s < count; s++)
            sum[s] += n * ((double)now[s] - 0.9 * old[s]) / 0.1 / TRAIN;
    }
    bm_net_reset_statistics(net);
    free(old);
    return sum;
}

static double largest_difference(const bm_real *got, const double *expected, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, fabs((double)got[i] - expected[i]));
    return worst;
}

static void statistics_are_those_of_the_plain_training_images(void **state)
{
    (void)state;
    struct bm_net *net = net_of();
    struct bm_subject subject = {.config = &config, .launch = &launch, .data = &data, .net = net};
    struct bm_arena count = {0}, arena;
    double *expected = expected_statistics(net);
    assert_int_equal(bm_batch_init(&subject.batch, &config, data.facts.shape,
                                   (struct bm_shape){32, 32, CHANNELS}, CLASSES, NULL),
                     0);
    bm_batch_carve(&subject.batch, &count);
    assert_int_equal(bm_arena_init(&arena, count.used, "a batch", NULL), 0);
    bm_batch_carve(&subject.batch, &arena);
    for (int again = 0; again < 2; again++) {
        bm_calibrate(&subject);
        double worst =
            largest_difference(bm_net_statistics_data(net), expected, bm_net_statistics(net));
        if (!(worst < 1e-5))
            fail_msg("calibrated statistics differ by %.1e", worst);
        bm_net_forward(net, images, load(&data.test, 0), BM_CALIBRATE); /* to be forgotten */
    }
    bm_batch_fini(&subject.batch);
    bm_arena_fini(&arena);
    free(expected);
    bm_net_free(net);
}

/* What a run tells. */
struct told {
    struct bm_evaluation evaluation;
    bool has_network;
};

static int keep_evaluation(void *context, const struct bm_evaluation *evaluation,
                           const struct bm_findings *findings)
{
    (void)findings;
    ((struct told *)context)->evaluation = *evaluation;
    return 0;
}

static void expect_equal_tensors(const struct bm_net *a, const struct bm_net *b, size_t tensor)
{
    struct bm_tensor_info info;
    size_t size = 1;
    bm_net_tensor_info(a, tensor, &info);
    for (int d = 0; d < info.n_dims; d++)
        size *= (size_t)info.dims[d];
    double *values = malloc(2 * size * sizeof *values);
    bm_net_tensor_get(a, tensor, values);
    bm_net_tensor_get(b, tensor, values + size);
    assert_memory_equal(values, values + size, size * sizeof *values);
    free(values);
}

/* The network that training begins with, or would. */
static int expect_untouched(void *context, const struct bm_net *trained, struct bm_err *err)
{
    (void)err;
    struct bm_net *fresh = net_of();
    ((struct told *)context)->has_network = true;
    assert_int_equal(bm_net_tensors(trained), bm_net_tensors(fresh));
    for (size_t t = 0; t < bm_net_tensors(fresh); t++)
        expect_equal_tensors(trained, fresh, t);
    bm_net_free(fresh);
    return 0;
}

static double accuracy(struct bm_net *net, const struct bm_split *split, const uint16_t *labels)
{
    size_t correct = 0;
    for (size_t at = 0; at < split->n; at += BATCH) {
        int n = load(split, at);
        const bm_real *output = bm_net_forward(net, images, n, BM_EVAL);
        for (int i = 0; i < n; i++)
            correct += bm_argmax(output + (size_t)i * CLASSES, CLASSES) == labels[at + (size_t)i];
    }
    return (double)correct / (double)split->n;
}

static void a_run_is_calibrated_before_training(void **state)
{
    (void)state;
    struct told told = {.has_network = false};
    struct bm_train_sink sink = {
        .context = &told, .evaluation = keep_evaluation, .network = expect_untouched};
    struct bm_result result;
    struct bm_err err = {0};
    if (bm_train(&config, &launch, NULL, &sink, &result, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(told.has_network);

    struct bm_net *net = net_of();
    double *expected = expected_statistics(net), as_they_begin[2], calibrated[2];
    for (int is_calibrated = 0; is_calibrated < 2; is_calibrated++) {
        double *found = is_calibrated ? calibrated : as_they_begin;
        for (size_t s = 0; is_calibrated && s < bm_net_statistics(net); s++)
            bm_net_statistics_data(net)[s] = (bm_real)expected[s];
        found[0] = accuracy(net, &data.test, data.test.truth);
        found[1] = accuracy(net, &data.train, data.train.label);
    }
    assert_true(as_they_begin[0] != calibrated[0] && as_they_begin[1] != calibrated[1]);
    assert_true(told.evaluation.test_accuracy == calibrated[0]);
    assert_true(told.evaluation.memorization == calibrated[1]);
    free(expected);
    bm_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_those_of_the_plain_training_images),
        cmocka_unit_test(a_run_is_calibrated_before_training),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
