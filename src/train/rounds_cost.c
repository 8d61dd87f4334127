/* What the rounds of an evaluation take, without taking them. */
#include "rounds.h"

/* Rows first … end - 1; none: equal. */
struct rows {
    size_t first, end;
};

static struct rows joined(struct rows a, struct rows b)
{
    if (a.first == a.end || b.first == b.end)
        return a.first == a.end ? b : a;
    return (struct rows){a.first < b.first ? a.first : b.first, a.end > b.end ? a.end : b.end};
}

static size_t count(struct rows rows)
{
    return rows.end - rows.first;
}

static struct rows wanted(const struct bm_round *round, enum bm_walk walk, int tap)
{
    struct rows rows;
    bm_round_wants(round, walk, tap, &rows.first, &rows.end);
    return rows;
}

/* Images of a walk over all or some of `total` rows: through the whole network where a tap before
 * the one whose features are kept is wanted, all are (`is_whole`), or they are not kept yet. */
static double images_of(const struct bm_rounds *rounds, unsigned walks, bool is_whole, size_t total,
                        struct rows *kept)
{
    struct rows all = {0, is_whole ? total : 0}, through = all;
    int tap = rounds->keeps ? rounds->memory.resume.tap : BM_ALL_TAPS;
    for (int walk = 0; walk < BM_WALKS; walk++) {
        if (!(walks & 1u << walk))
            continue;
        all = joined(all, wanted(&rounds->round, (enum bm_walk)walk, BM_ALL_TAPS));
        through = joined(through, wanted(&rounds->round, (enum bm_walk)walk, tap));
    }
    if (all.first < kept->first || all.end > kept->end)
        through = all;
    *kept = joined(*kept, through);
    return (double)count(through) +
           rounds->memory.resume.share * (double)(count(all) - count(through));
}

/* Of the round at hand. The first also counts the accuracies, of all test images and of all that
 * are trained on. */
static double images_of_round(const struct bm_rounds *rounds, bool is_first, bool fits_all,
                              struct rows kept[BM_WALKS])
{
    const struct bm_probe_task *sizes = &rounds->sizes;
    return images_of(rounds, BM_AS_QUERIES, false, 0, &kept[BM_WALK_QUERIES]) +
           images_of(rounds, BM_AS_TEST, is_first, sizes->n_test, &kept[BM_WALK_TEST]) +
           images_of(rounds, fits_all ? BM_AS_TRAIN : BM_AS_TRAIN | BM_AS_FITTED, is_first,
                     sizes->n_train, &kept[BM_WALK_TRAIN]) +
           images_of(rounds, fits_all ? BM_AS_FITTED : 0, false, 0, &kept[BM_WALK_FITTED]) +
           images_of(rounds, BM_AS_TEST_AFTER, false, 0, &kept[BM_WALK_TEST]) +
           images_of(rounds, BM_AS_VIEWS, false, 0, &kept[BM_WALK_VIEWS]);
}

/* All rounds; `cost` NULL: images alone. */
static double add_rounds(struct bm_rounds *rounds, bool fits_all, struct bm_rounds_cost *cost)
{
    const struct bm_round *round = &rounds->round;
    struct rows kept[BM_WALKS] = {{0, 0}};
    double images = 0;
    for (bool is_first = true, more = true; more; is_first = false) {
        more = bm_rounds_next(rounds);
        if (!more && !is_first)
            break;
        images += images_of_round(rounds, is_first, fits_all, kept);
        for (size_t p = 0; p < round->n_pieces && cost != NULL; p++)
            cost->flops += round->pieces[p].probe->flops(&round->pieces[p].task);
        if (more && cost != NULL && (double)round->bytes > cost->bytes)
            cost->bytes = (double)round->bytes;
    }
    return images;
}

double bm_rounds_images(struct bm_rounds *rounds, bool fits_all)
{
    double images = add_rounds(rounds, fits_all, NULL);
    bm_rounds_restart(rounds);
    return images;
}

int bm_rounds_cost(const struct bm_probe *const *probes, const struct bm_probe_task *sizes,
                   bool fits_all, struct bm_probe_memory memory, struct bm_rounds_cost *cost,
                   struct bm_err *err)
{
    struct bm_rounds rounds;
    *cost = (struct bm_rounds_cost){0};
    if (bm_rounds_init(&rounds, probes, sizes, memory, err) != 0)
        return -1;
    cost->images = add_rounds(&rounds, fits_all, cost);
    cost->bytes += rounds.keeps ? (double)rounds.kept_size : 0;
    bm_rounds_fini(&rounds);
    return 0;
}
