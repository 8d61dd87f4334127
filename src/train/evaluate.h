/* Evaluation of a network: accuracies and probes. */
#ifndef BM_TRAIN_EVALUATE_H
#define BM_TRAIN_EVALUATE_H

#include "bm/data.h"
#include "bm/nn.h"
#include "bm/result.h"
#include "bm/view.h"
#include "setup.h"

/* What is trained and examined: a network, its data, and the memory that training and evaluation
 * share. Set up once, all memory in it is borrowed. */
struct bm_subject {
    const struct bm_config *config;
    const struct bm_launch *launch;
    struct bm_data *data;
    struct bm_net *net;
    struct bm_viewer *viewer;
    int classes;
    int batch; /* images that the net was planned for */
    struct bm_shape input;
    bm_real *x;      /* batch x input, (N, H, W, C) */
    float *planes;   /* one view, (C, H, W) */
    float *features; /* batch x the longest tap */
};

/* Puts `planes` into place i of the batch. */
void bm_subject_load(struct bm_subject *subject, int i);

/* Class of the largest output; ties to the smallest class. */
int bm_argmax(const bm_real *output, int classes);

/* Fills the accuracies of `evaluation` (memorization, fit, clean train, test) for the net after
 * `epoch`, and a record for each tap. `taps` has room for bm_net_taps records. What comes from
 * outputs or features that are infinite or NaN is NaN. */
int bm_evaluate(struct bm_subject *subject, int64_t epoch, struct bm_evaluation *evaluation,
                struct bm_tap_probe *taps, struct bm_err *err);

#endif
