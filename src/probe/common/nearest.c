/* Each list has a place for an eighth more than are kept, behind them: what comes is sorted in when
 * it is full, since lists may be long, and are not in the cache. */
#include "nearest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t bm_nearest_spare(size_t k)
{
    return k / 8;
}

struct bm_nearest bm_nearest_begin(size_t queries, size_t k, struct bm_arena *arena)
{
    size_t room = k + bm_nearest_spare(k);
    return (struct bm_nearest){
        .k = k,
        .lists = bm_arena_take(arena, queries * sizeof(struct bm_nearest_list)),
        .neighbours = bm_arena_take(arena, queries * room * sizeof(struct bm_neighbour)),
    };
}

struct bm_neighbour *bm_nearest_of(const struct bm_nearest *nearest, size_t query)
{
    return nearest->neighbours + query * (nearest->k + bm_nearest_spare(nearest->k));
}

static bool is_nearer(const struct bm_neighbour *a, const struct bm_neighbour *b)
{
    return a->distance < b->distance || (a->distance == b->distance && a->row < b->row);
}

static int compare(const void *a, const void *b)
{
    return is_nearer(a, b) ? -1 : is_nearer(b, a) ? 1 : 0;
}

/* Insertion where there are few, as nearly always. */
static void sort(struct bm_neighbour *list, size_t n)
{
    enum { FEW = 128 };
    if (n > FEW)
        qsort(list, n, sizeof *list, compare);
    for (size_t i = 1; i < n && n <= FEW; i++) {
        struct bm_neighbour one = list[i];
        size_t at = i;
        for (; at > 0 && is_nearer(&one, &list[at - 1]); at--)
            list[at] = list[at - 1];
        list[at] = one;
    }
}

/* Sorts `n` more in, and keeps the k nearest: from the end, so that what is there moves once. */
static void merge(struct bm_nearest *nearest, size_t query, struct bm_neighbour *more, size_t n)
{
    struct bm_neighbour *list = bm_nearest_of(nearest, query);
    size_t have = nearest->lists[query].sorted;
    sort(more, n);
    while (have + n > nearest->k)
        if (n == 0 || (have > 0 && is_nearer(&more[n - 1], &list[have - 1])))
            have--;
        else
            n--;
    size_t sorted = have + n;
    for (size_t to = sorted; n > 0;) {
        bool is_new = have == 0 || !is_nearer(&more[n - 1], &list[have - 1]);
        list[--to] = is_new ? more[--n] : list[--have];
    }
    nearest->lists[query] = (struct bm_nearest_list){
        .sorted = (uint32_t)sorted, .most = sorted > 0 ? list[sorted - 1].distance : 0};
}

void bm_nearest_add(struct bm_nearest *nearest, size_t query, struct bm_neighbour *more, size_t n)
{
    struct bm_nearest_list *list = &nearest->lists[query];
    struct bm_neighbour *fresh = bm_nearest_of(nearest, query) + nearest->k;
    bool can_wait = list->sorted == nearest->k && list->fresh + n <= bm_nearest_spare(nearest->k);
    if (can_wait) {
        memcpy(fresh + list->fresh, more, n * sizeof *more);
        list->fresh += (uint32_t)n;
    } else {
        memcpy(more + n, fresh, list->fresh * sizeof *more);
        merge(nearest, query, more, n + list->fresh);
    }
}

void bm_nearest_settle(struct bm_nearest *nearest, size_t query)
{
    merge(nearest, query, bm_nearest_of(nearest, query) + nearest->k, nearest->lists[query].fresh);
}
