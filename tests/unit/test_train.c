/* Whole runs of a tiny problem: they repeat bit for bit, evaluate when they should, keep to their
 * memory, and allocate nothing while they step. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/frame.h"
#include "bm/nn.h"
#include "bm/train.h"
#include "settings.h"

/* ---- counting allocations ---- */

static atomic_long allocations;

#ifndef __SANITIZE_ADDRESS__
/* Counts what this program asks for; what OpenBLAS takes within a product, on some CPUs, is its
 * own. */
extern const char __executable_start, etext;
static void count(const void *caller)
{
    if ((const char *)caller >= &__executable_start && (const char *)caller < &etext)
        atomic_fetch_add(&allocations, 1);
}

extern void *__libc_malloc(size_t size);
void *malloc(size_t size);
void *malloc(size_t size)
{
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

extern void *__libc_calloc(size_t n, size_t size);
void *calloc(size_t n, size_t size);
void *calloc(size_t n, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_calloc(n, size);
}

extern void *__libc_realloc(void *memory, size_t size);
void *realloc(void *memory, size_t size);
void *realloc(void *memory, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}
#endif

/* ---- a run and what it said ---- */

enum { MOST = 16 };

struct record {
    size_t n;
    struct bm_evaluation evaluations[MOST];
    size_t n_taps;
    struct bm_tap_probe taps[MOST][BM_MOST_TAPS];
    size_t n_pairs;
    struct bm_tap_pair pairs[MOST][30];
    long allocations[MOST]; /* so far, when the evaluation came */
    struct bm_result result;
};

static int keep(void *context, const struct bm_evaluation *evaluation,
                const struct bm_findings *findings)
{
    struct record *record = context;
    assert_true(record->n < MOST);
    record->evaluations[record->n] = *evaluation;
    assert_true(findings->n_pairs <= 30);
    memcpy(record->taps[record->n], findings->taps, findings->n_taps * sizeof *findings->taps);
    memcpy(record->pairs[record->n], findings->pairs, findings->n_pairs * sizeof *findings->pairs);
    record->n_taps = findings->n_taps;
    record->n_pairs = findings->n_pairs;
    record->allocations[record->n] = atomic_load(&allocations);
    record->n++;
    return 0;
}

static struct bm_config tiny(const char *settings)
{
    struct bm_config config = settings_of(
        "dataset=synthetic train_size=40 test_size=30 arch=cnn width=4 batch_size=10 epochs=5 "
        "lr=1e-3 projector_width=16 probe_every=2 knn_k=5");
    settings_set(&config, settings);
    return config;
}

static struct record *run(const char *settings, int64_t probe_memory)
{
    struct record *record = calloc(1, sizeof *record);
    struct bm_config config = tiny(settings);
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    if (probe_memory > 0)
        launch.probe_memory = probe_memory;
    struct bm_train_sink sink = {.context = record, .evaluation = keep};
    struct bm_err err = {0};
    if (bm_train(&config, &launch, NULL, &sink, &record->result, &err) != 0)
        fail_msg("%s", err.text);
    return record;
}

static void assert_same(const struct record *a, const struct record *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_taps, b->n_taps);
    assert_int_equal(a->n_pairs, b->n_pairs);
    for (size_t i = 0; i < a->n; i++) {
        for (size_t f = 0; f < bm_evaluation_table.n_fields; f++) {
            const struct bm_field *field = &bm_evaluation_table.fields[f];
            if (field->role == BM_REPRODUCIBLE &&
                !bm_field_equal(field, &a->evaluations[i], &b->evaluations[i]))
                fail_msg("evaluation %zu differs in %s", i, field->key);
        }
        for (size_t t = 0; t < a->n_taps; t++)
            for (size_t f = 0; f < bm_tap_probe_table.n_fields; f++) {
                const struct bm_field *field = &bm_tap_probe_table.fields[f];
                if (!bm_field_equal(field, &a->taps[i][t], &b->taps[i][t]))
                    fail_msg("evaluation %zu differs in %s at tap %zu", i, field->key, t);
            }
        assert_memory_equal(a->pairs[i], b->pairs[i], a->n_pairs * sizeof *a->pairs[i]);
    }
}

/* ---- tests ---- */

static const char *const variants[] = {
    "diversity=none",
    "diversity=3 label_noise=0.5",
    "arch=mlp width=24 depth=2",
    "norm=none projector_width=0",
    "image_size=20 batch_size=7 output_norm=bn",
};

static void runs_repeat_bit_for_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct record *first = run(variants[i], 0), *second = run(variants[i], 0);
        assert_same(first, second);
        assert_int_equal(first->result.status, BM_STATUS_DONE);
        free(first);
        free(second);
    }
}

