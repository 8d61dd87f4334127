#include "probing.h"

#include <math.h>
#include <string.h>

#include "bm/tap.h"

/* ---- life ---- */

/* Taps of all probes. */
static size_t slot_of(const struct bm_probing *probing, size_t number, int tap)
{
    return number * (size_t)probing->rounds.sizes.n_taps + (size_t)tap;
}

static size_t count_pairs(const struct bm_probing *probing)
{
    return bm_pairs_of((size_t)probing->rounds.sizes.n_taps);
}

static void carve(struct bm_probing *probing, struct bm_arena *arena)
{
    size_t probes = 0, most = probing->rounds.sizes.most_rows;
    while (probing->rounds.probes[probes] != NULL)
        probes++;
    size_t n = slot_of(probing, probes, 0);
    probing->pairs = bm_arena_take(arena, probes * count_pairs(probing) * sizeof *probing->pairs);
    probing->found = bm_arena_take(arena, n * sizeof *probing->found);
    probing->is_undefined = bm_arena_take(arena, n * sizeof *probing->is_undefined);
    probing->is_finite = bm_arena_take(arena, most * sizeof *probing->is_finite);
}

int bm_probing_init(struct bm_probing *probing, const struct bm_probe *const *probes,
                    const struct bm_probe_task *sizes, struct bm_probe_memory memory,
                    struct bm_err *err)
{
    struct bm_arena count = {0};
    *probing = (struct bm_probing){0};
    if (bm_rounds_init(&probing->rounds, probes, sizes, memory, err) != 0)
        return -1;
    carve(probing, &count);
    if (bm_arena_init(&probing->memory, count.used, "what probes find", err) != 0) {
        bm_probing_fini(probing);
        return -1;
    }
    carve(probing, &probing->memory);
    return 0;
}

void bm_probing_fini(struct bm_probing *probing)
{
    bm_arena_fini(&probing->arena);
    bm_arena_fini(&probing->memory);
    bm_rounds_fini(&probing->rounds);
}

/* ---- rounds ---- */

static bool *undefined_at(const struct bm_probing *probing, const struct bm_piece *piece, int tap)
{
    return &probing
                ->is_undefined[piece->number * (size_t)probing->rounds.sizes.n_taps + (size_t)tap];
}

/* Whether the piece has anything to do still: a tap whose features are undefined has not. */
static bool is_alive(const struct bm_probing *probing, const struct bm_piece *piece)
{
    return piece->probe->of_pairs || !*undefined_at(probing, piece, piece->tap);
}

static struct bm_arena work_of(const struct bm_round *round)
{
    return bm_arena_lent(round->work, round->work_size);
}

int bm_probing_next(struct bm_probing *probing, bool *more, struct bm_err *err)
{
    struct bm_round *round = &probing->rounds.round;
    *more = bm_rounds_next(&probing->rounds);
    if (!*more)
        return 0;
    if (bm_arena_init(&probing->arena, round->bytes, "the features of probes", err) != 0)
        return -1;
    bm_rounds_begin(&probing->rounds, &probing->arena);
    return 0;
}

static void finish_tap(struct bm_probing *probing, struct bm_piece *piece, struct bm_arena *work)
{
    struct bm_probe_value values[BM_MAX_COLUMNS] = {{0, 0}};
    struct bm_probe_value *found = probing->found[slot_of(probing, piece->number, piece->tap)];
    piece->probe->finish(piece->state, values, work);
    for (size_t c = 0; c < BM_MAX_COLUMNS; c++) {
        found[c].sum += values[c].sum;
        found[c].count += values[c].count;
    }
}

static void take_votes(struct bm_probing *probing, const struct bm_piece *piece,
                       struct bm_arena *work)
{
    uint16_t *votes = probing->votes + (size_t)piece->tap * probing->voters + piece->first;
    piece->probe->votes(piece->state, votes, work);
}

void bm_probing_finish(struct bm_probing *probing)
{
    struct bm_round *round = &probing->rounds.round;
    for (size_t p = 0; p < round->n_pieces; p++) {
        struct bm_piece *piece = &round->pieces[p];
        struct bm_arena work = work_of(round);
        if (piece->probe->of_pairs)
            piece->probe->finish(piece->state,
                                 probing->pairs + piece->number * count_pairs(probing), &work);
        else if (is_alive(probing, piece))
            finish_tap(probing, piece, &work);
        work = work_of(round);
        if (probing->votes != NULL && is_alive(probing, piece))
            take_votes(probing, piece, &work);
    }
    bm_arena_fini(&probing->arena);
    round->n_pieces = round->n_blocks = round->n_taps = 0;
}

