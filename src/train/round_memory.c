/* The memory of a round: what it holds, the states of its pieces, and what they work in. One
 * function takes it and counts it (bm/arena.h). Pieces that have seen all when the training images
 * have been shown (noisy) are over before others begin to solve and decompose, which takes more
 * working memory than walks do: it may lie where they were. */
#include "rounds.h"

#include <string.h>

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

/* ---- what is over early ---- */

static enum bm_walk last_walk(const struct bm_probe *probe)
{
    int last = BM_WALKS;
    while (last > 0 && probe->walks[last - 1].take == BM_TAKE_NOTHING)
        last--;
    return (enum bm_walk)(last - 1);
}

bool bm_piece_is_passing(const struct bm_piece *piece)
{
    return last_walk(piece->probe) == BM_WALK_TRAIN;
}

/* Blocks that nobody but passing pieces has. */
static void find_passing(struct bm_round *round)
{
    for (size_t b = 0; b < round->n_blocks; b++)
        round->blocks[b].is_passing = round->blocks[b].walk == BM_WALK_QUERIES;
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_piece *piece = &round->pieces[p];
        const int *block = round->block + (piece->task.taps - round->taps);
        for (int t = 0; t < piece->task.n_taps && !bm_piece_is_passing(piece); t++)
            if (block[t] >= 0)
                round->blocks[block[t]].is_passing = false;
    }
}

/* ---- sizes ---- */

static void show_held(struct bm_round *round)
{
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_piece *piece = &round->pieces[p];
        size_t view = (size_t)(piece->task.taps - round->taps);
        for (size_t v = view; v < view + (size_t)piece->task.n_taps; v++)
            if (round->block[v] >= 0)
                show(&round->held[v], &round->blocks[round->block[v]], piece);
    }
}

static void size_parts(struct bm_round *round)
{
    find_passing(round);
    for (size_t b = 0; b < round->n_blocks; b++) {
        struct bm_arena count = {0};
        carve_block(&round->blocks[b], &count);
        round->blocks[b].bytes = count.used;
    }
    show_held(round);
    for (size_t p = 0; p < round->n_pieces; p++) {
        struct bm_arena count = {0};
        round->pieces[p].probe->begin(&round->pieces[p].task, &count);
        round->pieces[p].bytes = count.used;
    }
}

/* What the pieces work in, until all that is passing has passed, and later. */
struct work_sizes {
    size_t soon, later;
};

static struct work_sizes size_work(const struct bm_round *round)
{
    struct work_sizes sizes = {0, 0};
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_probe *probe = round->pieces[p].probe;
        const struct bm_probe_task *task = &round->pieces[p].task;
        size_t work = probe->work != NULL ? bm_arena_need(probe->work(task)) : 0;
        size_t later = probe->work_later != NULL ? bm_arena_need(probe->work_later(task)) : work;
        sizes.soon = work > sizes.soon ? work : sizes.soon;
        sizes.later = later > sizes.later ? later : sizes.later;
    }
    sizes.later = sizes.soon > sizes.later ? sizes.soon : sizes.later;
    return sizes;
}

/* Of what is passing, with the first working memory, and of the second, which is in its place. */
static size_t size_shared(const struct bm_round *round, struct work_sizes work)
{
    size_t passing = work.soon;
    for (size_t b = 0; b < round->n_blocks; b++)
        passing += round->blocks[b].is_passing ? round->blocks[b].bytes : 0;
    for (size_t p = 0; p < round->n_pieces; p++)
        passing += bm_piece_is_passing(&round->pieces[p]) ? round->pieces[p].bytes : 0;
    return passing > work.later ? passing : work.later;
}

/* ---- taking it ---- */

static void begin(struct bm_piece *piece, struct bm_arena *arena)
{
    piece->state = piece->probe->begin(&piece->task, arena);
}

static void carve_shared(struct bm_round *round, struct work_sizes work, size_t size,
                         struct bm_arena *arena)
{
    void *memory = bm_arena_take(arena, size);
    struct bm_arena shared = bm_arena_lent(memory, size);
    for (size_t b = 0; b < round->n_blocks; b++)
        if (round->blocks[b].is_passing)
            carve_block(&round->blocks[b], &shared);
    for (size_t p = 0; p < round->n_pieces; p++)
        if (bm_piece_is_passing(&round->pieces[p]))
            begin(&round->pieces[p], &shared);
    round->work = bm_arena_lent(bm_arena_take(&shared, work.soon), work.soon);
    round->work_later = bm_arena_lent(memory, work.later);
}

/* The largest part that is smaller than `than`; 0: none. */
static size_t next_size(const struct bm_round *round, size_t shared, size_t than)
{
    size_t next = shared < than ? shared : 0;
    for (size_t b = 0; b < round->n_blocks; b++)
        if (round->blocks[b].bytes < than && round->blocks[b].bytes > next)
            next = round->blocks[b].bytes;
    for (size_t p = 0; p < round->n_pieces; p++)
        if (round->pieces[p].bytes < than && round->pieces[p].bytes > next)
            next = round->pieces[p].bytes;
    return next;
}

/* Takes or counts everything, large parts first: small ones fill what these leave of spare memory.
 */
static void carve(struct bm_round *round, struct space *space)
{
    size_parts(round);
    struct work_sizes work = size_work(round);
    size_t shared = size_shared(round, work);
    for (size_t size = SIZE_MAX; (size = next_size(round, shared, size)) > 0;) {
        if (size == shared)
            carve_shared(round, work, size, place(space, size));
        for (size_t b = 0; b < round->n_blocks; b++)
            if (round->blocks[b].bytes == size && !round->blocks[b].is_passing)
                carve_block(&round->blocks[b], place(space, size));
        for (size_t p = 0; p < round->n_pieces; p++)
            if (round->pieces[p].bytes == size && !bm_piece_is_passing(&round->pieces[p]))
                begin(&round->pieces[p], place(space, size));
    }
    show_held(round);
}

size_t bm_round_count(struct bm_rounds *rounds)
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

void bm_round_pass(struct bm_round *round)
{
    round->work = round->work_later;
}
