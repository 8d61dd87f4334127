/* The k nearest rows of each held row, exact also where features have nearly collapsed. */
#ifndef BM_PROBE_COMMON_NEIGHBOURS_H
#define BM_PROBE_COMMON_NEIGHBOURS_H

#include "bm/probe.h"

struct bm_neighbours;

/* For a task with one tap and held rows. Takes the memory from `arena`, or counts it. */
struct bm_neighbours *bm_neighbours_begin(const struct bm_probe_task *task, size_t k,
                                          struct bm_arena *arena);
/* Bytes of `work` for the calls below. */
size_t bm_neighbours_work(const struct bm_probe_task *task, size_t k);
double bm_neighbours_flops(const struct bm_probe_task *task, size_t rows);
/* Once the held rows are there. */
void bm_neighbours_measure(struct bm_neighbours *neighbours, struct bm_arena *work);
/* Offers rows to all held ones; `labels` are the rows' classes. */
void bm_neighbours_offer(struct bm_neighbours *neighbours, const struct bm_probe_rows *rows,
                         const uint16_t *labels, struct bm_arena *work);
/* The same where held rows are among those offered: none is offered to itself, that is, to a row
 * of its position. */
void bm_neighbours_offer_others(struct bm_neighbours *neighbours, const struct bm_probe_rows *rows,
                                const uint16_t *labels, struct bm_arena *work);
/* The class that most of the k nearest of held row `query` have; ties to the smallest. */
uint16_t bm_neighbours_vote(const struct bm_neighbours *neighbours, size_t query,
                            struct bm_arena *work);

#endif
