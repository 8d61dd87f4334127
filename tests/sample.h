/* A small sweep's results without training: what tests of the store and of bm-results write. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bm/store.h"

enum { SAMPLE_RUNS = 6, SAMPLE_EVALUATIONS = 3, SAMPLE_TAPS = 4, SAMPLE_PAIRS = 6 };

static const char *const sample_no_settings[] = {NULL};

static inline void sample_config(size_t run, struct bm_config *config, struct bm_id *id)
{
    static const double diversities[] = {0, 4, INFINITY};
    bm_table_init(&bm_config_table, config);
    strcpy(config->arch, "cnn"); /* whatever the default is: ids are tested */
    config->diversity = diversities[run % 3];
    config->seed = 1 + (int64_t)(run / 3);
    config->epochs = 20;
    *id = bm_config_id(config, sample_no_settings);
}

static inline void sample_evaluation(size_t run, size_t e, struct bm_evaluation *evaluation,
                                     struct bm_tap_probe taps[SAMPLE_TAPS])
{
    static const char *const names[SAMPLE_TAPS] = {"stem", "stage1", "embedding", "output"};
    bm_table_init(&bm_evaluation_table, evaluation);
    evaluation->epoch = 10 * (int64_t)e;
    if (e > 0)
        evaluation->train_loss = 1.0 / (double)(1 + e + run);
    evaluation->memorization = 0.1 + 0.4 * (double)e / (double)(1 + run);
    evaluation->fit = 0.1 + 0.3 * (double)e;
    evaluation->test_accuracy = 0.1 + 0.01 * (double)run;
    evaluation->wall_s = 30.5 * (double)e;
    for (size_t t = 0; t < SAMPLE_TAPS; t++) {
        bm_table_init(&bm_tap_probe_table, &taps[t]);
        snprintf(taps[t].tap, sizeof taps[t].tap, "%s", names[t]);
        taps[t].dimension = 16 * (int64_t)(t + 1);
        taps[t].knn = 0.2 + 0.01 * (double)(t * e) + 1e-3 * (double)run;
    }
}

/* Runs 2, 5, … have pairs; one of them is undefined. */
static inline struct bm_findings sample_findings(size_t run, size_t e,
                                                 const struct bm_tap_probe *taps,
                                                 struct bm_tap_pair pairs[SAMPLE_PAIRS])
{
    struct bm_findings findings = {.taps = taps, .n_taps = SAMPLE_TAPS, .pairs = pairs};
    if (run % 3 == 2)
        findings.n_pairs = SAMPLE_PAIRS;
    for (size_t p = 0; p < SAMPLE_PAIRS; p++)
        pairs[p].cka = p == 4 ? (double)NAN : 0.125 * (double)p - 0.01 * (double)(run + e);
    return findings;
}

static inline void sample_result(size_t run, struct bm_result *result)
{
    struct bm_evaluation last;
    struct bm_tap_probe taps[SAMPLE_TAPS];
    bool crashed = run == 4;
    bm_table_init(&bm_result_table, result);
    sample_evaluation(run, SAMPLE_EVALUATIONS - 1, &last, taps);
    bm_result_take_evaluation(result, &last);
    result->status = crashed ? BM_STATUS_CRASHED : BM_STATUS_DONE;
    snprintf(result->cause, sizeof result->cause, "%s",
             crashed ? "killed by signal 11, \"x\"" : "");
    result->epochs_done = 20;
    result->wall_s = 61 + (double)run;
    snprintf(result->isa, sizeof result->isa, "avx512");
    result->threads = 1;
    snprintf(result->host, sizeof result->host, "node%zu", run);
}

/* Hands the frames of a run to `take`, one at a time. */
static inline int sample_run(size_t run, bool finished,
                             int (*take)(void *context, const struct bm_bytes *frame),
                             void *context)
{
    struct bm_config config;
    struct bm_id id;
    struct bm_bytes frame = {0};
    sample_config(run, &config, &id);
    bm_frame_add_begin(&frame, &id, &config);
    int status = take(context, &frame);
    for (size_t e = 0; e < SAMPLE_EVALUATIONS; e++) {
        struct bm_evaluation evaluation;
        struct bm_tap_probe taps[SAMPLE_TAPS];
        struct bm_tap_pair pairs[SAMPLE_PAIRS];
        sample_evaluation(run, e, &evaluation, taps);
        const struct bm_findings findings = sample_findings(run, e, taps, pairs);
        frame.size = 0;
        bm_frame_add_evaluation(&frame, &id, &evaluation, &findings);
        status |= take(context, &frame);
    }
    if (finished) {
        static const char log[] = "epoch 1\nsaid \"enough\"\n";
        struct bm_result result;
        sample_result(run, &result);
        frame.size = 0;
        bm_frame_add_log(&frame, &id, log, sizeof log - 1);
        status |= take(context, &frame);
        frame.size = 0;
        bm_frame_add_result(&frame, &id, &result);
        status |= take(context, &frame);
    }
    bm_bytes_fini(&frame);
    return status;
}

/* `take` for a store. */
static inline int sample_append(void *context, const struct bm_bytes *frame)
{
    return bm_store_append(context, frame->data, frame->size, NULL);
}

#endif
