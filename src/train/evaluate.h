/* Evaluation of a network: accuracies and probes. */
#ifndef BM_TRAIN_EVALUATE_H
#define BM_TRAIN_EVALUATE_H

#include "batch.h"
#include "bm/examples.h"
#include "bm/result.h"
#include "setup.h"

/* What is trained and examined: a network, its data, and the memory that training and evaluation
 * share. Set up once, all memory in it but the batch's viewers is borrowed. */
struct bm_subject {
    const struct bm_config *config;
    const struct bm_launch *launch;
    struct bm_data *data;
    struct bm_net *net;
    struct bm_batch batch;
    float *features;              /* batch x the longest tap */
    struct bm_examples *examples; /* what is kept of each training image; NULL: nothing */
};

/* Class of the largest output; ties to the smallest class. */
int bm_argmax(const bm_real *output, int classes);
/* Members whose output says their label; of those that were mixed, the share of the label that it
 * says. */
double bm_count_correct(const struct bm_batch *batch, const bm_real *output);

/* Makes the running statistics of normalization anew, for parameters that training did not make:
 * those of one pass over the plain training subset in the order of its file, averages over its
 * batches, the last and partial one included, each weighted by its images (BM_CALIBRATE). */
void bm_calibrate(struct bm_subject *subject);

/* What the probe makes of each image that it has held, at all taps: taps one after the other,
 * `voters` apart, to `votes`. Those of taps with undefined features stay as they are. */
struct bm_probe;
int bm_evaluate_votes(struct bm_subject *subject, const struct bm_probe *probe, uint16_t *votes,
                      size_t voters, struct bm_err *err);

/* The records of an evaluation, without accuracies: see bm_evaluate. */
int bm_evaluate_probes(struct bm_subject *subject, struct bm_tap_probe *taps,
                       struct bm_tap_pair *pairs, struct bm_err *err);

/* Fills the accuracies of `evaluation` (memorization, fit, clean train, test) for the net after
 * `epoch`, a record for each tap, and one for each pair of them where a probe of pairs is taken
 * (bm_train_pairs); there has to be room. What is asked about labels of images is undefined where
 * they have none (bm_config_labels_images). What comes from outputs or features that are infinite
 * or NaN is NaN. BM_EXIT_AGAIN: a signal asked to stop (bm/interrupt.h); nothing of the net was
 * changed. */
int bm_evaluate(struct bm_subject *subject, int64_t epoch, struct bm_evaluation *evaluation,
                struct bm_tap_probe *taps, struct bm_tap_pair *pairs, struct bm_err *err);

#endif
