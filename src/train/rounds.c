#include "rounds.h"

#include <assert.h>
#include <string.h>

static const size_t ALL_TAKEN = SIZE_MAX;
enum {
    CUTS = 2,    /* pieces of a round, at most, that are not all that is left of a tap */
    SLIVER = 32, /* less than this part of it is not worth while */
};

static size_t count_probes(const struct bm_probe *const *probes)
{
    size_t n = 0;
    while (probes[n] != NULL)
        n++;
    return n;
}

/* ---- sizes of walks ---- */

static size_t rows_of_walk(const struct bm_probe *probe, enum bm_walk walk,
                           const struct bm_probe_task *task)
{
    const size_t all[BM_WALKS] = {
        [BM_WALK_QUERIES] = task->n_train,   [BM_WALK_TEST] = task->n_test,
        [BM_WALK_TRAIN] = task->n_train,     [BM_WALK_FITTED] = task->n_fitted,
        [BM_WALK_TEST_AFTER] = task->n_test, [BM_WALK_VIEWS] = task->n_test,
    };
    const struct bm_probe_walk *part = &probe->walks[walk];
    if (part->take == BM_TAKE_NOTHING)
        return 0;
    size_t images = part->images != NULL ? part->images(task) : all[walk];
    assert(images <= all[walk]);
    return walk == BM_WALK_VIEWS ? 2 * images : images;
}

/* The walk in which a probe has rows held; BM_WALKS: none. */
static enum bm_walk held_walk(const struct bm_probe *probe)
{
    for (int walk = 0; walk < BM_WALKS; walk++)
        if (probe->walks[walk].take == BM_TAKE_HELD)
            return (enum bm_walk)walk;
    return BM_WALKS;
}

static size_t rows_held(const struct bm_rounds *rounds, const struct bm_probe *probe)
{
    enum bm_walk walk = held_walk(probe);
    return walk == BM_WALKS ? 0 : rows_of_walk(probe, walk, &rounds->sizes);
}

void bm_piece_wants(const struct bm_piece *piece, enum bm_walk walk, size_t *first, size_t *end)
{
    bool is_held = piece->probe->walks[walk].take == BM_TAKE_HELD;
    *first = is_held ? piece->first : 0;
    *end = is_held ? piece->first + piece->n : rows_of_walk(piece->probe, walk, &piece->task);
}

static bool is_within(const struct bm_block *block, size_t first, size_t end)
{
    return first >= block->first && end <= block->first + block->n;
}

const struct bm_block *bm_round_replay(const struct bm_round *round, const struct bm_piece *piece)
{
    size_t first, end;
    bm_piece_wants(piece, BM_WALK_TEST_AFTER, &first, &end);
    for (size_t b = 0; b < round->n_blocks; b++) {
        const struct bm_block *block = &round->blocks[b];
        if (block->walk == BM_WALK_TEST && block->tap == piece->tap && piece->task.n_taps == 1 &&
            is_within(block, first, end))
            return block;
    }
    return NULL;
}

void bm_round_wants(const struct bm_round *round, enum bm_walk walk, int tap, size_t *first,
                    size_t *end)
{
    *first = *end = 0;
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_piece *piece = &round->pieces[p];
        size_t from, to;
        bm_piece_wants(piece, walk, &from, &to);
        if (from == to || piece->tap >= tap ||
            (walk == BM_WALK_TEST_AFTER && bm_round_replay(round, piece) != NULL))
            continue;
        *first = *first == *end || from < *first ? from : *first;
        *end = to > *end ? to : *end;
    }
}

size_t bm_round_rows(const struct bm_round *round, enum bm_walk walk)
{
    size_t rows = 0;
    for (size_t p = 0; p < round->n_pieces; p++) {
        size_t of_piece = rows_of_walk(round->pieces[p].probe, walk, &round->pieces[p].task);
        assert(rows == 0 || of_piece == 0 || rows == of_piece || walk != BM_WALK_QUERIES);
        rows = of_piece > rows ? of_piece : rows;
    }
    return rows;
}

