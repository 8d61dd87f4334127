/* Every accuracy has a number of images that its binomial standard error is made with; ids tell by
 * which version of the algorithm a run was made, and what had an effect.
 *
 * With an argument it writes the results file of that name from the runs on its standard input
 * (tests/runs.h), for the tests of bm-results. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "results/series.h"
#include "runs.h"

static const char *taps[] = {"stem"};
static const struct bm_report report = {.taps = taps, .n_taps = 1};

static struct bm_run run_of(const char *line)
{
    static struct run_text text;
    assert_int_equal(run_parse(&text, line), 0);
    return (struct bm_run){.id = run_id(&text), .config = text.config, .result = text.result};
}

static double trials_of(const char *key, const char *line)
{
    struct bm_run run = run_of(line);
    const struct bm_field *field = bm_table_find(&bm_tap_probe_table, key);
    struct bm_series series =
        field != NULL ? bm_series_of_tap(&report, field, 0, BM_AT_END)
                      : bm_series_of_field(BM_OF_RESULT, bm_table_find(&bm_result_table, key));
    return bm_series_trials(&series, &run);
}

static void accuracies_are_over_their_images(void **state)
{
    (void)state;
    static const char line[] =
        "train_images=1000 test_images=300 noisy_images=500 classes=10 batch_size=128 "
        "noisy_queries=400";
    static const struct {
        const char *key;
        double trials;
    } cases[] = {
        {"train_accuracy", 896},
        {"memorization", 1000},
        {"memorization_noisy", 450},
        {"fit", 1000},
        {"clean_train_accuracy", 1000},
        {"test_accuracy", 300},
        {"knn", 300},
        {"knn_1", 300},
        {"knn_500", 300},
        {"linear", 300},
        {"centroid", 300},
        {"noisy", 400},
        {"noisy_of_noisy", 180},
        {"rewind_memorization", 1000},
        {"rewind_test", 300},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fabs(trials_of(cases[i].key, line) - cases[i].trials) > 1e-9)
            fail_msg("%s: %g", cases[i].key, trials_of(cases[i].key, line));
    assert_true(isnan(trials_of("train_loss", line)));
    assert_true(isnan(trials_of("rank", line)));
    assert_true(trials_of("noisy", "train_images=300 noisy_queries=400") == 300);
}

/* A new accuracy without a row of its own would silently have no error. */
static void no_accuracy_is_forgotten(void **state)
{
    (void)state;
    const struct bm_table *tables[] = {&bm_result_table, &bm_tap_probe_table};
    for (size_t t = 0; t < 2; t++)
        for (size_t f = 0; f < tables[t]->n_fields; f++) {
            const struct bm_field *field = &tables[t]->fields[f];
            if (bm_field_is_fraction(field) && !(trials_of(field->key, "") > 0))
                fail_msg("%s is a fraction of nothing", field->key);
        }
}

static void a_gain_is_no_share(void **state)
{
    (void)state;
    struct bm_run run = run_of("");
    struct bm_series gain =
        bm_series_of_tap(&report, bm_table_find(&bm_tap_probe_table, "knn"), 0, BM_GAIN);
    assert_true(isnan(bm_series_trials(&gain, &run)));
}

/* A run whose first evaluation is lost has none before training. */
static void init_is_epoch_0(void **state)
{
    (void)state;
    struct bm_evaluation evaluations[] = {{.epoch = 0}, {.epoch = 10}};
    struct bm_tap_probe probes[] = {{.tap = "stem", .knn = 0.25}, {.tap = "stem", .knn = 0.75}};
    size_t first_tap[] = {0, 1, 2}, first_pair[] = {0, 0, 0};
    struct bm_run run = {.n_evaluations = 2,
                         .evaluations = evaluations,
                         .taps = probes,
                         .n_taps = 2,
                         .first_tap = first_tap,
                         .first_pair = first_pair};
    const struct bm_field *knn = bm_table_find(&bm_tap_probe_table, "knn");
    const struct bm_series init = bm_series_of_tap(&report, knn, 0, BM_AT_INIT),
                           gain = bm_series_of_tap(&report, knn, 0, BM_GAIN);
    assert_true(bm_series_number(&init, &run) == 0.25);
    assert_true(bm_series_number(&gain, &run) == 0.5);
    evaluations[0].epoch = 5;
    assert_true(isnan(bm_series_number(&init, &run)));
    assert_true(isnan(bm_series_number(&gain, &run)));
}

static void ids_tell_version_and_effect(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *key; /* what the architecture reads; NULL: nothing */
    } cases[] = {{"arch=cnn", NULL},
                 {"arch=mlp depth=4", "depth"},
                 {"arch=resnet18 stem=large diversity=none", "stem"},
                 {"arch=mlp seed=7", "depth"}};
    const char *keys[BM_MOST_SETTINGS + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_run run = run_of(cases[i].line);
        assert_int_equal(bm_config_algorithm(&run.config, &run.id, keys), BM_ALGORITHM_VERSION);
        assert_true((keys[0] == NULL) == (cases[i].key == NULL));
        if (cases[i].key != NULL)
            assert_string_equal(keys[0], cases[i].key);
    }
    struct bm_run run = run_of("algorithm=1 arch=cnn");
    assert_int_equal(bm_config_algorithm(&run.config, &run.id, keys), 1);
    run = run_of("algorithm=999 arch=cnn");
    assert_int_equal(bm_config_algorithm(&run.config, &run.id, keys), 0);
    assert_non_null(keys[0]);
    assert_non_null(keys[1]);
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return runs_write(argv[1], stdin);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accuracies_are_over_their_images),
        cmocka_unit_test(no_accuracy_is_forgotten),
        cmocka_unit_test(a_gain_is_no_share),
        cmocka_unit_test(init_is_epoch_0),
        cmocka_unit_test(ids_tell_version_and_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
