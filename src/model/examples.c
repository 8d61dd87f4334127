#include "bm/examples.h"

#include <math.h>

void bm_examples_carve(struct bm_examples *examples, size_t n, size_t evaluations,
                       struct bm_arena *arena)
{
    size_t all = n * evaluations;
    *examples = (struct bm_examples){.n = n};
    examples->index = bm_arena_take(arena, n * sizeof *examples->index);
    examples->truth = bm_arena_take(arena, n * sizeof *examples->truth);
    examples->label = bm_arena_take(arena, n * sizeof *examples->label);
    examples->depth = bm_arena_take(arena, n * sizeof *examples->depth);
    examples->epoch = bm_arena_take(arena, evaluations * sizeof *examples->epoch);
    examples->predicted = bm_arena_take(arena, all * sizeof *examples->predicted);
    examples->margin = bm_arena_take(arena, all * sizeof *examples->margin);
}

double bm_examples_since(const struct bm_examples *examples, size_t i)
{
    size_t first = examples->n_evaluations;
    while (first > 0 && examples->predicted[(first - 1) * examples->n + i] == examples->label[i])
        first--;
    return first < examples->n_evaluations ? (double)examples->epoch[first] : NAN;
}
