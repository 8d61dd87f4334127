/* What the rounds of an evaluation take, without taking them. */
#include "rounds.h"

static double wanted(const struct bm_round *round, enum bm_walk walk)
{
    size_t first, end;
    bm_round_wants(round, walk, &first, &end);
    return (double)(end - first);
}

/* Images of a round's walks. The first also counts the accuracies, of all test images and of all
 * that are trained on. */
static double images_of(const struct bm_round *round, const struct bm_probe_task *sizes,
                        bool is_first, bool fits_all)
{
    double test = is_first ? (double)sizes->n_test : wanted(round, BM_WALK_TEST);
    double train = is_first ? (double)sizes->n_train : wanted(round, BM_WALK_TRAIN);
    double fitted = wanted(round, BM_WALK_FITTED);
    if (fits_all)
        train += fitted;
    else if (fitted > train)
        train = fitted;
    return test + train + wanted(round, BM_WALK_QUERIES) + wanted(round, BM_WALK_TEST_AFTER) +
           wanted(round, BM_WALK_VIEWS);
}

int bm_rounds_cost(const struct bm_probe *const *probes, const struct bm_probe_task *sizes,
                   bool fits_all, struct bm_probe_memory memory, struct bm_rounds_cost *cost,
                   struct bm_err *err)
{
    struct bm_rounds rounds;
    *cost = (struct bm_rounds_cost){0};
    if (bm_rounds_init(&rounds, probes, sizes, memory, err) != 0)
        return -1;
    for (bool is_first = true, more = true; more; is_first = false) {
        const struct bm_round *round = &rounds.round;
        more = bm_rounds_next(&rounds);
        if (!more && !is_first)
            break;
        cost->images += images_of(round, sizes, is_first, fits_all);
        for (size_t p = 0; p < round->n_pieces; p++)
            cost->flops += round->pieces[p].probe->flops(&round->pieces[p].task);
        if (more && (double)round->bytes > cost->bytes)
            cost->bytes = (double)round->bytes;
    }
    bm_rounds_fini(&rounds);
    return 0;
}
