/* Batches: the images that the network sees at once, and what its outputs are to become. All that
 * goes through a network, in training and in evaluation, is made here: first who is in the batch,
 * then what is seen of each, then its targets. A member depends on its source alone, never on the
 * threads that share the work. */
#ifndef BM_TRAIN_BATCH_H
#define BM_TRAIN_BATCH_H

#include "bm/arena.h"
#include "bm/data.h"
#include "bm/nn.h"
#include "bm/view.h"

/* What is seen of an image. */
enum bm_sight {
    BM_SIGHT_PLAIN, /* the image */
    BM_SIGHT_TRAIN, /* what training sees in an epoch */
    BM_SIGHT_FIT,   /* the view that `fit` takes in an epoch */
};

/* Where members come from. */
struct bm_batch_source {
    const struct bm_split *split;
    const uint32_t *order; /* positions in the split; NULL: as they stand */
    enum bm_sight sight;
    int64_t epoch; /* of the sight */
};

struct bm_batch {
    struct bm_shape input;
    int classes, most; /* members at most */
    int threads;
    struct bm_viewer *viewers; /* one a thread; owned */
    float *planes;             /* threads x one view, (C, H, W) */
    /* What bm_batch_fill made last. */
    int n;            /* members */
    uint32_t *member; /* most: positions in the split */
    bm_real *x;       /* most x input, (N, H, W, C) */
    bm_real *targets; /* most x classes: one-hot, of the labels trained on */
};

/* Viewers for as many threads as OpenMP has. What bm_batch_carve takes is still to come. */
int bm_batch_init(struct bm_batch *batch, const struct bm_config *config,
                  struct bm_image_shape stored, struct bm_shape input, int classes,
                  struct bm_err *err);
/* Takes (or counts) the memory of batches: reads `input`, `classes`, `most` and `threads`. */
void bm_batch_carve(struct bm_batch *batch, struct bm_arena *arena);
void bm_batch_fini(struct bm_batch *batch);

/* Members `first` … of the source: as many as are left, at most `most`. */
void bm_batch_fill(struct bm_batch *batch, const struct bm_batch_source *source, size_t first);

#endif