/* ---- walks ---- */

void bm_probing_wants(const struct bm_probing *probing, unsigned walks, size_t *first, size_t *end)
{
    *first = *end = 0;
    for (int walk = 0; walk < BM_WALKS; walk++) {
        size_t from, to;
        if (!(walks & 1u << walk))
            continue;
        bm_round_wants(&probing->rounds.round, (enum bm_walk)walk, BM_ALL_TAPS, &from, &to);
        if (from == to)
            continue;
        *first = *first == *end || from < *first ? from : *first;
        *end = to > *end ? to : *end;
    }
}

static bool has_tap(const struct bm_piece *piece, int tap)
{
    return tap >= piece->tap && tap < piece->tap + piece->task.n_taps;
}

/* The rows of first … first+n-1 that a piece wants; false: none. */
static bool overlap(const struct bm_piece *piece, const struct bm_probe_rows *rows, size_t *from,
                    size_t *to)
{
    bm_piece_wants(piece, rows->walk, from, to);
    *from = *from > rows->first ? *from : rows->first;
    *to = *to < rows->first + rows->n ? *to : rows->first + rows->n;
    return *from < *to;
}

static struct bm_probe_rows part_of(const struct bm_probe_rows *rows, size_t from, size_t to)
{
    size_t skipped = from - rows->first;
    struct bm_probe_rows part = *rows;
    part.first = from;
    part.n = to - from;
    part.features += skipped * rows->dimension;
    part.position += skipped;
    part.truth += skipped;
    part.label += skipped;
    return part;
}

/* Notes that a row of the piece's is not finite; true: they all are. */
static bool check_rows(struct bm_probing *probing, const struct bm_piece *piece, int tap,
                       const bool *is_finite, size_t n)
{
    bool are_finite = true;
    for (size_t i = 0; i < n; i++)
        are_finite &= is_finite[i];
    if (!are_finite)
        *undefined_at(probing, piece, tap) = true;
    return are_finite;
}

static void keep(const struct bm_probing *probing, struct bm_block *block,
                 const struct bm_probe_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        size_t at = rows->first + i;
        if (at < block->first || at >= block->first + block->n)
            continue;
        at -= block->first;
        float *to = block->rows + at * block->dimension;
        if (probing->is_finite[i])
            memcpy(to, rows->features + i * block->dimension, block->dimension * sizeof *to);
        else
            memset(to, 0, block->dimension * sizeof *to);
        block->position[at] = rows->position[i];
        block->truth[at] = rows->truth[i];
        block->label[at] = rows->label[i];
        block->is_finite[at] = probing->is_finite[i];
    }
}

static void give(struct bm_probing *probing, struct bm_piece *piece, int tap,
                 const struct bm_probe_rows *rows)
{
    size_t from, to;
    if (!has_tap(piece, tap) || !overlap(piece, rows, &from, &to) || !is_alive(probing, piece))
        return;
    bool are_finite =
        check_rows(probing, piece, tap, probing->is_finite + (from - rows->first), to - from);
    if (piece->probe->walks[rows->walk].take == BM_TAKE_ROWS && are_finite) {
        struct bm_probe_rows part = part_of(rows, from, to);
        struct bm_arena work = work_of(&probing->rounds.round);
        part.tap = tap - piece->tap;
        piece->probe->rows(piece->state, &part, &work);
    }
}

/* Rows of one tap, to all that want them. */
static void hand_out(struct bm_probing *probing, int tap, const struct bm_probe_rows *rows)
{
    struct bm_round *round = &probing->rounds.round;
    for (size_t b = 0; b < round->n_blocks; b++)
        if (round->blocks[b].tap == tap && round->blocks[b].walk == rows->walk)
            keep(probing, &round->blocks[b], rows);
    for (size_t p = 0; p < round->n_pieces; p++)
        if (rows->walk != BM_WALK_TEST_AFTER || bm_round_replay(round, &round->pieces[p]) == NULL)
            give(probing, &round->pieces[p], tap, rows);
}

