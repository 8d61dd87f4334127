/* Random orders of images: each has a key from a stream of its own, and the smallest keys come
 * first. Adding images or asking for more of them keeps the order of the others. */
#ifndef BM_DATASET_RANK_H
#define BM_DATASET_RANK_H

#include <stddef.h>
#include <stdint.h>

struct bm_rank {
    uint32_t group; /* the most significant: what is ranked separately */
    uint32_t item;
    uint64_t key;
};

/* Sorts by group, key and item. */
void bm_ranks_sort(struct bm_rank *ranks, size_t n);

#endif
