/* Further probes of a run, without processes and files: which network they are taken of, and on
 * which data. That values are those of a run that took them itself is tests/cli/reprobe.t's. And
 * how alike two runs are.
 *
 * As a program with arguments (RESULTS KEY=VALUE...) it writes what the saved network of the run
 * with these settings makes of its test images, for tests/reference/cka_check.py: int32 numbers of
 * images and of taps, and for each tap its dimension and the features of each image in float. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/interrupt.h"
#include "bm/nn.h"
#include "bm/resemblance.h"
#include "bm/weights.h"
#include "settings.h"
#include "train/study.h"

enum { MOST = 4 };

struct record {
    size_t n;
    struct bm_evaluation evaluations[MOST];
    struct bm_tap_probe last[MOST][BM_MOST_TAPS];
    int loads;
    bool fails; /* to load */
    int signal; /* that comes after the training */
};

static int keep(void *context, const struct bm_evaluation *evaluation,
                const struct bm_findings *findings)
{
    struct record *record = context;
    assert_true(record->n < MOST);
    record->evaluations[record->n] = *evaluation;
    memcpy(record->last[record->n++], findings->taps, findings->n_taps * sizeof *findings->taps);
    return 0;
}

/* Leaves the network as it comes: calibrated, and as its seed has it. */
static int load(void *context, struct bm_net *net, struct bm_err *err)
{
    struct record *record = context;
    (void)net;
    record->loads++;
    return record->fails ? bm_fail(err, BM_EXIT_DATA, "no such weights") : 0;
}

static struct bm_config tiny(void)
{
    return settings_of("dataset=synthetic train_size=40 test_size=20 arch=cnn width=4 "
                       "projector_width=8 epochs=0 knn_k=3 batch_size=10 probes=knn,rewind");
}

/* A run of no epochs, and then further probes of it as if it had trained some. */
static int reprobe(int64_t epochs, const char *digest, struct record *record, struct bm_err *err)
{
    struct bm_config config = tiny();
    struct bm_launch launch;
    struct bm_result result;
    bm_table_init(&bm_launch_table, &launch);
    const struct bm_train_sink sink = {.context = record, .evaluation = keep};
    if (bm_train(&config, &launch, NULL, &sink, &result, err) != 0)
        return -1;
    assert_int_equal(record->n, 1);
    const struct bm_trained trained = {epochs, digest != NULL ? digest : result.data_digest, record,
                                       load};
    bm_interrupt = record->signal;
    int status = bm_reprobe(&config, &launch, NULL, &trained, &sink, err);
    bm_interrupt = 0;
    return status;
}

/* ---- the program ---- */

static int set(struct bm_config *config, char *assignment, struct bm_err *err)
{
    char *value = strchr(assignment, '=');
    *value++ = '\0';
    return bm_field_set(bm_table_find(&bm_config_table, assignment), config, value, err);
}

static void write_tap(struct bm_study *study, int tap)
{
    const struct bm_batch_source tests = bm_batch_all(&study->data.test, BM_SIGHT_PLAIN, 0);
    struct bm_batch *batch = &study->subject.batch;
    int pool = (int)study->config->probe_pool;
    size_t dimension = bm_net_tap_dimension(study->net, tap, pool);
    float *features = study->subject.features;
    fwrite(&(int32_t){(int32_t)dimension}, sizeof(int32_t), 1, stdout);
    for (size_t at = 0; at < tests.n; at += (size_t)batch->n) {
        bm_batch_fill(batch, &tests, at);
        bm_net_forward(study->net, batch->x, batch->n, BM_EVAL);
        bm_net_tap_features(study->net, tap, pool, batch->n, features, dimension);
        fwrite(features, sizeof *features, (size_t)batch->n * dimension, stdout);
    }
}

static int write_features(const char *results, char **settings, struct bm_err *err)
{
    struct bm_config config;
    struct bm_launch launch;
    struct bm_study study;
    struct bm_arena count = {0}, memory = {0};
    bm_table_init(&bm_config_table, &config);
    bm_table_init(&bm_launch_table, &launch);
    for (; *settings != NULL; settings++)
        if (set(&config, *settings, err) != 0)
            return -1;
    struct bm_id id = bm_config_id(&config, bm_arch_find(config.arch)->settings);
    if (bm_study_open(&study, &config, &launch, NULL, err) != 0)
        return -1;
    bm_study_carve(&study, &count);
    if (bm_arena_init(&memory, count.used, "features", err) != 0)
        return -1;
    bm_study_carve(&study, &memory);
    int status = bm_weights_load(results, &id, study.net, err);
    const int32_t head[] = {(int32_t)study.data.test.n, bm_net_taps(study.net)};
    fwrite(head, sizeof head, 1, stdout);
    for (int tap = 0; tap < bm_net_taps(study.net) && status == 0; tap++)
        write_tap(&study, tap);
    bm_arena_fini(&memory);
    bm_study_close(&study);
    return status;
}

/* ---- further probes ---- */

static void a_run_of_no_epochs_is_its_seed(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct record record = {0};
    assert_int_equal(reprobe(0, NULL, &record, &err), 0);
    assert_int_equal(record.n, 2);
    assert_int_equal(record.loads, 0);
    assert_memory_equal(record.last[1], record.last[0], sizeof *record.last[0]);
    assert_true(record.last[1][0].rewind_test >= 0); /* taken: this is the end */
}

