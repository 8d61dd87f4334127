#include "rounds.h"

#include <string.h>

static const size_t ALL_TAKEN = SIZE_MAX;
enum {
    CUTS = 2,    /* pieces of a round, at most, that are not all that is left of a tap */
    SLIVER = 32, /* less than this part of it is not worth while */
};

size_t bm_probes_count(const struct bm_probe *const *probes)
{
    size_t n = 0;
    while (probes[n] != NULL)
        n++;
    return n;
}

/* ---- filling a round ---- */

/* A block with the rows first … of a tap's walk: one that is there, grown where it lies within
 * them, or a new one. */
static int block_of(struct bm_round *round, int tap, size_t dimension, enum bm_walk walk,
                    size_t first, size_t n)
{
    for (size_t b = 0; b < round->n_blocks; b++) {
        struct bm_block *block = &round->blocks[b];
        if (block->walk != walk || block->tap != tap)
            continue;
        if (bm_block_has(block, first, first + n))
            return (int)b;
        if (block->first >= first && block->first + block->n <= first + n) {
            block->first = first;
            block->n = n;
            return (int)b;
        }
    }
    round->blocks[round->n_blocks] =
        (struct bm_block){.tap = tap, .walk = walk, .first = first, .n = n, .dimension = dimension};
    return (int)round->n_blocks++;
}

static void add_piece(struct bm_rounds *rounds, size_t number, int tap, size_t first, size_t n)
{
    struct bm_round *round = &rounds->round;
    const struct bm_probe *probe = rounds->probes[number];
    enum bm_walk walk = bm_walk_held(probe);
    int n_taps = probe->of_pairs ? rounds->sizes.n_taps : 1;
    struct bm_piece *piece = &round->pieces[round->n_pieces++];
    *piece = (struct bm_piece){probe, number, tap, first, n, rounds->sizes, NULL, 0, false};
    piece->task.n_taps = n_taps;
    piece->task.taps = round->taps + round->n_taps;
    for (int t = tap; t < tap + n_taps; t++) {
        size_t view = round->n_taps++, dimension = rounds->sizes.taps[t].dimension;
        bool is_held = walk != BM_WALKS;
        round->taps[view] = (struct bm_probe_tap){dimension, is_held ? &round->held[view] : NULL};
        round->block[view] = is_held ? block_of(round, t, dimension, walk, first, n) : -1;
    }
}

/* Adds the piece if it fits and `keeps` says so; the round is as before if not. True: it fits. */
static bool try_piece(struct bm_rounds *rounds, size_t number, int tap, size_t first, size_t n,
                      bool keeps)
{
    struct bm_round *round = &rounds->round, before = *round;
    memcpy(rounds->kept, round->blocks, before.n_blocks * sizeof *round->blocks);
    add_piece(rounds, number, tap, first, n);
    round->bytes = bm_round_count(rounds);
    bool fits = round->bytes + (rounds->keeps ? rounds->kept_size : 0) <= rounds->memory.limit;
    if (!fits || !keeps) {
        *round = before;
        memcpy(round->blocks, rounds->kept, before.n_blocks * sizeof *round->blocks);
    }
    return fits;
}

/* The most rows from `first` on, of n, that fit beside what is in the round. */
static size_t cut(struct bm_rounds *rounds, size_t number, int tap, size_t first, size_t n)
{
    size_t fits = 0, beyond = n + 1;
    while (beyond - fits > 1) {
        size_t middle = beyond > n ? n : fits + (beyond - fits) / 2;
        if (try_piece(rounds, number, tap, first, middle, false))
            fits = middle;
        else
            beyond = middle;
    }
    return fits;
}

static size_t rows_held(const struct bm_rounds *rounds, const struct bm_probe *probe)
{
    enum bm_walk walk = bm_walk_held(probe);
    return walk == BM_WALKS ? 0 : bm_walk_rows(probe, walk, &rounds->sizes);
}

/* A tap of a probe. */
struct slot {
    size_t number;
    int tap;
    size_t first, left; /* held rows that are not in a round yet */
    size_t *taken;
};

/* False: all of it is taken. */
static bool open_slot(struct bm_rounds *rounds, size_t at, struct slot *slot)
{
    size_t width = (size_t)rounds->sizes.n_taps, probes = bm_probes_count(rounds->probes);
    *slot = (struct slot){.number = rounds->order[at / width], .tap = (int)(at % width)};
    if (rounds->from_the_end)
        *slot = (struct slot){.number = rounds->order[at % probes],
                              .tap = (int)(width - 1 - at / probes)};
    slot->taken = &rounds->taken[slot->number * width + (size_t)slot->tap];
    if (*slot->taken == ALL_TAKEN)
        return false;
    slot->first = *slot->taken;
    slot->left = rows_held(rounds, rounds->probes[slot->number]) - slot->first;
    return true;
}

static void take(struct slot *slot, size_t n)
{
    *slot->taken = n < slot->left ? slot->first + n : ALL_TAKEN;
}

static void add_what_fits(struct bm_rounds *rounds, struct slot *slot)
{
    if (try_piece(rounds, slot->number, slot->tap, slot->first, slot->left, true))
        take(slot, slot->left);
}

/* An empty round gets a piece in any case. */
static void add_something(struct bm_rounds *rounds, struct slot *slot)
{
    struct bm_round *round = &rounds->round;
    bool in_ranges = rounds->probes[slot->number]->in_ranges;
    size_t n = in_ranges ? cut(rounds, slot->number, slot->tap, slot->first, slot->left) : 0;
    bool is_worth_while = n > 0 && n >= (slot->left + SLIVER - 1) / SLIVER;
    if (!is_worth_while && round->n_pieces > 0)
        return;
    n = n > 0 ? n : in_ranges ? 1 : slot->left;
    add_piece(rounds, slot->number, slot->tap, slot->first, n);
    round->bytes = bm_round_count(rounds);
    take(slot, n);
}

