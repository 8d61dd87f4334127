/* Results in memory: what each kind of frame does. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "results/report.h"
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
    struct bm_frame frame = {.kind = BM_FRAME_EVALUATION, .id = *id, .n_measured = 1};
    struct bm_measured *measured = &frame.measured[0];
    measured->n_taps = n_taps;
    measured->n_pairs = epoch == 10 ? 0 : bm_pairs_of(n_taps);
    for (size_t p = 0; p < measured->n_pairs; p++)
        measured->pairs[p].cka = knn / (double)(1 + p);
    bm_table_init(&bm_evaluation_table, &measured->evaluation);
    measured->evaluation.epoch = epoch;
    measured->evaluation.fit = knn / 2;
    for (size_t t = 0; t < n_taps; t++) {
        snprintf(measured->taps[t].tap, sizeof measured->taps[t].tap, "tap%zu", t);
        measured->taps[t].knn = knn + (double)t;
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
    struct bm_findings findings = bm_run_findings(run, e);
    assert_int_equal(findings.n_pairs, epoch == 10 ? 0 : bm_pairs_of(n_taps));
    for (size_t p = 0; p < findings.n_pairs; p++)
        assert_true(findings.pairs[p].cka == knn / (double)(1 + p));
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

/* All pairs of an evaluation, or none; and nothing in a frame without them says that there might be
 * some, so that old frames are read. */
static void pairs_are_there_all_or_none(void **state)
{
    (void)state;
    struct bm_evaluation evaluation;
    struct bm_tap_probe taps[SAMPLE_TAPS];
    struct bm_tap_pair pairs[SAMPLE_PAIRS];
    struct bm_schemas schemas;
    static struct bm_frame frame;
    struct bm_bytes with = {0}, without = {0};
    bm_schemas_init(&schemas);
    sample_evaluation(2, 1, &evaluation, taps);
    struct bm_findings findings = sample_findings(2, 1, taps, pairs);
    bm_frame_add_evaluation(&with, &(struct bm_id){{7}}, &evaluation, &findings);
    findings.n_pairs = 0;
    bm_frame_add_evaluation(&without, &(struct bm_id){{7}}, &evaluation, &findings);
    assert_int_equal(with.size - without.size, SAMPLE_PAIRS * sizeof *pairs);
    assert_memory_equal(with.data, without.data, without.size);
    for (size_t size = without.size; size <= with.size; size++) {
        bool is_whole = size == without.size || size == with.size;
        int status = bm_frame_decode(with.data, size, &schemas, &frame, NULL);
        assert_int_equal(status, is_whole ? 0 : -1);
        assert_int_equal(frame.measured[0].n_pairs, size == without.size ? 0 : SAMPLE_PAIRS);
    }
    assert_true(frame.measured[0].pairs[3].cka == pairs[3].cka);
    bm_bytes_fini(&with);
    bm_bytes_fini(&without);
}

/* ---- further probes ---- */

static const struct bm_field *column(const char *key)
{
    return bm_table_find(&bm_tap_probe_table, key);
}

/* A PROBES frame of sample run 2: `noisy` before training and at the end, and pairs where `pairs`
 * has them, which are undefined but for the first. */
static void add_further_probes(size_t run, bool with_pairs, int64_t last, struct bm_bytes *frame)
{
    struct bm_config config;
    struct bm_id id;
    struct bm_tap_pair pairs[SAMPLE_PAIRS];
    sample_config(run, &config, &id);
    snprintf(config.probes, sizeof config.probes, "noisy");
    config.noisy_queries = 77;
    bm_frame_add_probes(frame, &id, &config);
    for (size_t p = 0; p < SAMPLE_PAIRS; p++)
        pairs[p].cka = p == 0 ? 0.75 : (double)NAN;
    for (size_t e = 0; e < 2; e++) {
        struct bm_evaluation evaluation;
        struct bm_tap_probe taps[SAMPLE_TAPS];
        sample_evaluation(run, 0, &evaluation, taps);
        evaluation.epoch = e == 0 ? 0 : last;
        evaluation.memorization = NAN;
        for (size_t t = 0; t < SAMPLE_TAPS; t++) {
            taps[t].knn = NAN;
            taps[t].noisy = 0.5 + (double)(10 * e + t) / 100;
        }
        const struct bm_findings findings = {taps, SAMPLE_TAPS, pairs,
                                             with_pairs ? SAMPLE_PAIRS : 0};
        bm_frame_extend_probes(frame, &evaluation, &findings);
    }
}

