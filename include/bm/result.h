/* What comes out of a run. Members are described once, in the tables of model/result.c; each
 * becomes a column of the results file. Undefined numbers are NaN, never 0. */
#ifndef BM_RESULT_H
#define BM_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "bm/config.h"
#include "bm/digest.h"
#include "bm/field.h"
#include "bm/tap.h"
#include "bm/words.h"

/* One evaluation: at initialization (epoch 0), every `probe_every` epochs, at the end. */
struct bm_evaluation {
    int64_t epoch;
    double train_loss, train_accuracy; /* running, over the last epoch; NaN at epoch 0 */
    double memorization, memorization_noisy, fit;
    double clean_train_accuracy, test_accuracy;
    double wall_s; /* since the run began */
};

/* How far a run is: for showing, never stored. */
struct bm_progress {
    int64_t epoch, epochs; /* the one it is in, from 1; in all */
    double share;          /* of this epoch that is done, 0 … 1 */
    double loss;           /* mean over this epoch so far */
    double images_per_s;   /* trained, over the run so far */
    double earlier_s;      /* for which sessions before this one could work */
};

/* What the probes found at one tap in one evaluation. A new probe is a member and a row. */
struct bm_tap_probe {
    char tap[BM_TAP_NAME];
    int64_t dimension; /* features after pooling */
    double knn;        /* accuracy on the test set */
#define BM_MEMBER_OF(k) double knn_##k;
    BM_KNN_ALSO(BM_MEMBER_OF)
#undef BM_MEMBER_OF
    double linear, linear_alpha, linear_dimension;
    double noisy, noisy_of_noisy;
    double invariance, centroid, rank;
    double rewind_memorization, rewind_test;
};

/* What the probes of pairs found at each two taps of an evaluation. A new one is a member and a
 * row.
 */
struct bm_tap_pair {
    double cka;
};

/* All that probes found in an evaluation; borrowed. */
struct bm_findings {
    const struct bm_tap_probe *taps;
    size_t n_taps;
    const struct bm_tap_pair *pairs; /* of these taps, in the order of bm_pair_at */
    size_t n_pairs;                  /* all, or 0 where no probe of pairs was taken */
};

/* One row a run. */
struct bm_result {
    enum bm_status status;
    char cause[256]; /* "" when done */
    int64_t epochs_done;
    int64_t train_images, test_images, noisy_images, classes, parameters;
    char data_digest[BM_ID_TEXT];
    /* of the last evaluation */
    double train_loss, train_accuracy, memorization, memorization_noisy, fit;
    double clean_train_accuracy, test_accuracy;
    /* cost */
    double wall_s, cpu_s, images_per_s, flops_per_s;
    int64_t peak_memory; /* bytes */
    /* circumstance */
    char started[32], finished[32]; /* UTC, ISO 8601 */
    char host[64], cpu[96], isa[32], conv[BM_WORD_SIZE], blas_kernel[32];
    int64_t threads, rank, pid;
    char program_version[32], git_revision[48], build[200];
};

/* What a run's probes against true labels come to, before training and at the end: at the
 * embedding, and at the tap where the probe is highest at the end. It follows from the evaluations
 * (bm_run_summarize): results files have it for their readers, and nothing reads it back. */
enum { BM_CLEAN_PROBES = 3 };
extern const char *const bm_clean_probes[BM_CLEAN_PROBES]; /* keys of bm_tap_probe_table */
struct bm_summary {
    struct bm_probe_summary {
        double init_embedding, embedding, init_best, best;
        char best_tap[BM_TAP_NAME];
    } of[BM_CLEAN_PROBES];
};

extern const struct bm_table bm_summary_table, bm_evaluation_table, bm_tap_probe_table,
    bm_tap_pair_table, bm_result_table;

/* The i-th column of bm_tap_probe_table that a probe fills; NULL beyond the last. */
const struct bm_field *bm_probe_column(size_t i);
/* The same of bm_tap_pair_table. */
const struct bm_field *bm_pair_column(size_t i);

/* Copies the members that `result` and `evaluation` share. */
void bm_result_take_evaluation(struct bm_result *result, const struct bm_evaluation *evaluation);

#endif