static bool is_wanted(const struct bm_probing *probing, int tap, const struct bm_probe_rows *rows)
{
    const struct bm_round *round = &probing->rounds.round;
    size_t from, to;
    for (size_t p = 0; p < round->n_pieces; p++)
        if (has_tap(&round->pieces[p], tap) && overlap(&round->pieces[p], rows, &from, &to) &&
            is_alive(probing, &round->pieces[p]))
            return true;
    return false;
}

bool bm_probing_wants_tap(const struct bm_probing *probing, unsigned walks, int tap, size_t first,
                          size_t n)
{
    for (int walk = 0; walk < BM_WALKS; walk++) {
        const struct bm_probe_rows rows = {.walk = (enum bm_walk)walk, .first = first, .n = n};
        if ((walks & 1u << walk) && is_wanted(probing, tap, &rows))
            return true;
    }
    return false;
}

static void find_finite(struct bm_probing *probing, const struct bm_probe_rows *rows)
{
    size_t dimension = rows->dimension;
#pragma omp parallel for schedule(static) num_threads(probing->rounds.sizes.threads)
    for (size_t i = 0; i < rows->n; i++) {
        int bad = 0;
        for (size_t d = 0; d < dimension; d++)
            bad |= !isfinite(rows->features[i * dimension + d]);
        probing->is_finite[i] = !bad;
    }
}

void bm_probing_show(struct bm_probing *probing, unsigned walks, const struct bm_probe_rows *rows)
{
    struct bm_probe_rows shown = *rows;
    find_finite(probing, rows);
    for (int walk = 0; walk < BM_WALKS; walk++) {
        shown.walk = (enum bm_walk)walk;
        if (walks & 1u << walk)
            hand_out(probing, rows->tap, &shown);
    }
}

/* Test rows that are held, in batches as if they came from the network. */
static void replay(struct bm_probing *probing, struct bm_piece *piece, const struct bm_block *block)
{
    size_t first, end, most = piece->task.most_rows;
    bm_piece_wants(piece, BM_WALK_TEST_AFTER, &first, &end);
    check_rows(probing, piece, piece->tap, block->is_finite + (first - block->first), end - first);
    for (size_t at = first; at < end && is_alive(probing, piece); at += most) {
        size_t skipped = at - block->first;
        struct bm_arena work = work_of(&probing->rounds.round);
        const struct bm_probe_rows rows = {
            .walk = BM_WALK_TEST_AFTER,
            .n = end - at < most ? end - at : most,
            .dimension = block->dimension,
            .first = at,
            .features = block->rows + skipped * block->dimension,
            .position = block->position + skipped,
            .truth = block->truth + skipped,
            .label = block->label + skipped,
        };
        piece->probe->rows(piece->state, &rows, &work);
    }
}

static void after(struct bm_probing *probing, enum bm_walk walk, struct bm_piece *piece)
{
    struct bm_round *round = &probing->rounds.round;
    if (piece->probe->walks[walk].take == BM_TAKE_NOTHING)
        return;
    const struct bm_block *block =
        walk == BM_WALK_TEST_AFTER ? bm_round_replay(round, piece) : NULL;
    if (block != NULL)
        replay(probing, piece, block);
    struct bm_arena work = work_of(round);
    if (piece->probe->after != NULL && is_alive(probing, piece))
        piece->probe->after(piece->state, walk, &work);
}

void bm_probing_after(struct bm_probing *probing, unsigned walks)
{
    struct bm_round *round = &probing->rounds.round;
    for (int walk = 0; walk < BM_WALKS; walk++)
        for (size_t p = 0; p < round->n_pieces && (walks & 1u << walk); p++)
            after(probing, (enum bm_walk)walk, &round->pieces[p]);
}

static double value_of(struct bm_probe_value value)
{
    return value.count == 0 ? NAN : value.sum / value.count;
}

double bm_probing_value(const struct bm_probing *probing, size_t number, int tap, size_t column)
{
    size_t slot = slot_of(probing, number, tap);
    return probing->is_undefined[slot] ? NAN : value_of(probing->found[slot][column]);
}

double bm_probing_pair(const struct bm_probing *probing, size_t number, int a, int b)
{
    const bool *is_undefined = probing->is_undefined + slot_of(probing, number, 0);
    size_t taps = (size_t)probing->rounds.sizes.n_taps;
    size_t pair = number * count_pairs(probing) + bm_pair_at(taps, (size_t)a, (size_t)b);
    return is_undefined[a] || is_undefined[b] ? NAN : value_of(probing->pairs[pair]);
}