static void the_end_is_what_is_loaded(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct record record = {0};
    assert_int_equal(reprobe(7, NULL, &record, &err), 0);
    assert_int_equal(record.n, 3);
    assert_int_equal(record.loads, 1);
    assert_int_equal(record.evaluations[1].epoch, 0);
    assert_int_equal(record.evaluations[2].epoch, 7);
    assert_true(record.last[1][0].knn == record.last[0][0].knn);
    assert_true(isnan(record.last[1][0].rewind_test)); /* at the end alone */
    assert_true(record.last[2][0].rewind_test >= 0);
}

static void other_data_and_lost_weights_are_refused(void **state)
{
    (void)state;
    struct bm_err err = {0}, lost = {0};
    struct record record = {0}, unloaded = {.fails = true};
    assert_int_equal(reprobe(7, "0123456789abcdef0123456789abcdef", &record, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_non_null(strstr(err.text, "(digest 0123456789abcdef0123456789abcdef)"));
    assert_int_equal(record.n, 1);
    assert_int_equal(reprobe(7, NULL, &unloaded, &lost), -1);
    assert_string_equal(lost.text, "no such weights");
}

static void what_is_stopped_tells_nothing(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct record record = {.signal = 15};
    assert_int_equal(reprobe(7, NULL, &record, &err), -1);
    assert_int_equal(err.code, BM_EXIT_AGAIN);
    assert_int_equal(record.n, 1); /* of the training */
}

/* ---- two runs ---- */

static struct bm_resemblance *resemblance; /* large */

/* Compares runs of no epochs that differ as the settings say. */
static int compare(const char *key, const char *value, struct bm_err *err)
{
    struct bm_config configs[2] = {tiny(), tiny()};
    struct bm_launch launch;
    struct bm_result result;
    struct record record = {0};
    bm_table_init(&bm_launch_table, &launch);
    const struct bm_train_sink sink = {.context = &record, .evaluation = keep};
    struct bm_resembler sides[2];
    assert_int_equal(bm_field_set(bm_table_find(&bm_config_table, key), &configs[1], value, err),
                     0);
    assert_int_equal(bm_train(&configs[0], &launch, NULL, &sink, &result, err), 0);
    for (int s = 0; s < 2; s++)
        sides[s] = (struct bm_resembler){&configs[s], NULL, {0, result.data_digest, NULL, NULL}};
    memset(resemblance, 0, sizeof *resemblance);
    return bm_resemblance_of(sides, &launch, resemblance, err);
}

static void a_network_is_like_itself(void **state)
{
    (void)state;
    struct bm_err err = {0};
    assert_int_equal(compare("lr", "0.5", &err), 0); /* of no effect without epochs */
    assert_int_equal(resemblance->images, 20);
    assert_int_equal(resemblance->n_taps[0], resemblance->n_taps[1]);
    for (int a = 0; a < resemblance->n_taps[0]; a++) {
        assert_string_equal(resemblance->taps[0][a], resemblance->taps[1][a]);
        assert_true(resemblance->cka[a][a] == 1);
        for (int b = 0; b < a; b++)
            assert_true(resemblance->cka[a][b] == resemblance->cka[b][a] &&
                        resemblance->cka[a][b] < 1);
    }
}

static void networks_of_other_kinds_can_be_compared(void **state)
{
    (void)state;
    struct bm_err err = {0};
    assert_int_equal(compare("arch", "mlp", &err), 0);
    assert_int_not_equal(resemblance->n_taps[0], resemblance->n_taps[1]);
    assert_true(fabs(resemblance->cka[0][0]) < 1);
}

static void three_images_are_too_few(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct bm_config config = tiny();
    struct bm_launch launch;
    struct bm_result result;
    struct record record = {0};
    const struct bm_train_sink sink = {.context = &record, .evaluation = keep};
    bm_table_init(&bm_launch_table, &launch);
    config.test_size = 3;
    assert_int_equal(bm_train(&config, &launch, NULL, &sink, &result, &err), 0);
    const struct bm_resembler side = {&config, NULL, {0, result.data_digest, NULL, NULL}};
    const struct bm_resembler sides[2] = {side, side};
    assert_int_equal(bm_resemblance_of(sides, &launch, resemblance, &err), 0);
    assert_true(isnan(resemblance->cka[0][0]));
}

static void other_images_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"test_size", "10", "their 20 and 10 test images are not the same"},
        {"data_seed", "18",
         "they are of different data (dataset synthetic and synthetic, "
         "data_seed 17 and 18)"},
        {"classes", "5", "test images are not the same"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_err err = {0};
        assert_int_equal(compare(cases[i][0], cases[i][1], &err), -1);
        assert_int_equal(err.code, BM_EXIT_DATA);
        if (strstr(err.text, cases[i][2]) == NULL)
            fail_msg("%s", err.text);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        struct bm_err err = {0};
        if (write_features(argv[1], argv + 2, &err) != 0)
            fprintf(stderr, "%s\n", err.text);
        return (int)err.code;
    }
    resemblance = calloc(1, sizeof *resemblance);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_no_epochs_is_its_seed),
        cmocka_unit_test(the_end_is_what_is_loaded),
        cmocka_unit_test(other_data_and_lost_weights_are_refused),
        cmocka_unit_test(what_is_stopped_tells_nothing),
        cmocka_unit_test(a_network_is_like_itself),
        cmocka_unit_test(networks_of_other_kinds_can_be_compared),
        cmocka_unit_test(three_images_are_too_few),
        cmocka_unit_test(other_images_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
