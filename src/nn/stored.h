/* What values are stored as between the passes of a network: a row a type. */
#ifndef BM_NN_STORED_H
#define BM_NN_STORED_H

#include "bm/nn.h"

struct bm_stored_type {
    size_t bytes; /* of a value */
    /* Both NULL: values stay what they are, where they are. Elements keep their places, so that
     * any part can be packed or unpacked alone. */
    void (*pack)(const bm_real *x, size_t n, void *packed);
    void (*unpack)(const void *packed, size_t n, bm_real *x);
};

const struct bm_stored_type *bm_stored_type(enum bm_stored stored);

#endif
