/* What is kept of each training image: its predictions over a run, since when it is memorized, and
 * how deep in the network. Images are counted in the order of the run's subset; `index` says which
 * they are. bm/examples_file.h keeps them. */
#ifndef BM_EXAMPLES_H
#define BM_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"

struct bm_examples {
    size_t n; /* images */
    /* n each: the image's place in the data set's own order, whatever the subset; its true class;
     * the class trained on. */
    uint32_t *index;
    uint16_t *truth, *label;
    /* Of each evaluation, plain images: n predictions (the largest output; tie: the smallest
     * class), and n margins, the output of the label less the largest other one. */
    size_t n_evaluations;
    uint32_t *epoch; /* n_evaluations, increasing */
    uint16_t *predicted;
    float *margin; /* NaN where there is one class */
    /* n, at the end: Baldock et al. 2021, "Deep learning through the lens of example difficulty".
     * The first tap, counted from 0, from which on the kNN prediction (leave-one-out, labels
     * trained on) is that of the output, to the last tap; the number of taps where the last one
     * disagrees. */
    uint16_t *depth;
};

/* Takes (or counts) room for `n` images and `evaluations` evaluations. */
void bm_examples_carve(struct bm_examples *examples, size_t n, size_t evaluations,
                       struct bm_arena *arena);
/* The first epoch from which on image `i` stayed memorized, in all evaluations up to the last; NaN:
 * it is not. */
double bm_examples_since(const struct bm_examples *examples, size_t i);

#endif