static void further_probes_are_added_to_what_is_there(void **state)
{
    (void)state;
    for (size_t number = 2; number < 4; number++) { /* run 2 has pairs */
        struct bm_results results = {0}, before = {0};
        struct bm_bytes frame = {0};
        struct bm_config config;
        struct bm_id id;
        sample_config(number, &config, &id);
        assert_int_equal(sample_run(number, true, apply_frame, &results), 0);
        assert_int_equal(sample_run(number, true, apply_frame, &before), 0);
        add_further_probes(number, true, 20, &frame);
        assert_int_equal(apply_frame(&results, &frame), 0);
        const struct bm_run *run = bm_results_find(&results, &id), *was = before.runs;
        assert_string_equal(run->config.probes, "knn,noisy");
        assert_int_equal(run->config.noisy_queries, 77);
        assert_int_equal(run->n_evaluations, SAMPLE_EVALUATIONS);
        assert_memory_equal(&run->result, &was->result, sizeof run->result);
        assert_memory_equal(run->evaluations, was->evaluations,
                            SAMPLE_EVALUATIONS * sizeof *run->evaluations);
        for (size_t e = 0; e < SAMPLE_EVALUATIONS; e++) {
            struct bm_findings now = bm_run_findings(run, e), then = bm_run_findings(was, e);
            bool is_probed = e != 1;
            for (size_t t = 0; t < SAMPLE_TAPS; t++) {
                double noisy = bm_run_probe(run, e, now.taps[t].tap, column("noisy"));
                assert_true(now.taps[t].knn == then.taps[t].knn);
                assert_true(is_probed ? noisy == 0.5 + (double)(5 * e + t) / 100 : isnan(noisy));
            }
            assert_int_equal(now.n_pairs, then.n_pairs > 0 || is_probed ? SAMPLE_PAIRS : 0);
            for (size_t p = 0; p < now.n_pairs; p++) {
                double other = then.n_pairs > 0 ? then.pairs[p].cka : (double)NAN;
                double expected = p == 0 && is_probed ? 0.75 : other;
                assert_true(now.pairs[p].cka == expected ||
                            (isnan(now.pairs[p].cka) && isnan(expected)));
            }
        }
        bm_bytes_fini(&frame);
        bm_results_fini(&results);
        bm_results_fini(&before);
    }
}

