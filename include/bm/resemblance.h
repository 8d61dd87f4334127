/* How alike the taps of two trained networks are: linear CKA, as the probe `cka` has it for the
 * taps of one. */
#ifndef BM_RESEMBLANCE_H
#define BM_RESEMBLANCE_H

#include "bm/train.h"

/* One of the two. All is borrowed. */
struct bm_resembler {
    const struct bm_config *config;
    const struct bm_seal *seal; /* see bm_train */
    struct bm_trained trained;
};

struct bm_resemblance {
    size_t images; /* that it was measured on */
    int n_taps[2];
    char taps[2][BM_MOST_TAPS][BM_TAP_NAME];
    double cka[BM_MOST_TAPS]
              [BM_MOST_TAPS]; /* of the first one's tap, the other's; NaN: undefined */
};

/* On the first 2,000 test images, which have to be the same for both (BM_EXIT_DATA). */
int bm_resemblance_of(const struct bm_resembler sides[2], const struct bm_launch *launch,
                      struct bm_resemblance *resemblance, struct bm_err *err);

#endif
