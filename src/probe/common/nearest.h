/* Lists of the k nearest rows of each query. */
#ifndef BM_PROBE_COMMON_NEAREST_H
#define BM_PROBE_COMMON_NEAREST_H

#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"

struct bm_neighbour {
    double distance; /* squared */
    uint32_t row;
    uint16_t label;
};

/* A list: sorted ones, by distance and then by row, and others that wait to be sorted in. */
struct bm_nearest_list {
    uint32_t sorted, fresh;
    double most; /* the distance of the last sorted one: what is farther is out, if there are k */
};

struct bm_nearest {
    size_t k;
    struct bm_nearest_list *lists;
    struct bm_neighbour *neighbours;
};

/* Takes the memory, or counts it. */
struct bm_nearest bm_nearest_begin(size_t queries, size_t k, struct bm_arena *arena);
/* How many of a list may wait. */
size_t bm_nearest_spare(size_t k);
/* Adds `n`, in any order, to a query's; `more` is working memory with room for as many again as may
 * wait. */
void bm_nearest_add(struct bm_nearest *nearest, size_t query, struct bm_neighbour *more, size_t n);
/* Once all have been added: none waits any longer. */
void bm_nearest_settle(struct bm_nearest *nearest, size_t query);
/* The query's neighbours, the nearest first: those that are sorted. */
struct bm_neighbour *bm_nearest_of(const struct bm_nearest *nearest, size_t query);

#endif
