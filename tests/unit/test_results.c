/* Results in memory: what each kind of frame does. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sample.h"

static int apply_frame(void *context, const struct bm_bytes *bytes)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    return bm_frame_decode(bytes->data, bytes->size, &schemas, &frame, NULL) != 0
               ? -1
               : bm_results_apply(context, &frame, NULL);
}

static struct bm_frame evaluation_at(const struct bm_id *id, int64_t epoch, size_t n_taps,
                                     double knn)
{
    struct bm_frame frame = {.kind = BM_FRAME_EVALUATION, .id = *id, .n_taps = n_taps};
    bm_table_init(&bm_evaluation_table, &frame.evaluation);
    frame.evaluation.epoch = epoch;
    frame.evaluation.fit = knn / 2;
    for (size_t t = 0; t < n_taps; t++) {
        snprintf(frame.taps[t].tap, sizeof frame.taps[t].tap, "tap%zu", t);
        frame.taps[t].knn = knn + (double)t;
    }
    return frame;
}

static void check_evaluation(const struct bm_run *run, size_t e, int64_t epoch, size_t n_taps,
                             double knn)
{
    assert_int_equal(run->evaluations[e].epoch, epoch);
    assert_int_equal(run->first_tap[e + 1] - run->first_tap[e], n_taps);
    for (size_t t = 0; t < n_taps; t++)
        assert_true(run->taps[run->first_tap[e] + t].knn == knn + (double)t);
}

static void a_run_from_begin_to_result(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_config config;
    struct bm_id id;
    sample_config(2, &config, &id);
    assert_null(bm_results_find(&results, &id));
    assert_int_equal(sample_run(2, false, apply_frame, &results), 0);
    const struct bm_run *run = bm_results_find(&results, &id);
    assert_false(run->finished);
    assert_int_equal(run->result.status, BM_STATUS_RUNNING);
    assert_int_equal(run->result.epochs_done, 20);
    assert_true(run->result.fit == run->evaluations[2].fit);

    assert_int_equal(sample_run(2, true, apply_frame, &results), 0);
    run = bm_results_find(&results, &id);
    assert_int_equal(results.n_runs, 1);
    assert_true(run->finished);
    assert_int_equal(run->n_evaluations, SAMPLE_EVALUATIONS);
    assert_int_equal(run->n_taps, SAMPLE_EVALUATIONS * SAMPLE_TAPS);
    assert_string_equal(run->log, "epoch 1\nsaid \"enough\"\n");
    assert_string_equal(run->result.host, "node2");
    bm_results_fini(&results);
}

static void evaluations_are_sorted_and_replaced(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_frame begin = {.kind = BM_FRAME_BEGIN, .id = {{7}}};
    assert_int_equal(bm_results_apply(&results, &begin, NULL), 0);
    static const struct {
        int64_t epoch;
        size_t n_taps;
        double knn;
    } steps[] = {{20, 3, 1}, {0, 2, 2}, {10, 4, 3}, {10, 1, 4}, {0, 5, 5}, {20, 0, 6}, {30, 2, 7}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct bm_frame frame =
            evaluation_at(&begin.id, steps[i].epoch, steps[i].n_taps, steps[i].knn);
        assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
    }
    const struct bm_run *run = bm_results_find(&results, &begin.id);
    assert_int_equal(run->n_evaluations, 4);
    check_evaluation(run, 0, 0, 5, 5);
    check_evaluation(run, 1, 10, 1, 4);
    check_evaluation(run, 2, 20, 0, 6);
    check_evaluation(run, 3, 30, 2, 7);
    assert_int_equal(run->n_taps, 8);
    assert_true(run->result.fit == 3.5);
    bm_results_fini(&results);
}

static void many_runs_are_found(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_frame frame = {.kind = BM_FRAME_BEGIN};
    for (uint32_t i = 0; i < 5000; i++) {
        frame.id = bm_digest(&i, sizeof i);
        frame.config.seed = i;
        assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        struct bm_id id = bm_digest(&i, sizeof i);
        const struct bm_run *run = bm_results_find(&results, &id);
        assert_true((run != NULL) == (i < 5000));
        assert_true(run == NULL || run->config.seed == i);
    }
    bm_results_fini(&results);
}

static void texts_are_replaced(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_frame frame = {.kind = BM_FRAME_META, .name = "sweep", .text = "one", .text_size = 3};
    assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
    frame.text = "two and more";
    assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
    assert_string_equal(bm_results_meta(&results, "sweep"), "two");
    assert_null(bm_results_meta(&results, "nothing"));
    assert_int_equal(results.n_meta, 1);
    bm_results_fini(&results);
}

static void a_result_needs_a_run(void **state)
{
    (void)state;
    struct bm_results results = {0};
    static const enum bm_frame_kind kinds[] = {BM_FRAME_EVALUATION, BM_FRAME_LOG, BM_FRAME_RESULT};
    for (size_t i = 0; i < 3; i++) {
        struct bm_frame frame = {.kind = kinds[i], .text = ""};
        struct bm_err err = {0};
        assert_int_equal(bm_results_apply(&results, &frame, &err), -1);
        assert_non_null(strstr(err.text, "never began"));
    }
    bm_results_fini(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_from_begin_to_result),
        cmocka_unit_test(evaluations_are_sorted_and_replaced),
        cmocka_unit_test(many_runs_are_found),
        cmocka_unit_test(texts_are_replaced),
        cmocka_unit_test(a_result_needs_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
