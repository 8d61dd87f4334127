/* What outputs say about images: counts, and the accuracies that they make. */
#ifndef BM_TRAIN_SCORE_H
#define BM_TRAIN_SCORE_H

#include "evaluate.h"

struct bm_score {
    bool is_undefined;                   /* an output was infinite or NaN */
    size_t images, trained_label, truth; /* counts */
    size_t wrong_label, wrong_label_fit; /* images with a wrong label, and predicted as it */
};

/* Counts a batch. */
void bm_score_batch(struct bm_score *score, const struct bm_batch *batch, const bm_real *output);
/* Counts all of a source, in evaluation mode; not all where a signal asks to stop
 * (bm/interrupt.h). */
struct bm_score bm_score_of(struct bm_subject *subject, const struct bm_batch_source *source);
/* part / whole, counts of the score; NaN where that is undefined. */
double bm_score_fraction(const struct bm_score *score, size_t part, size_t whole);

#endif