/* Taps of which first … end - 1: what fits as a whole; then, of the first that do not, as much as
 * there is room for (twice in all, since there are two memories). */
static void fill(struct bm_rounds *rounds, int first, int end, size_t *cuts)
{
    struct bm_round *round = &rounds->round;
    size_t slots = bm_probes_count(rounds->probes) * (size_t)rounds->sizes.n_taps;
    struct slot slot;
    for (size_t at = 0; at < slots; at++)
        if (open_slot(rounds, at, &slot) && slot.tap >= first && slot.tap < end)
            add_what_fits(rounds, &slot);
    for (size_t at = 0; at < slots && *cuts < CUTS; at++)
        while (*cuts < CUTS && open_slot(rounds, at, &slot) && slot.tap >= first &&
               slot.tap < end) {
            size_t before = round->n_pieces;
            add_something(rounds, &slot);
            if (round->n_pieces == before)
                break;
            ++*cuts;
        }
}

/* Where features are kept, taps that need whole walks come first. */
bool bm_rounds_next(struct bm_rounds *rounds)
{
    struct bm_round *round = &rounds->round;
    size_t cuts = 0;
    int resume = rounds->keeps ? rounds->memory.stretch.resume : 0;
    round->n_pieces = round->n_blocks = round->n_taps = 0;
    fill(rounds, 0, resume, &cuts);
    fill(rounds, resume, rounds->sizes.n_taps, &cuts);
    return round->n_pieces > 0;
}

/* ---- rounds that are like the one at hand ---- */

/* Rows of the piece's probe and tap that the round has. */
static size_t rows_of_round(const struct bm_rounds *rounds, const struct bm_piece *piece)
{
    size_t rows = 0;
    for (size_t p = 0; p < rounds->round.n_pieces; p++) {
        const struct bm_piece *other = &rounds->round.pieces[p];
        rows += other->number == piece->number && other->tap == piece->tap ? other->n : 0;
    }
    return rows;
}

static size_t *taken_of(const struct bm_rounds *rounds, const struct bm_piece *piece)
{
    return &rounds->taken[piece->number * (size_t)rounds->sizes.n_taps + (size_t)piece->tap];
}

static size_t rows_left(const struct bm_rounds *rounds, const struct bm_piece *piece)
{
    size_t taken = *taken_of(rounds, piece);
    return taken == ALL_TAKEN ? 0 : rows_held(rounds, piece->probe) - taken;
}

size_t bm_rounds_skip(struct bm_rounds *rounds)
{
    const struct bm_round *round = &rounds->round;
    size_t times = SIZE_MAX;
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_piece *piece = &round->pieces[p];
        size_t rows = rows_of_round(rounds, piece);
        size_t more = rows > 0 ? rows_left(rounds, piece) / rows / 2 : 0;
        times = more < times ? more : times;
    }
    for (size_t p = 0; p < round->n_pieces && times > 0; p++)
        *taken_of(rounds, &round->pieces[p]) += times * round->pieces[p].n;
    return times;
}

/* ---- life ---- */

static void carve_rounds(struct bm_rounds *rounds, struct bm_arena *arena)
{
    struct bm_round *round = &rounds->round;
    size_t taps = (size_t)rounds->sizes.n_taps,
           slots = bm_probes_count(rounds->probes) * taps + CUTS;
    rounds->order = bm_arena_take(arena, bm_probes_count(rounds->probes) * sizeof *rounds->order);
    rounds->taken = bm_arena_take(arena, slots * sizeof *rounds->taken);
    rounds->kept = bm_arena_take(arena, slots * sizeof *rounds->kept);
    round->pieces = bm_arena_take(arena, slots * sizeof *round->pieces);
    round->blocks = bm_arena_take(arena, slots * sizeof *round->blocks);
    round->taps = bm_arena_take(arena, slots * sizeof *round->taps);
    round->held = bm_arena_take(arena, slots * sizeof *round->held);
    round->block = bm_arena_take(arena, slots * sizeof *round->block);
}

void bm_rounds_restart(struct bm_rounds *rounds)
{
    size_t taps = (size_t)rounds->sizes.n_taps;
    for (size_t p = 0; rounds->probes[p] != NULL; p++)
        for (size_t t = 0; t < taps; t++)
            rounds->taken[p * taps + t] = rounds->probes[p]->of_pairs && t > 0 ? ALL_TAKEN : 0;
}

int bm_rounds_init(struct bm_rounds *rounds, const struct bm_probe *const *probes,
                   const struct bm_probe_task *sizes, struct bm_probe_memory memory,
                   struct bm_err *err)
{
    struct bm_arena counter = {0};
    *rounds = (struct bm_rounds){.probes = probes, .sizes = *sizes, .memory = memory};
    for (size_t p = 0; probes[p] != NULL; p++)
        if (probes[p]->check != NULL && probes[p]->check(sizes, err) != 0)
            return -1;
    carve_rounds(rounds, &counter);
    if (bm_arena_init(&rounds->arena, counter.used, "a plan of the probes", err) != 0)
        return -1;
    carve_rounds(rounds, &rounds->arena);
    bm_rounds_restart(rounds);
    bm_rounds_choose(rounds);
    return 0;
}

void bm_rounds_fini(struct bm_rounds *rounds)
{
    bm_arena_fini(&rounds->arena);
}
