/* The order of ranks. */
#include "rank.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const struct bm_rank *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

void bm_ranks_sort(struct bm_rank *ranks, size_t n)
{
    qsort(ranks, n, sizeof *ranks, compare);
}
