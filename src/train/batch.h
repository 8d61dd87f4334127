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
    BM_SIGHT_TRAIN, /* what training sees in an epoch, mixed where it mixes */
    BM_SIGHT_FIT,   /* the view that `fit` takes in an epoch */
    BM_SIGHT_FRESH, /* two views of each image, one after the other, that training never sees */
};

/* Where members come from. */
struct bm_batch_source {
    const struct bm_split *split;
    size_t n; /* members; at most the split's, but twice that for BM_SIGHT_FRESH */
    const uint32_t
        *order; /* n positions in the split; NULL: at equal steps through it, which are
                   all where n is the split's; BM_SIGHT_FRESH: the first n / 2, each twice
                   */
    enum bm_sight sight;
    int64_t epoch; /* of the sight */
};
/* All images of a split. */
struct bm_batch_source bm_batch_all(const struct bm_split *split, enum bm_sight sight,
                                    int64_t epoch);

struct bm_batch {
    struct bm_shape input;
    int classes, most; /* members at most */
    double smoothing;  /* of targets: label_smoothing */
    int threads;
    const struct bm_config *config; /* borrowed */
    struct bm_viewer *viewers;      /* one a thread; owned */
    float *planes;                  /* threads x one view, (C, H, W) */
    /* What bm_batch_fill made last. */
    int n;                   /* members */
    uint32_t *member;        /* most: positions in the split */
    uint16_t *truth, *label; /* most of each: true classes, and those trained on, which may be those
                                of the copies seen */
    bm_real *x;              /* most x input, (N, H, W, C) */
    bm_real *targets;        /* most x classes: one-hot labels, mixed, smoothed */
    /* Where training mixes its images (mix.h): each with its partner. */
    double share;      /* of each image's own label; the rest is its partner's */
    uint32_t *partner; /* most: members; a permutation */
    bool *is_mixed;    /* most; for mixing them in place */
    bm_real *aside;    /* an image; likewise */
};

/* Viewers for as many threads as OpenMP has. What bm_batch_carve takes is still to come. */
int bm_batch_init(struct bm_batch *batch, const struct bm_config *config,
                  struct bm_image_shape stored, struct bm_shape input, int classes,
                  struct bm_err *err);
/* Takes (or counts) the memory of batches: reads `input`, `classes`, `most`, `threads` and
 * `config`. */
void bm_batch_carve(struct bm_batch *batch, struct bm_arena *arena);
void bm_batch_fini(struct bm_batch *batch);

/* Members `first` … of the source: as many as are left, at most `most`. */
void bm_batch_fill(struct bm_batch *batch, const struct bm_batch_source *source, size_t first);

#endif
