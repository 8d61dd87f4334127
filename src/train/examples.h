/* Collecting what is kept of each training image (bm/examples.h). */
#ifndef BM_TRAIN_EXAMPLES_H
#define BM_TRAIN_EXAMPLES_H

#include "evaluate.h"

/* Which images they are; nothing is known of them yet. */
void bm_examples_begin(struct bm_examples *examples, const struct bm_split *train);
/* What the outputs of a batch of plain training images say, for the evaluation that goes on. */
void bm_examples_note(struct bm_examples *examples, const struct bm_batch *batch,
                      const bm_real *output);
/* That evaluation is done. */
void bm_examples_evaluated(struct bm_examples *examples, int64_t epoch);

/* The settings by which votes are asked for: the noisy probe's, of all training images. */
struct bm_config bm_examples_asking(const struct bm_config *config, size_t n_train);
/* Refuses what is not possible (BM_EXIT_DATA). */
int bm_examples_check_k(const struct bm_config *config, size_t n_train, struct bm_err *err);
/* Fills `depth`, after the last evaluation. `votes`: room for a vote of each image at each tap. */
int bm_examples_dig(struct bm_subject *subject, uint16_t *votes, struct bm_err *err);

#endif
