/* The k nearest rows of each held row, exact also where features have nearly collapsed. They are
 * the state of a probe that has rows held in one walk, and has others offered in a later one. */
#ifndef BM_PROBE_COMMON_NEIGHBOURS_H
#define BM_PROBE_COMMON_NEIGHBOURS_H

#include "bm/probe.h"

/* For members of a probe: of tasks with one tap and held rows. `k`: neighbours that are kept. */
struct bm_probe_state *bm_neighbours_begin(const struct bm_probe_task *task, size_t k,
                                           struct bm_arena *arena);
size_t bm_neighbours_work(const struct bm_probe_task *task, size_t k);
void bm_neighbours_after(struct bm_probe_state *neighbours, enum bm_walk walk,
                         struct bm_arena *work);
double bm_neighbours_flops(const struct bm_probe_task *task, size_t rows);

/* Offers rows to all held ones; `labels` are the rows' classes. */
void bm_neighbours_offer(struct bm_probe_state *neighbours, const struct bm_probe_rows *rows,
                         const uint16_t *labels, struct bm_arena *work);
/* The same where held rows are among those offered: none is offered to itself, that is, to a row
 * of its position. */
void bm_neighbours_offer_others(struct bm_probe_state *neighbours, const struct bm_probe_rows *rows,
                                const uint16_t *labels, struct bm_arena *work);
const struct bm_held *bm_neighbours_held(const struct bm_probe_state *neighbours);
const struct bm_config *bm_neighbours_config(const struct bm_probe_state *neighbours);
/* The class that most of the `k` nearest of held row `query` have, of those that are kept; ties to
 * the smallest. */
uint16_t bm_neighbours_vote(const struct bm_probe_state *neighbours, size_t query, size_t k,
                            struct bm_arena *work);

#endif
