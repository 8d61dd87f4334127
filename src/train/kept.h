/* Features of the images that went through the network, at the tap from which it can be entered
 * again (bm_net_watch_from): what lies behind is made from them without all the rest. */
#ifndef BM_TRAIN_KEPT_H
#define BM_TRAIN_KEPT_H

#include "rounds.h"

struct bm_kept {
    int tap; /* 0: nothing is kept */
    size_t dimension, batch;
    struct bm_kept_walk {
        size_t n;      /* rows that there is room for */
        float *rows;   /* n x dimension */
        bool *is_kept; /* of each batch */
    } walks[BM_WALKS];
    struct bm_arena arena;
};

/* What `rounds` plan to keep. */
int bm_kept_init(struct bm_kept *kept, const struct bm_rounds *rounds, struct bm_err *err);
void bm_kept_fini(struct bm_kept *kept);
/* Of a pass over the images of a walk (bm_pass), the batch that begins with row `first`: where its
 * features are, NULL: not there. */
const float *bm_kept_find(const struct bm_kept *kept, enum bm_walk over, size_t first);
/* Where to put features of n rows; NULL: they are there, or this tap's are not kept. */
float *bm_kept_room(struct bm_kept *kept, enum bm_walk over, int tap, size_t first, size_t n);

#endif