static void further_probes_fit_or_are_refused(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_bytes frame = {0};
    struct bm_schemas schemas;
    static struct bm_frame decoded;
    bm_schemas_init(&schemas);
    add_further_probes(2, false, 20, &frame);
    assert_int_equal(apply_frame(&results, &frame), -1); /* no such run */
    assert_int_equal(sample_run(2, false, apply_frame, &results), 0);
    assert_int_equal(apply_frame(&results, &frame), -1); /* not done */
    assert_int_equal(sample_run(2, true, apply_frame, &results), 0);
    assert_int_equal(apply_frame(&results, &frame), 0);
    for (size_t size = frame.size - 1; size > 0; size--) /* cut off anywhere it is no frame … */
        if (bm_frame_decode(frame.data, size, &schemas, &decoded, NULL) == 0)
            assert_int_equal(decoded.n_measured, 1); /* … but between two evaluations */
    frame.size = 0;
    add_further_probes(2, false, 15, &frame);
    assert_int_equal(apply_frame(&results, &frame), -1); /* no such evaluation */
    frame.size = 0;
    add_further_probes(4, false, 20, &frame);
    assert_int_equal(sample_run(4, true, apply_frame, &results), 0);
    assert_int_equal(apply_frame(&results, &frame), -1); /* it crashed */
    assert_int_equal(bm_frame_decode(frame.data, frame.size, &schemas, &decoded, NULL), 0);
    struct bm_config config;
    sample_config(2, &config, &decoded.id);
    assert_int_equal(bm_results_apply(&results, &decoded, NULL), -1); /* other settings */
    bm_bytes_fini(&frame);
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
    assert_int_equal(run->n_pairs, 10 + 1);
    assert_true(run->result.fit == 3.5);
    /* (0, 1), (0, 2), (0, 3), (0, 4), (1, 2), … of five taps. */
    const struct bm_field *cka = bm_pair_column(0);
    assert_true(bm_run_pair(run, 0, "tap1", "tap2", cka) == 5.0 / 5);
    assert_true(bm_run_pair(run, 0, "tap2", "tap1", cka) == 5.0 / 5);
    assert_true(bm_run_pair(run, 0, "tap3", "tap4", cka) == 5.0 / 10);
    assert_true(isnan(bm_run_pair(run, 0, "tap1", "tap1", cka)));
    assert_true(isnan(bm_run_pair(run, 0, "tap1", "tap9", cka)));
    assert_true(isnan(bm_run_pair(run, 1, "tap0", "tap0", cka)));
    assert_true(bm_run_has_pair(run, cka));
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

static struct bm_id id_of(size_t run)
{
    struct bm_config config;
    struct bm_id id;
    sample_config(run, &config, &id);
    return id;
}

static void drop(struct bm_results *results, size_t run)
{
    struct bm_frame frame = {.kind = BM_FRAME_DROP, .id = id_of(run)};
    assert_int_equal(bm_results_apply(results, &frame, NULL), 0);
}

static void a_dropped_run_never_was(void **state)
{
    (void)state;
    enum { N = 300 };
    struct bm_results results = {0};
    for (size_t i = 0; i < N; i++)
        assert_int_equal(sample_run(i, true, apply_frame, &results), 0);
    size_t left = N;
    for (size_t i = 0; i < N; i = 2 * i + 1, left--)
        drop(&results, i);
    drop(&results, 0); /* is gone already */
    drop(&results, N);
    for (size_t i = 1; i < N; i += 3) { /* of others there are none of those dropped above */
        left -= bm_results_find(&results, &(struct bm_id[]){id_of(i)}[0]) != NULL;
        drop(&results, i);
    }
    assert_int_equal(results.n_runs, left);
    for (size_t i = 0; i < N; i++) {
        struct bm_id id = id_of(i);
        bool gone = i % 3 == 1;
        for (size_t k = 0; k < N; k = 2 * k + 1)
            gone = gone || k == i;
        const struct bm_run *run = bm_results_find(&results, &id);
        assert_int_equal(run == NULL, gone);
        assert_true(gone || (run->n_evaluations == 3 && bm_id_compare(&run->id, &id) == 0));
    }
    assert_int_equal(sample_run(0, false, apply_frame, &results), 0); /* it may begin again */
    assert_int_equal(results.n_runs, left + 1);
    bm_results_fini(&results);
}

static void sorting_keeps_runs_findable(void **state)
{
    (void)state;
    struct bm_results results = {0};
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(sample_run(59 - i, true, apply_frame, &results), 0);
    bm_results_sort(&results);
    for (size_t i = 0; i < 60; i++) {
        struct bm_id id = id_of(i);
        assert_int_equal(bm_id_compare(&bm_results_find(&results, &id)->id, &id), 0);
        assert_true(i == 0 || bm_run_compare(&results.runs[i - 1], &results.runs[i]) < 0);
    }
    bm_results_fini(&results);
    bm_results_sort(&results); /* nothing */
}

/* A run in one of four states: none, begun, begun with evaluations, failed, done. */
enum { NONE, BEGUN, EVALUATED, FAILED, DONE, STATES };

static void add_run(struct bm_results *results, size_t run, int which)
{
    struct bm_frame frame = {.kind = BM_FRAME_BEGIN, .id = id_of(run)};
    struct bm_id id;
    if (which == NONE)
        return;
    sample_config(run, &frame.config, &id);
    assert_int_equal(bm_results_apply(results, &frame, NULL), 0);
    if (which == BEGUN)
        return;
    assert_int_equal(sample_run(run, which > EVALUATED, apply_frame, results), 0);
    if (which > EVALUATED)
        bm_results_find(results, &id)->result.status =
            which == DONE ? BM_STATUS_DONE : BM_STATUS_CRASHED;
}

/* Of two done ones the run with further probes. */
static void merging_takes_further_probes(void **state)
{
    (void)state;
    struct bm_results a = {0}, b = {0};
    struct bm_bytes frame = {0};
    struct bm_err err = {0};
    size_t taken;
    assert_int_equal(sample_run(2, true, apply_frame, &a), 0);
    assert_int_equal(sample_run(2, true, apply_frame, &b), 0);
    add_further_probes(2, false, 20, &frame);
    assert_int_equal(apply_frame(&b, &frame), 0);
    assert_int_equal(bm_results_merge(&b, &a, &taken, &err), 0);
    assert_int_equal(taken, 0);
    assert_int_equal(bm_results_merge(&a, &b, &taken, &err), 0);
    assert_int_equal(taken, 1);
    assert_string_equal(a.runs[0].config.probes, "knn,noisy");
    bm_bytes_fini(&frame);
    bm_results_fini(&a);
    bm_results_fini(&b);
}

static void merging_takes_what_is_more(void **state)
{
    (void)state;
    struct bm_results a = {0}, b = {0};
    size_t expected = 0, taken;
    for (int i = 0; i < STATES * STATES; i++) {
        add_run(&a, (size_t)i, i / STATES);
        add_run(&b, (size_t)i, i % STATES);
        expected += i % STATES > i / STATES;
    }
    struct bm_err err = {0};
    assert_int_equal(bm_results_merge(&a, &b, &taken, &err), 0);
    assert_int_equal(taken, expected);
    for (int i = 0; i < STATES * STATES; i++) {
        int most = i % STATES > i / STATES ? i % STATES : i / STATES;
        struct bm_id id = id_of((size_t)i);
        const struct bm_run *run = bm_results_find(&a, &id);
        assert_int_equal(run == NULL, most == NONE);
        if (run == NULL)
            continue;
        assert_int_equal(run->finished, most > EVALUATED);
        assert_int_equal(run->n_evaluations, most == BEGUN ? 0 : 3);
        assert_true(most < FAILED ||
                    run->result.status == (most == DONE ? BM_STATUS_DONE : BM_STATUS_CRASHED));
    }
    assert_int_equal(bm_results_merge(&a, &b, &taken, &err), 0); /* nothing is left to take */
    assert_int_equal(taken, 0);
    bm_results_fini(&a);
    bm_results_fini(&b);
}

/* ---- two records of one run ---- */

static const struct bm_field *result_column(const char *key)
{
    return bm_table_find(&bm_result_table, key);
}

/* Each value that repeats, changed in one record, contradicts; changed to what is undefined, it is
 * what the other one has more. No other value does either. */
static void records_agree_in_what_repeats(void **state)
{
    (void)state;
    struct bm_results a = {0}, b = {0};
    struct bm_agreement agreement;
    assert_int_equal(sample_run(2, true, apply_frame, &a), 0);
    for (size_t f = 0; f < bm_result_table.n_fields; f++) {
        const struct bm_field *field = &bm_result_table.fields[f];
        bool repeats = field->role == BM_REPRODUCIBLE;
        if (field->type != BM_REAL)
            continue;
        for (int is_nan = 0; is_nan < 2; is_nan++) {
            double old, value = is_nan ? (double)NAN : 0.7890625;
            assert_int_equal(sample_run(2, true, apply_frame, &b), 0);
            char *at = (char *)&b.runs[0].result + field->offset;
            memcpy(&old, at, sizeof old);
            memcpy(at, &value, sizeof value);
            bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
            assert_int_equal(agreement.differs, repeats && !is_nan && !isnan(old));
            assert_int_equal(agreement.a_has_more, repeats && is_nan && !isnan(old));
            assert_int_equal(agreement.b_has_more, repeats && !is_nan && isnan(old));
            assert_true((agreement.where[0] != '\0') == agreement.differs);
        }
    }
    strcpy(b.runs[0].result.data_digest, "a");
    strcpy(a.runs[0].result.data_digest, "b");
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(agreement.differs);
    assert_non_null(strstr(agreement.where, result_column("data_digest")->key));
    bm_results_fini(&a);
    bm_results_fini(&b);
}

static void records_agree_in_what_both_have(void **state)
{
    (void)state;
    struct bm_results a = {0}, b = {0};
    struct bm_agreement agreement;
    static struct bm_frame frame;
    assert_int_equal(sample_run(2, true, apply_frame, &a), 0);
    assert_int_equal(sample_run(2, true, apply_frame, &b), 0);
    const struct bm_id id = a.runs[0].id;
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_false(agreement.differs || agreement.a_has_more || agreement.b_has_more);
    b.runs[0].evaluations[1].wall_s += 1;
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_false(agreement.differs || agreement.a_has_more || agreement.b_has_more);
    b.runs[0].taps[SAMPLE_TAPS + 2].knn += 0.125;
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(agreement.differs);
    assert_string_equal(strtok(agreement.where, "0123456789"), "knn at tap embedding in epoch ");
    b.runs[0].taps[SAMPLE_TAPS + 2].knn = a.runs[0].taps[SAMPLE_TAPS + 2].knn;
    b.runs[0].pairs[SAMPLE_PAIRS + 3].cka += 1;
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(agreement.differs &&
                strstr(agreement.where, "cka of two taps in epoch 10") != NULL);
    /* a tap that the other one lacks, in both */
    assert_int_equal(sample_run(2, true, apply_frame, &b), 0);
    strcpy(b.runs[0].taps[1].tap, "renamed");
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(!agreement.differs && agreement.a_has_more && agreement.b_has_more);
    /* an evaluation that the other one lacks, in both */
    assert_int_equal(sample_run(2, true, apply_frame, &b), 0);
    frame = evaluation_at(&id, 15, 1, 0.5);
    assert_int_equal(bm_results_apply(&b, &frame, NULL), 0);
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(!agreement.differs && !agreement.a_has_more && agreement.b_has_more);
    frame = evaluation_at(&id, 25, 1, 0.5);
    assert_int_equal(bm_results_apply(&a, &frame, NULL), 0);
    bm_runs_agree(&a.runs[0], &b.runs[0], &agreement);
    assert_true(!agreement.differs && agreement.a_has_more && agreement.b_has_more);
    bm_results_fini(&a);
    bm_results_fini(&b);
}

static void add_bytes(struct bm_results *results, struct bm_bytes *bytes);

/* Two records of a run that are worth the same, but were made at other times, elsewhere. */
static void merging_has_no_order(void **state)
{
    (void)state;
    for (int i = 0; i < STATES * STATES * 4; i++) {
        struct bm_results joined[2] = {{0}, {0}};
        struct bm_bytes bytes[2] = {{0}, {0}};
        for (int order = 0; order < 2; order++) {
            struct bm_results of[2] = {{0}, {0}};
            size_t taken;
            for (int side = 0; side < 2; side++) {
                add_run(&of[side], 2, (side ? i / STATES : i) % STATES);
                if (of[side].n_runs == 0)
                    continue;
                struct bm_result *result = &of[side].runs[0].result;
                bool marked = i / (STATES * STATES) == 3 || (i / (STATES * STATES)) & 1 << side;
                snprintf(result->finished, sizeof result->finished, "2026-01-0%d", marked ? 2 : 1);
                snprintf(result->host, sizeof result->host, "node%d", side);
            }
            for (int side = 0; side < 2; side++)
                assert_int_equal(bm_results_merge(&joined[order], &of[side ^ order], &taken, NULL),
                                 0);
            add_bytes(&joined[order], &bytes[order]);
            bm_results_fini(&of[0]);
            bm_results_fini(&of[1]);
        }
        assert_int_equal(bytes[0].size, bytes[1].size);
        if (bytes[0].size > 0)
            assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
        for (int order = 0; order < 2; order++) {
            bm_bytes_fini(&bytes[order]);
            bm_results_fini(&joined[order]);
        }
    }
}

static void set_meta(struct bm_results *results, const char *name, const char *text)
{
    struct bm_bytes frame = {0};
    bm_frame_add_meta(&frame, name, text);
    assert_int_equal(apply_frame(results, &frame), 0);
    bm_bytes_fini(&frame);
}

static void texts_are_joined(void **state)
{
    (void)state;
    struct bm_results a = {0}, b = {0};
    char ids[3][BM_ID_TEXT], list[3 * BM_ID_TEXT];
    for (size_t run = 0; run < 3; run++) {
        struct bm_id id = id_of(run);
        bm_id_text(&id, ids[run]);
        if (run < 2)
            add_run(&a, run, DONE);
        if (run > 0)
            add_run(&b, run, DONE);
    }
    set_meta(&a, "sweep", "name: z\n---\nname: a");
    set_meta(&b, "sweep", "name: m # --- is no end\n---\nname: z\n");
    set_meta(&a, "name", "z + a");
    set_meta(&b, "name", "m");
    set_meta(&a, "digest.synthetic", "1");
    set_meta(&b, "digest.synthetic", "1");
    set_meta(&b, "mpi_version", "4");
    /* Run 0 is in no sweep, 1 in that of b, 2 in none. */
    snprintf(list, sizeof list, "%s %s", ids[0], ids[1]);
    set_meta(&a, BM_META_STRANGERS, list);
    set_meta(&b, BM_META_STRANGERS, ids[2]);
    assert_int_equal(bm_results_join_texts(&a, &b, NULL), 0);
    assert_string_equal(bm_results_meta(&a, "name"), "a + m + z");
    assert_string_equal(bm_results_meta(&a, "sweep"),
                        "name: a\n---\nname: m # --- is no end\n---\nname: z\n");
    assert_string_equal(bm_results_meta(&a, "digest.synthetic"), "1");
    const char *first = strcmp(ids[0], ids[2]) < 0 ? ids[0] : ids[2];
    snprintf(list, sizeof list, "%s %s", first, first == ids[0] ? ids[2] : ids[0]);
    assert_string_equal(bm_results_meta(&a, BM_META_STRANGERS), list);
    bm_results_fini(&a);
    bm_results_fini(&b);
}

static int apply_bytes(void *context, const void *frame, size_t size, struct bm_err *err)
{
    (void)err;
    return apply_frame(context, &(struct bm_bytes){.data = (unsigned char *)frame, .size = size});
}

static int add_frame(void *context, const void *frame, size_t size, struct bm_err *err)
{
    (void)err;
    bm_bytes_add(context, frame, size);
    return 0;
}

static void add_bytes(struct bm_results *results, struct bm_bytes *bytes)
{
    assert_int_equal(bm_results_replay(results, add_frame, bytes, NULL), 0);
}

static void replaying_gives_the_same(void **state)
{
    (void)state;
    struct bm_results results = {0}, again = {0};
    struct bm_frame meta = {.kind = BM_FRAME_META, .name = "name", .text = "a", .text_size = 1};
    assert_int_equal(bm_results_apply(&results, &meta, NULL), 0);
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_int_equal(sample_run(i, i != 3, apply_frame, &results), 0);
    assert_int_equal(bm_results_replay(&results, apply_bytes, &again, NULL), 0);
    struct bm_comparison comparison = {.roles = ~0u, .unfinished = true};
    bm_compare(&comparison, &results, &again);
    assert_int_equal(comparison.differences, 0);
    assert_int_equal(comparison.runs, SAMPLE_RUNS);
    assert_string_equal(bm_results_meta(&again, "name"), "a");
    for (size_t i = 0; i < SAMPLE_RUNS; i++) {
        struct bm_id id = id_of(i);
        const char *log = bm_results_find(&again, &id)->log;
        assert_int_equal(log != NULL, i != 3);
    }
    assert_int_equal(bm_results_check_ids(&again, NULL), 0);
    again.runs[2].config.seed++;
    assert_int_equal(bm_results_check_ids(&again, NULL), -1);
    bm_results_fini(&results);
    bm_results_fini(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_from_begin_to_result),
        cmocka_unit_test(pairs_are_there_all_or_none),
        cmocka_unit_test(further_probes_are_added_to_what_is_there),
        cmocka_unit_test(further_probes_fit_or_are_refused),
        cmocka_unit_test(evaluations_are_sorted_and_replaced),
        cmocka_unit_test(many_runs_are_found),
        cmocka_unit_test(texts_are_replaced),
        cmocka_unit_test(a_result_needs_a_run),
        cmocka_unit_test(a_dropped_run_never_was),
        cmocka_unit_test(sorting_keeps_runs_findable),
        cmocka_unit_test(merging_takes_further_probes),
        cmocka_unit_test(merging_takes_what_is_more),
        cmocka_unit_test(records_agree_in_what_repeats),
        cmocka_unit_test(records_agree_in_what_both_have),
        cmocka_unit_test(merging_has_no_order),
        cmocka_unit_test(texts_are_joined),
        cmocka_unit_test(replaying_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
