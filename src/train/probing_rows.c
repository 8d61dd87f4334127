/* Rows of features on their way to probes: what each is given, what is held for it, and what it is
 * shown again of that. */
#include "probing.h"

#include <math.h>
#include <string.h>

static bool *undefined_at(const struct bm_probing *probing, const struct bm_piece *piece, int tap)
{
    return &probing
                ->is_undefined[piece->number * (size_t)probing->rounds.sizes.n_taps + (size_t)tap];
}

bool bm_probing_is_alive(const struct bm_probing *probing, const struct bm_piece *piece)
{
    return piece->probe->of_pairs || !*undefined_at(probing, piece, piece->tap);
}

void bm_probing_wants(const struct bm_probing *probing, unsigned walks, size_t *first, size_t *end)
{
    *first = *end = 0;
    for (int walk = 0; walk < BM_WALKS; walk++) {
        size_t from, to;
        if (!(walks & 1u << walk))
            continue;
        bm_round_wants(&probing->rounds.round, (enum bm_walk)walk, 0, BM_ALL_TAPS, &from, &to);
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
    if (!has_tap(piece, tap) || !overlap(piece, rows, &from, &to) ||
        !bm_probing_is_alive(probing, piece))
        return;
    bool are_finite =
        check_rows(probing, piece, tap, probing->is_finite + (from - rows->first), to - from);
    if (piece->probe->walks[rows->walk].take == BM_TAKE_ROWS && are_finite) {
        struct bm_probe_rows part = part_of(rows, from, to);
        struct bm_arena work = probing->rounds.round.work;
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
            bm_probing_is_alive(probing, &round->pieces[p]))
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
    for (size_t at = first; at < end && bm_probing_is_alive(probing, piece); at += most) {
        size_t skipped = at - block->first;
        struct bm_arena work = probing->rounds.round.work;
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
    if (piece->probe->walks[walk].take == BM_TAKE_NOTHING ||
        (walk == BM_WALK_AGAIN && !piece->task.shows_again))
        return;
    const struct bm_block *block =
        walk == BM_WALK_TEST_AFTER ? bm_round_replay(round, piece) : NULL;
    if (block != NULL)
        replay(probing, piece, block);
    struct bm_arena work = round->work;
    if (piece->probe->after != NULL && bm_probing_is_alive(probing, piece))
        piece->probe->after(piece->state, walk, &work);
}

/* What is over by now makes room for what comes. */
static void pass(struct bm_probing *probing)
{
    struct bm_round *round = &probing->rounds.round;
    for (size_t p = 0; p < round->n_pieces; p++)
        if (bm_piece_is_passing(&round->pieces[p]))
            bm_probing_finish_piece(probing, &round->pieces[p]);
    bm_round_pass(round);
}

void bm_probing_after(struct bm_probing *probing, unsigned walks)
{
    struct bm_round *round = &probing->rounds.round;
    for (int walk = 0; walk < BM_WALKS; walk++) {
        if (!(walks & 1u << walk))
            continue;
        if (walk == BM_WALK_FITTED)
            pass(probing);
        for (size_t p = 0; p < round->n_pieces; p++)
            after(probing, (enum bm_walk)walk, &round->pieces[p]);
    }
}
