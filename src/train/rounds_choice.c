/* What a plan can choose: which probes come into rounds first, and whether the last taps do, so
 * that later passes are short; whether features are kept that others are made from again, and
 * whether images are shown again to probes that would put their features aside. What gives the
 * fewest images is taken. */
#include "rounds.h"

#include <math.h>

static size_t rows_wanted(const struct bm_rounds *rounds, size_t number)
{
    size_t rows = 0;
    for (int walk = 0; walk < BM_WALKS; walk++)
        rows += bm_walk_rows(rounds->probes[number], (enum bm_walk)walk, &rounds->sizes);
    return rows;
}

/* Moves one of the order to another place. */
static void move(struct bm_rounds *rounds, size_t from, size_t to)
{
    size_t *order = rounds->order, moved = order[from];
    for (; from > to; from--)
        order[from] = order[from - 1];
    for (; from < to; from++)
        order[from] = order[from + 1];
    order[to] = moved;
}

/* What wants few images costs little in a round of its own: it comes last. */
static void sort_by_rows(struct bm_rounds *rounds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        rounds->order[i] = i;
        while (at > 0 && rows_wanted(rounds, rounds->order[at - 1]) < rows_wanted(rounds, i))
            at--;
        move(rounds, i, at);
    }
}

/* Which of them it is best to begin with is tried out. */
static void choose_first(struct bm_rounds *rounds, bool fits_all)
{
    size_t n = bm_probes_count(rounds->probes), best = 0;
    double least = bm_rounds_images(rounds, fits_all);
    for (size_t i = 1; i < n; i++) {
        move(rounds, i, 0);
        double images = bm_rounds_images(rounds, fits_all);
        move(rounds, 0, i);
        best = images < least ? i : best;
        least = images < least ? images : least;
    }
    move(rounds, best, 0);
}

static void count_kept(struct bm_rounds *rounds)
{
    const struct bm_probe_task *sizes = &rounds->sizes;
    size_t *rows = rounds->kept_rows, sum = 0;
    rows[BM_WALK_TEST] = sizes->n_test;
    rows[BM_WALK_TRAIN] = sizes->n_train;
    rows[BM_WALK_FITTED] = sizes->n_fitted > sizes->n_train ? sizes->n_fitted : 0;
    for (size_t p = 0; rounds->probes[p] != NULL; p++) {
        size_t asked = bm_walk_rows(rounds->probes[p], BM_WALK_QUERIES, sizes);
        size_t viewed = bm_walk_rows(rounds->probes[p], BM_WALK_VIEWS, sizes);
        rows[BM_WALK_QUERIES] = asked > rows[BM_WALK_QUERIES] ? asked : rows[BM_WALK_QUERIES];
        rows[BM_WALK_VIEWS] = viewed > rows[BM_WALK_VIEWS] ? viewed : rows[BM_WALK_VIEWS];
    }
    for (int walk = 0; walk < BM_WALKS; walk++)
        sum += rows[walk];
    rounds->kept_size = sum * sizes->taps[rounds->memory.stretch.resume].dimension * sizeof(float);
}

/* Features are kept where that saves walks. */
static void choose_to_keep(struct bm_rounds *rounds, bool fits_all)
{
    if (rounds->memory.stretch.resume == 0)
        return;
    count_kept(rounds);
    double images = bm_rounds_images(rounds, fits_all);
    rounds->keeps = rounds->kept_size < rounds->memory.limit;
    rounds->keeps = rounds->keeps && bm_rounds_images(rounds, fits_all) < images;
}

struct choice {
    bool shows_again, from_the_end;
};

/* Returns the images. */
static double choose(struct bm_rounds *rounds, bool fits_all, struct choice choice)
{
    rounds->sizes.shows_again = choice.shows_again;
    rounds->from_the_end = choice.from_the_end;
    rounds->keeps = false;
    sort_by_rows(rounds, bm_probes_count(rounds->probes));
    choose_to_keep(rounds, fits_all);
    choose_first(rounds, fits_all);
    return bm_rounds_images(rounds, fits_all);
}

static bool can_show_again(const struct bm_rounds *rounds)
{
    bool can = false;
    for (size_t p = 0; rounds->probes[p] != NULL; p++)
        can |= rounds->probes[p]->walks[BM_WALK_AGAIN].take != BM_TAKE_NOTHING;
    return can;
}

void bm_rounds_choose(struct bm_rounds *rounds)
{
    static const struct choice choices[] = {
        {false, false}, {false, true}, {true, false}, {true, true}};
    bool fits_all = rounds->sizes.n_fitted > rounds->sizes.n_train;
    struct choice best = choices[0];
    double least = INFINITY;
    for (size_t c = 0; c < sizeof choices / sizeof *choices; c++) {
        if (choices[c].shows_again && !can_show_again(rounds))
            continue;
        double images = choose(rounds, fits_all, choices[c]);
        best = images < least ? choices[c] : best;
        least = images < least ? images : least;
    }
    choose(rounds, fits_all, best);
}