static void seeds_matter(void **state)
{
    (void)state;
    struct record *a = run("seed=1", 0);
    struct record *b = run("seed=2", 0);
    assert_true(a->result.train_loss != b->result.train_loss);
    free(a);
    free(b);
}

static void evaluations_come_when_due(void **state)
{
    (void)state;
    static const int64_t expected[] = {0, 2, 4, 5};
    struct record *record = run("", 0);
    assert_int_equal(record->n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(record->evaluations[i].epoch, expected[i]);
    assert_true(isnan(record->evaluations[0].train_loss));
    assert_true(isfinite(record->evaluations[1].train_loss));
    assert_int_equal(record->result.epochs_done, 5);
    assert_int_equal(record->result.train_images, 40);
    assert_int_equal(record->result.noisy_images, 40);
    free(record);
}

/* 300 test images x 4 kB x several taps do not fit 1 MiB: the cut into passes must not show. */
static void small_probe_memory_changes_nothing(void **state)
{
    (void)state;
    static const char settings[] = "test_size=300 epochs=1 width=8";
    /* What is behind the embedding is made again from it. */
    static const char wide[] = "test_size=300 train_size=95 width=8 epochs=1 projector_width=1500 "
                               "probes=knn,noisy,linear,invariance,centroid,rank,cka";
    static const char *const cases[] = {settings, wide};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct record *small = run(cases[c], 1), *large = run(cases[c], 512);
        assert_same(small, large);
        free(small);
        free(large);
    }
}

/* Whichever of two taps a pair is of, the record is there; and only where it is asked for. */
static void taps_are_compared(void **state)
{
    (void)state;
    static const char settings[] = "probes=knn,cka epochs=1";
    struct record *record = run(settings, 0), *small = run(settings, 1), *without = run("", 0);
    assert_int_equal(record->n_taps, 7);
    assert_int_equal(record->n_pairs, 21);
    assert_int_equal(without->n_pairs, 0);
    assert_same(record, small);
    for (size_t e = 0; e < record->n; e++)
        for (size_t p = 0; p < 21; p++)
            assert_true(record->pairs[e][p].cka < 1 + 1e-9);
    /* Neighbours are alike, the first and the last are less. */
    const struct bm_tap_pair *pairs = record->pairs[0];
    assert_true(pairs[bm_pair_at(7, 0, 1)].cka > pairs[bm_pair_at(7, 0, 6)].cka);
    free(record);
    free(small);
    free(without);
}

/* Further numbers of neighbours change nothing else, and are there where they are asked for. */
static void neighbours_are_counted_for_each_number(void **state)
{
    (void)state;
    static const char several[] = "knn_also=1,20 probes=knn,noisy";
    static const char one[] = "knn_k=20 probes=knn,noisy";
    struct record *record = run(several, 0), *other = run(one, 0);
    bool differs = false;
    for (size_t e = 0; e < record->n; e++)
        for (size_t t = 0; t < record->n_taps; t++) {
            const struct bm_tap_probe *tap = &record->taps[e][t];
            assert_true(tap->knn_20 == other->taps[e][t].knn);
            assert_true(isfinite(tap->knn_1) && isnan(tap->knn_2) && isnan(tap->knn_500));
            differs |= tap->knn_1 != tap->knn;
        }
    assert_true(differs);
    free(record);
    record = run("probes=knn,noisy", 0);
    free(other);
    other = run(several, 0);
    for (size_t e = 0; e < record->n; e++)
        for (size_t t = 0; t < record->n_taps; t++) {
            assert_true(record->taps[e][t].knn == other->taps[e][t].knn);
            assert_true(record->taps[e][t].noisy == other->taps[e][t].noisy);
        }
    free(record);
    free(other);
}

static void no_epochs_is_the_initialization(void **state)
{
    (void)state;
    struct record *record = run("epochs=0", 0);
    assert_int_equal(record->n, 1);
    assert_int_equal(record->result.epochs_done, 0);
    assert_int_equal(record->result.status, BM_STATUS_DONE);
    free(record);
}

static void memorization_stops_early(void **state)
{
    (void)state;
    static const char settings[] =
        "diversity=none stop_memorized=0.9 epochs=200 probe_every=20 lr=0.003";
    struct record *record = run(settings, 0);
    assert_true(record->result.epochs_done < 200);
    assert_true(record->n >= 4);
    for (size_t i = record->n - 3; i < record->n; i++)
        assert_true(record->evaluations[i].memorization >= 0.9);
    free(record);
}

