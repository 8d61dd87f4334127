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
    size_t probes = bm_probes_count(probing->rounds.probes);
    size_t most = probing->rounds.sizes.most_rows;
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

void bm_probing_finish_piece(struct bm_probing *probing, struct bm_piece *piece)
{
    struct bm_arena work = probing->rounds.round.work;
    if (piece->is_over)
        return;
    if (piece->probe->of_pairs)
        piece->probe->finish(piece->state, probing->pairs + piece->number * count_pairs(probing),
                             &work);
    else if (bm_probing_is_alive(probing, piece))
        finish_tap(probing, piece, &work);
    work = probing->rounds.round.work;
    if (probing->votes != NULL && bm_probing_is_alive(probing, piece))
        take_votes(probing, piece, &work);
    piece->is_over = true;
}

void bm_probing_finish(struct bm_probing *probing)
{
    struct bm_round *round = &probing->rounds.round;
    for (size_t p = 0; p < round->n_pieces; p++)
        bm_probing_finish_piece(probing, &round->pieces[p]);
    bm_arena_fini(&probing->arena);
    round->n_pieces = round->n_blocks = round->n_taps = 0;
}

/* ---- what they found ---- */

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
