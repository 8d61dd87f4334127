/* Where blocks of memory lie that are not all alive at the same time. Pure: knows no networks. */
#ifndef BM_NN_PLAN_H
#define BM_NN_PLAN_H

#include <stddef.h>

struct bm_block {
    size_t size;     /* bytes */
    int first, last; /* times at which it is in use, both inclusive */
    size_t offset;   /* bytes; set by bm_plan */
};

/* Gives each block an offset so that blocks that are alive together do not overlap: the largest
 * first, each at the lowest place that is free for its whole life. Offsets are multiples of
 * BM_ALIGN. Returns the bytes that all of them need. */
size_t bm_plan(struct bm_block *blocks, size_t n);

#endif
