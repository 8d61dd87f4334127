#include "tail.h"

#include <math.h>
#include <stdlib.h>

void bm_tail_init(struct bm_tail *tail, size_t n_slots, double now)
{
    *tail = (struct bm_tail){.n_slots = n_slots};
    tail->since = calloc(n_slots + 1, sizeof *tail->since);
    if (tail->since == NULL)
        abort();
    for (size_t slot = 0; slot < n_slots; slot++)
        tail->since[slot] = now;
}

void bm_tail_fini(struct bm_tail *tail)
{
    free(tail->since);
    *tail = (struct bm_tail){0};
}

void bm_tail_begin(struct bm_tail *tail, size_t slot)
{
    tail->since[slot] = INFINITY;
}

void bm_tail_end(struct bm_tail *tail, size_t slot, double now)
{
    tail->since[slot] = now;
}

void bm_tail_lose(struct bm_tail *tail, size_t slot)
{
    tail->since[slot] = NAN;
}

double bm_tail_sum(const struct bm_tail *tail, double now)
{
    double sum = 0;
    for (size_t slot = 0; slot < tail->n_slots; slot++)
        sum += isfinite(tail->since[slot]) ? now - tail->since[slot] : 0;
    return sum;
}
