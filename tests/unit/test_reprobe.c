/* Further probes of a run, without processes and files: which network they are taken of, and on
 * which data. That values are those of a run that took them itself is tests/cli/reprobe.t's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bm/nn.h"
#include "bm/train.h"

enum { MOST = 4 };

struct record {
    size_t n;
    struct bm_evaluation evaluations[MOST];
    struct bm_tap_probe last[MOST][BM_MOST_TAPS];
    int loads;
    bool fails; /* to load */
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
    static const char *const settings[][2] = {
        {"dataset", "synthetic"}, {"train_size", "40"},     {"test_size", "20"}, {"arch", "cnn"},
        {"width", "4"},           {"projector_width", "8"}, {"epochs", "0"},     {"knn_k", "3"},
        {"batch_size", "10"},     {"probes", "knn,rewind"}};
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert_int_equal(bm_field_set(bm_table_find(&bm_config_table, settings[i][0]), &config,
                                      settings[i][1], NULL),
                         0);
    return config;
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
    return bm_reprobe(&config, &launch, NULL, &trained, &sink, err);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_no_epochs_is_its_seed),
        cmocka_unit_test(the_end_is_what_is_loaded),
        cmocka_unit_test(other_data_and_lost_weights_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
