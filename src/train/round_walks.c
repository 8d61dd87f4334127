/* What the pieces of a round want of the walks. */
#include "rounds.h"

#include <assert.h>

size_t bm_round_passes(bool fits_all, struct bm_pass passes[BM_WALKS])
{
    const struct bm_pass all[] = {
        {BM_AS_QUERIES, BM_WALK_QUERIES, false},
        {BM_AS_TEST, BM_WALK_TEST, true},
        {fits_all ? BM_AS_TRAIN : BM_AS_TRAIN | BM_AS_FITTED, BM_WALK_TRAIN, true},
        {fits_all ? BM_AS_FITTED : 0, BM_WALK_FITTED, false},
        {BM_AS_AGAIN, fits_all ? BM_WALK_FITTED : BM_WALK_TRAIN, false},
        {BM_AS_TEST_AFTER, BM_WALK_TEST, false},
        {BM_AS_VIEWS, BM_WALK_VIEWS, false},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].walks != 0)
            passes[n++] = all[i];
    return n;
}

size_t bm_walk_rows(const struct bm_probe *probe, enum bm_walk walk,
                    const struct bm_probe_task *task)
{
    const size_t all[BM_WALKS] = {
        [BM_WALK_QUERIES] = task->n_train, [BM_WALK_TEST] = task->n_test,
        [BM_WALK_TRAIN] = task->n_train,   [BM_WALK_FITTED] = task->n_fitted,
        [BM_WALK_AGAIN] = task->n_fitted,  [BM_WALK_TEST_AFTER] = task->n_test,
        [BM_WALK_VIEWS] = task->n_test,
    };
    const struct bm_probe_walk *part = &probe->walks[walk];
    if (part->take == BM_TAKE_NOTHING || (walk == BM_WALK_AGAIN && !task->shows_again))
        return 0;
    size_t images = part->images != NULL ? part->images(task) : all[walk];
    assert(images <= all[walk]);
    return walk == BM_WALK_VIEWS ? 2 * images : images;
}

enum bm_walk bm_walk_held(const struct bm_probe *probe)
{
    for (int walk = 0; walk < BM_WALKS; walk++)
        if (probe->walks[walk].take == BM_TAKE_HELD)
            return (enum bm_walk)walk;
    return BM_WALKS;
}

void bm_piece_wants(const struct bm_piece *piece, enum bm_walk walk, size_t *first, size_t *end)
{
    bool is_held = piece->probe->walks[walk].take == BM_TAKE_HELD;
    *first = is_held ? piece->first : 0;
    *end = is_held ? piece->first + piece->n : bm_walk_rows(piece->probe, walk, &piece->task);
    if (walk == BM_WALK_AGAIN && *end > 0)
        *first = piece->probe->again_from(&piece->task, piece->state);
}

bool bm_block_has(const struct bm_block *block, size_t first, size_t end)
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
            bm_block_has(block, first, end))
            return block;
    }
    return NULL;
}

void bm_round_wants(const struct bm_round *round, enum bm_walk walk, int from_tap, int before,
                    size_t *first, size_t *end)
{
    *first = *end = 0;
    for (size_t p = 0; p < round->n_pieces; p++) {
        const struct bm_piece *piece = &round->pieces[p];
        size_t from, to;
        bm_piece_wants(piece, walk, &from, &to);
        if (from == to || piece->tap >= before || piece->tap + piece->task.n_taps <= from_tap ||
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
        size_t of_piece = bm_walk_rows(round->pieces[p].probe, walk, &round->pieces[p].task);
        assert(rows == 0 || of_piece == 0 || rows == of_piece || walk != BM_WALK_QUERIES);
        rows = of_piece > rows ? of_piece : rows;
    }
    return rows;
}