static void divergence_is_a_result(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "lr=1000 norm=none epochs=100 probe_every=100",
        "lr=1000 norm=none epochs=100 probe_every=100 saved_activations=bf16",
        "lr=1000 norm=none epochs=100 probe_every=100 saved_activations=bf16_all",
        "lr=1000 norm=none epochs=100 probe_every=100 precision=bf16",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct record *record = run(settings[i], 0);
        assert_int_equal(record->result.status, BM_STATUS_DIVERGED);
        assert_true(record->result.epochs_done < 100);
        assert_non_null(strstr(record->result.cause, "epoch"));
        free(record);
    }
}

/* Where layers pass on reals, the loss of the first step is exact; others are near, and those of
 * one network are not the same, but evaluations of the initial one are. */
static void rounded_activations_train_as_others(void **state)
{
    (void)state;
    struct record *exact = run("batch_size=40 probe_every=1", 0);
    struct record *kept = run("batch_size=40 probe_every=1 saved_activations=bf16", 0);
    struct record *all = run("batch_size=40 probe_every=1 saved_activations=bf16_all", 0);
    assert_true(kept->evaluations[1].train_loss == exact->evaluations[1].train_loss);
    for (size_t t = 0; t < exact->n_taps; t++)
        assert_true(all->taps[0][t].knn == exact->taps[0][t].knn);
    for (size_t e = 1; e < exact->n; e++) {
        double a = kept->evaluations[e].train_loss, b = exact->evaluations[e].train_loss,
               c = all->evaluations[e].train_loss;
        assert_true((e == 1 || a != b) && fabs(a - b) < 0.01 * b);
        assert_true(a != c && b != c && fabs(c - b) < 0.02 * b);
    }
    free(exact);
    free(kept);
    free(all);
}

/* All losses are near, and those of one network are not the same; evaluations of the initial one
 * are. */
static void products_in_bf16_train_as_others(void **state)
{
    (void)state;
    static const char cnn[] = "batch_size=40 probe_every=1 arch=cnn width=16 projector_width=64";
    char narrow[100];
    snprintf(narrow, sizeof narrow, "%s precision=bf16", cnn);
    struct record *exact = run(cnn, 0), *rounded = run(narrow, 0);
    assert_true(rounded->evaluations[0].test_accuracy == exact->evaluations[0].test_accuracy);
    for (size_t t = 0; t < exact->n_taps; t++)
        assert_true(rounded->taps[0][t].knn == exact->taps[0][t].knn);
    for (size_t e = 1; e < exact->n; e++) {
        double a = rounded->evaluations[e].train_loss, b = exact->evaluations[e].train_loss;
        assert_true(a != b && fabs(a - b) < 0.01 * b);
    }
    free(exact);
    free(rounded);
}

/* One step from finite to infinite, and no loss after it. */
static void divergence_in_the_last_step_shows(void **state)
{
    (void)state;
    static const char settings[] =
        "arch=mlp norm=none depth=12 lr=1e3 batch_size=40 epochs=1 width=64";
    struct record *record = run(settings, 0);
    assert_int_equal(record->result.status, BM_STATUS_DIVERGED);
    assert_non_null(
        strstr(record->result.cause, "outputs became infinite or undefined in epoch 1"));
    assert_int_equal(record->result.epochs_done, 1);
    assert_int_equal(record->n, 2);
    assert_true(isfinite(record->result.train_loss));
    const struct bm_evaluation *after = &record->evaluations[1];
    assert_true(isnan(after->memorization) && isnan(after->memorization_noisy));
    assert_true(isnan(after->fit) && isnan(after->test_accuracy));
    assert_true(isnan(after->clean_train_accuracy));
    assert_true(isfinite(record->taps[1][0].knn));
    assert_true(isnan(record->taps[1][record->n_taps - 1].knn));
    free(record);
}

#ifndef __SANITIZE_ADDRESS__ /* sanitizers have an allocator of their own */
/* Between evaluations there are only steps: with and without more of them, as many allocations. */
static void steps_allocate_nothing(void **state)
{
    (void)state;
    static const char settings[] = "probes= probe_every=1 epochs=4";
    struct record *record = run(settings, 0);
    assert_true(record->allocations[0] > 0);
    assert_int_equal(record->allocations[4], record->allocations[1]);
    free(record);
}
#endif