/* ---- memory of a round ---- */

static void carve_block(struct bm_block *block, struct bm_arena *arena)
{
    size_t n = block->n;
    block->rows = bm_arena_take(arena, n * block->dimension * sizeof *block->rows);
    block->position = bm_arena_take(arena, n * sizeof *block->position);
    block->truth = bm_arena_take(arena, n * sizeof *block->truth);
    block->label = bm_arena_take(arena, n * sizeof *block->label);
    block->is_finite = bm_arena_take(arena, n * sizeof *block->is_finite);
}

/* What a piece sees of a block. */
static void show(struct bm_held *held, const struct bm_block *block, const struct bm_piece *piece)
{
    size_t at = piece->first - block->first;
    *held = (struct bm_held){.n = piece->n, .dimension = block->dimension};
    if (block->rows == NULL) /* counted only */
        return;
    held->rows = block->rows + at * block->dimension;
    held->position = block->position + at;
    held->truth = block->truth + at;
    held->label = block->label + at;
}

/* Spare memory and what is allocated beside it. */
struct space {
    struct bm_arena spare, own;
};

/* Where to take so many bytes. */
static struct bm_arena *place(struct space *space, size_t bytes)
{
    return bytes <= space->spare.size - space->spare.used ? &space->spare : &space->own;
}

static void carve_held(struct bm_round *round, struct space *space)
{
    for (size_t b = 0; b < round->n_blocks; b++) {
        struct bm_arena count = {0};
        carve_block(&round->blocks[b], &count);
        carve_block(&round->blocks[b], place(space, count.used));
    }
}

static void carve_state(struct bm_round *round, struct bm_piece *piece, struct space *space)
{
    struct bm_arena count = {0};
    size_t view = (size_t)(piece->task.taps - round->taps);
    for (size_t v = view; v < view + (size_t)piece->task.n_taps; v++)
        if (round->block[v] >= 0)
            show(&round->held[v], &round->blocks[round->block[v]], piece);
    piece->probe->begin(&piece->task, &count);
    piece->state = piece->probe->begin(&piece->task, place(space, count.used));
}

/* Takes or counts everything. */
static void carve(struct bm_round *round, struct space *space)
{
    carve_held(round, space);
    round->work_size = 0;
    for (size_t p = 0; p < round->n_pieces; p++) {
        struct bm_piece *piece = &round->pieces[p];
        carve_state(round, piece, space);
        size_t work =
            piece->probe->work != NULL ? bm_arena_need(piece->probe->work(&piece->task)) : 0;
        round->work_size = work > round->work_size ? work : round->work_size;
    }
    round->work = bm_arena_take(place(space, round->work_size), round->work_size);
}

/* Bytes to be allocated. */
static size_t count(struct bm_rounds *rounds)
{
    struct space space = {.spare = {.size = rounds->memory.spare}};
    carve(&rounds->round, &space);
    return space.own.used;
}

void bm_rounds_begin(struct bm_rounds *rounds, struct bm_arena *arena)
{
    const struct bm_probe_memory *memory = &rounds->memory;
    struct space space = {bm_arena_lent(memory->at, memory->spare), *arena};
    if (memory->spare > 0)
        memset(memory->at, 0, memory->spare);
    carve(&rounds->round, &space);
    *arena = space.own;
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
        if (is_within(block, first, first + n))
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
    enum bm_walk walk = held_walk(probe);
    int n_taps = probe->of_pairs ? rounds->sizes.n_taps : 1;
    struct bm_piece *piece = &round->pieces[round->n_pieces++];
    *piece = (struct bm_piece){probe, number, tap, first, n, rounds->sizes, NULL};
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
    round->bytes = count(rounds);
    bool fits = round->bytes + (rounds->keeps ? rounds->kept_size : 0) <= rounds->memory.limit;
    if (!fits || !keeps) {
        *round = before;
        memcpy(round->blocks, rounds->kept, before.n_blocks * sizeof *round->blocks);
    }
    return fits;
}

