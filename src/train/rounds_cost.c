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

/* That a pass has to show at taps from … before - 1. */
static struct rows wanted(const struct bm_rounds *rounds, const struct bm_pass *pass, int from,
                          int before)
{
    struct rows all = {0, 0}, rows;
    for (int walk = 0; walk < BM_WALKS; walk++) {
        if (!(pass->walks & 1u << walk))
            continue;
        bm_round_wants(&rounds->round, (enum bm_walk)walk, from, before, &rows.first, &rows.end);
        all = joined(all, rows);
    }
    return all;
}

/* How much of a pass is between a tap and the one before. */
static double step_to(const struct bm_rounds *rounds, int tap)
{
    const double *reach = rounds->memory.stretch.reach;
    if (reach == NULL || tap == 0)
        return tap == 0 ? reach == NULL ? 1 : reach[0] : 0;
    return reach[tap] - reach[tap - 1];
}

/* Passes from tap `from` on (0: the input) end behind the last tap before `before` that is wanted
 * of an image. */
static double images_between(const struct bm_rounds *rounds, const struct bm_pass *pass, int from,
                             int before)
{
    double images = 0;
    for (int tap = from; tap < before; tap++)
        images += step_to(rounds, tap) * (double)count(wanted(rounds, pass, tap, before));
    return images;
}

/* Images of a pass: through the whole network where all are (`is_whole`); at least to the tap whose
 * features are kept where they are not there yet. */
static double images_of(const struct bm_rounds *rounds, const struct bm_pass *pass, bool is_whole,
                        struct rows *kept)
{
    const size_t total = pass->over == BM_WALK_TEST ? rounds->sizes.n_test : rounds->sizes.n_train;
    struct rows all = is_whole ? (struct rows){0, total} : wanted(rounds, pass, 0, BM_ALL_TAPS);
    bool is_kept = rounds->keeps && all.first >= kept->first && all.end <= kept->end;
    int n_taps = rounds->sizes.n_taps, resume = rounds->memory.stretch.resume;
    if (!is_kept)
        *kept = joined(*kept, all);
    if (is_whole)
        return (double)count(all);
    if (is_kept)
        return images_between(rounds, pass, 0, resume) +
               images_between(rounds, pass, resume + 1, n_taps);
    double images = images_between(rounds, pass, 0, n_taps);
    for (int tap = 0; tap <= resume && rounds->keeps; tap++)
        images +=
            step_to(rounds, tap) * (double)(count(all) - count(wanted(rounds, pass, tap, n_taps)));
    return images;
}

/* Of the round at hand. */
static double images_of_round(const struct bm_rounds *rounds, bool is_first, bool fits_all,
                              struct rows kept[BM_WALKS])
{
    struct bm_pass passes[BM_WALKS];
    size_t n = bm_round_passes(fits_all, passes);
    double images = 0;
    for (size_t i = 0; i < n; i++)
        images +=
            images_of(rounds, &passes[i], is_first && passes[i].is_scored, &kept[passes[i].over]);
    return images;
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
        double times = more ? (double)bm_rounds_skip(rounds) : 0;
        images += times * images_of_round(rounds, false, fits_all, kept);
        for (size_t p = 0; p < round->n_pieces && cost != NULL; p++)
            cost->flops += (1 + times) * round->pieces[p].probe->flops(&round->pieces[p].task);
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