static void impossible_configurations_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *key;
    } cases[] = {
        {"batch_size=41", "batch_size"},
        {"train_size=60000 dataset=cifar10", "train_size"},
        {"crop_scale_min=0.9 crop_scale_max=0.5", "crop_scale_min"},
        {"augment=blur blur_sigma_min=3", "blur_sigma_min: 3 is larger than blur_sigma_max: 2"},
        {"augment=erasing erasing_scale_min=0.5", "erasing_scale_min"},
        {"augment=erasing erasing_ratio_max=0.2", "erasing_ratio_min"},
        {"augment=flip,crop", "crop is cut from the image as it is stored"},
        {"augment_labels=independent diversity=inf", "augment_labels: independent takes a number"},
        {"view_source=same_class diversity=inf", "view_source: same_class takes a number"},
        {"augment_labels=independent diversity=2 label_noise=0.5",
         "augment_labels: independent takes label_noise: 1, and it is 0.5"},
        {"mixup_p=0.8 cutmix=yes", "mixup_p: 0.8 and cutmix: yes exclude each other"},
        {"batch_size=1 arch=mlp", "batch_size"}, /* the network says no */
        {"knn_k=41", "knn_k"},
        {"knn_also=1,5", "knn_also"}, /* knn_k is 5 */
        {"warmup_epochs=5", "warmup_epochs: 5 is not less than epochs: 5"},
        {"warmup_epochs=1 epochs=0", "warmup_epochs: 1 is not less than epochs: 0"},
    };
    struct record *record = calloc(1, sizeof *record);
    struct bm_train_sink sink = {.context = record, .evaluation = keep};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_config config = tiny(cases[i].settings);
        struct bm_launch launch;
        bm_table_init(&bm_launch_table, &launch);
        struct bm_err err = {0};
        assert_int_equal(bm_train(&config, &launch, NULL, &sink, &record->result, &err), -1);
        assert_int_equal(err.code, BM_EXIT_DATA);
        assert_non_null(strstr(err.text, cases[i].key));
    }
    assert_int_equal(record->n, 0);
    free(record);
}

static int say_no(void *context, const struct bm_net *net, struct bm_err *err)
{
    (void)context, (void)net;
    errno = ENOSPC;
    return bm_fail_errno(err, "the weights");
}

/* The code says whose fault it is: BM_EXIT_IO is the machine's. */
static void faults_of_the_machine_have_their_code(void **state)
{
    (void)state;
    struct record *record = calloc(1, sizeof *record);
    struct bm_train_sink sink = {.context = record, .evaluation = keep, .network = say_no};
    struct bm_config config = tiny("");
    struct bm_launch launch;
    struct bm_seal seal = {{{1}}, 1};
    struct bm_err saving = {0}, reading = {0};
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_train(&config, &launch, NULL, &sink, &record->result, &saving), -1);
    assert_int_equal(saving.code, BM_EXIT_IO);
    assert_non_null(strstr(saving.text, "the weights: No space"));
    snprintf(config.dataset, sizeof config.dataset, "cifar10");
    snprintf(launch.data_dir, sizeof launch.data_dir, "/nonexistent");
    assert_int_equal(bm_train(&config, &launch, &seal, &sink, &record->result, &reading), -1);
    assert_int_equal(reading.code, BM_EXIT_IO);
    assert_non_null(strstr(reading.text, "/nonexistent"));
    free(record);
}

static void cost_follows_the_configuration(void **state)
{
    (void)state;
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    struct bm_config config = tiny("");
    struct bm_cost once, twice, wide, saved;
    struct bm_err err = {0};
    launch.checkpoint_every = -1;
    config.epochs = 1000;
    config.probe_every = 500;
    assert_int_equal(bm_cost_of(&config, &launch, &once, &err), 0);
    assert_int_equal(once.evaluations, 3);
    assert_int_equal(once.taps, 7);
    config.epochs = 2000;
    config.probe_every = 1000;
    assert_int_equal(bm_cost_of(&config, &launch, &twice, &err), 0);
    assert_true(twice.flops > 1.9 * once.flops && twice.flops < 2 * once.flops);
    config.projector_width = 1 << 20;
    assert_int_equal(bm_cost_of(&config, &launch, &wide, &err), 0);
    /* Two layers of 32 and 10 x 2^20 weights: parameters and two moments in 4 bytes each, and the
     * gradients of the second. */
    double weights = 3.0 * 4 * 42 * (1 << 20), gradients = 4.0 * 10 * (1 << 20);
    assert_true(wide.memory > weights + gradients);
    assert_true(wide.memory < weights + gradients + 400.0 * (1 << 20));
    /* A checkpoint has parameters and moments, and is written from a copy. */
    launch.checkpoint_every = 0;
    assert_int_equal(bm_cost_of(&config, &launch, &saved, &err), 0);
    assert_true(fabs(saved.state / weights - 1) < 0.01);
    assert_true(saved.memory - wide.memory == saved.state);
}