/* The most rows from `first` on, of n that do not fit all, that fit beside what is in the round. */
static size_t cut(struct bm_rounds *rounds, size_t number, int tap, size_t first, size_t n)
{
    size_t fits = 0, beyond = n;
    while (beyond - fits > 1) {
        size_t middle = fits + (beyond - fits) / 2;
        if (try_piece(rounds, number, tap, first, middle, false))
            fits = middle;
        else
            beyond = middle;
    }
    return fits;
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
    size_t width = (size_t)rounds->sizes.n_taps;
    *slot = (struct slot){.number = at / width, .tap = (int)(at % width)};
    slot->taken = &rounds->taken[at];
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
    if (n < (slot->left + SLIVER - 1) / SLIVER && round->n_pieces > 0)
        return;
    n = n > 0 ? n : in_ranges ? 1 : slot->left;
    add_piece(rounds, slot->number, slot->tap, slot->first, n);
    round->bytes = count(rounds);
    take(slot, n);
}

/* Taps of which first … end - 1: what fits as a whole; then, of the first that do not, as much as
 * there is room for (twice in all, since there are two memories). */
static void fill(struct bm_rounds *rounds, int first, int end, size_t *cuts)
{
    struct bm_round *round = &rounds->round;
    size_t slots = count_probes(rounds->probes) * (size_t)rounds->sizes.n_taps;
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
    int resume = rounds->keeps ? rounds->memory.resume.tap : 0;
    round->n_pieces = round->n_blocks = round->n_taps = 0;
    fill(rounds, 0, resume, &cuts);
    fill(rounds, resume, rounds->sizes.n_taps, &cuts);
    return round->n_pieces > 0;
}

/* ---- life ---- */

static void carve_rounds(struct bm_rounds *rounds, struct bm_arena *arena)
{
    struct bm_round *round = &rounds->round;
    size_t taps = (size_t)rounds->sizes.n_taps, slots = count_probes(rounds->probes) * taps + CUTS;
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

static void count_kept(struct bm_rounds *rounds)
{
    const struct bm_probe_task *sizes = &rounds->sizes;
    size_t *rows = rounds->kept_rows, sum = 0;
    rows[BM_WALK_TEST] = sizes->n_test;
    rows[BM_WALK_TRAIN] = sizes->n_train;
    rows[BM_WALK_FITTED] = sizes->n_fitted > sizes->n_train ? sizes->n_fitted : 0;
    for (size_t p = 0; rounds->probes[p] != NULL; p++) {
        size_t asked = rows_of_walk(rounds->probes[p], BM_WALK_QUERIES, sizes);
        size_t viewed = rows_of_walk(rounds->probes[p], BM_WALK_VIEWS, sizes);
        rows[BM_WALK_QUERIES] = asked > rows[BM_WALK_QUERIES] ? asked : rows[BM_WALK_QUERIES];
        rows[BM_WALK_VIEWS] = viewed > rows[BM_WALK_VIEWS] ? viewed : rows[BM_WALK_VIEWS];
    }
    for (int walk = 0; walk < BM_WALKS; walk++)
        sum += rows[walk];
    rounds->kept_size = sum * sizes->taps[rounds->memory.resume.tap].dimension * sizeof(float);
}

/* Features are kept where that saves walks. */
static void choose_to_keep(struct bm_rounds *rounds)
{
    const struct bm_resume *resume = &rounds->memory.resume;
    bool fits_all = rounds->sizes.n_fitted > rounds->sizes.n_train;
    if (resume->tap == 0)
        return;
    count_kept(rounds);
    double images = bm_rounds_images(rounds, fits_all);
    rounds->keeps = rounds->kept_size < rounds->memory.limit;
    rounds->keeps = rounds->keeps && bm_rounds_images(rounds, fits_all) < images;
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
    choose_to_keep(rounds);
    return 0;
}

void bm_rounds_fini(struct bm_rounds *rounds)
{
    bm_arena_fini(&rounds->arena);
}
