/* A run in training: its memory, and its state between two steps. How it goes on is train.c's
 * business. */
#ifndef BM_TRAIN_TRAINING_H
#define BM_TRAIN_TRAINING_H

#include "bm/arena.h"
#include "bm/examples.h"
#include "study.h"

/* Together with parameters, moments and statistics this is all that the next step depends on: every
 * random number is a function of the seed and of where in the run it is drawn. */
struct bm_counters {
    int64_t epoch, step; /* so many steps of that epoch are done; epochs count from 1 */
    int64_t steps_done;  /* in all */
    double correct;      /* of the epoch's training images so far */
    double loss;         /* of its steps so far, added up */
    double epoch_loss, epoch_accuracy; /* of the last epoch; NaN before it */
    int64_t memorized_in_a_row;
    int64_t n_examined;        /* evaluations that `examples` has */
    double training_s, wall_s; /* seconds: of steps, and of everything, over all sessions */
};

struct bm_training {
    const struct bm_config *config; /* borrowed */
    const struct bm_train_sink *sink;
    struct bm_study study;
    struct bm_arena arena;
    const struct bm_loss *loss;
    const struct bm_optimizer *optimizer;
    bm_real *moments;            /* see bm_train_moments */
    bm_real *d_output;           /* batch x classes */
    uint32_t *order;             /* n_train */
    struct bm_examples examples; /* where they are kept */
    uint16_t *votes;             /* taps x n_train */
    struct bm_counters counters;
    double began; /* monotonic seconds, as if it had been one session */
};

/* Opens and allocates everything; errors are those of bm_train. Also after a failure it is to be
 * ended. */
int bm_training_begin(struct bm_training *training, const struct bm_config *config,
                      const struct bm_launch *launch, const struct bm_seal *seal,
                      const struct bm_train_sink *sink, struct bm_err *err);
void bm_training_end(struct bm_training *training);

/* Goes back to a state that was saved, with `result` as it was then. False: there is none, and
 * nothing was changed. */
bool bm_training_restore(struct bm_training *training, struct bm_result *result);
/* To be asked after each step: saves the state where that is wanted. False: training is to stop
 * here. */
bool bm_training_goes_on(struct bm_training *training);

#endif