static struct bm_cost cost_of(const char *settings, int64_t probe_memory)
{
    struct bm_config config = tiny(settings);
    struct bm_launch launch;
    struct bm_cost cost;
    struct bm_err err = {0};
    bm_table_init(&bm_launch_table, &launch);
    launch.probe_memory = probe_memory;
    launch.checkpoint_every = -1;
    if (bm_cost_of(&config, &launch, &cost, &err) != 0)
        fail_msg("%s", err.text);
    return cost;
}

static void cost_follows_the_evaluation(void **state)
{
    (void)state;
    const double image = 3 * 32 * 32;
    struct bm_cost base = cost_of("", 512);
    /* 50,000 images are generated and walked through instead of 40. */
    struct bm_cost all = cost_of("probe_train=all", 512);
    assert_true(all.memory - base.memory == 49960 * image);
    assert_true(all.flops > 100 * base.flops);
    /* Files are mapped as a whole. */
    struct bm_cost files = cost_of("dataset=cifar10", 512);
    assert_true(files.memory - base.memory == (60000 - 70) * image);
    assert_true(files.flops == base.flops);
    struct bm_cost none = cost_of("probes=", 512);
    /* What little they hold lies in memory of the steps. */
    assert_true(none.memory == base.memory && none.flops < base.flops);
    /* Without augmentation fit is memorization. */
    struct bm_cost plain = cost_of("diversity=none", 512);
    assert_true(plain.flops < base.flops && plain.memory == base.memory);
    /* Less memory for probes takes more passes. */
    static const char many[] = "test_size=3000";
    static const char many_none[] = "test_size=3000 probes=";
    assert_true(cost_of(many_none, 512).memory < cost_of(many, 512).memory);
    struct bm_cost one_pass = cost_of(many, 512), passes = cost_of(many, 1);
    assert_true(passes.memory < one_pass.memory && passes.flops > one_pass.flops);
}

/* A vector of moments less, and then a layer's gradients that exist as a whole. */
static void cost_follows_the_optimizer(void **state)
{
    (void)state;
    const double projector = 32 * 65536, output = 65536 * 10;
    double adam = cost_of("projector_width=65536", 512).memory;
    double sgd = cost_of("projector_width=65536 optimizer=sgd", 512).memory;
    double lars = cost_of("projector_width=65536 optimizer=lars", 512).memory;
    assert_true(fabs((adam - sgd) / (4 * (projector + output)) - 1) < 0.01);
    assert_true(fabs((lars - sgd) / (4 * (projector - output)) - 1) < 0.01);
}

/* Untrained and without probes, the network sees its 40 training and 30 test images, and the former
 * once more where there are statistics to be calibrated. */
static void cost_follows_calibration(void **state)
{
    (void)state;
    static const char bn[] = "norm=bn probes= epochs=0 diversity=none";
    static const char none[] = "norm=none probes= epochs=0 diversity=none";
    double calibrated = cost_of(bn, 512).flops, as_it_is = cost_of(none, 512).flops;
    assert_true(fabs(calibrated / as_it_is - 110.0 / 70) < 1e-9);
}

/* OpenBLAS reads its number of threads when it is loaded; with several it allocates in each
 * product. */
static void restart_with_one_thread(char **argv)
{
    if (getenv("OPENBLAS_NUM_THREADS") == NULL && setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0)
        execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    (void)argc;
    restart_with_one_thread(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_repeat_bit_for_bit),
        cmocka_unit_test(seeds_matter),
        cmocka_unit_test(evaluations_come_when_due),
        cmocka_unit_test(small_probe_memory_changes_nothing),
        cmocka_unit_test(taps_are_compared),
        cmocka_unit_test(neighbours_are_counted_for_each_number),
        cmocka_unit_test(no_epochs_is_the_initialization),
        cmocka_unit_test(memorization_stops_early),
        cmocka_unit_test(rounded_activations_train_as_others),
        cmocka_unit_test(products_in_bf16_train_as_others),
        cmocka_unit_test(divergence_is_a_result),
        cmocka_unit_test(divergence_in_the_last_step_shows),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(steps_allocate_nothing),
#endif
        cmocka_unit_test(impossible_configurations_are_refused),
        cmocka_unit_test(cost_follows_the_configuration),
        cmocka_unit_test(faults_of_the_machine_have_their_code),
        cmocka_unit_test(cost_follows_the_evaluation),
        cmocka_unit_test(cost_follows_calibration),
        cmocka_unit_test(cost_follows_the_optimizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
