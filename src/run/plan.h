/* `--plan`: what a sweep would do, without doing any of it. */
#ifndef BM_RUN_PLAN_H
#define BM_RUN_PLAN_H

#include <stdio.h>

#include "points.h"

/* Prints counts, cost, memory, disk, time and the first points to `file`. `points` are matched with
 * `results` (what is stored now); `todo` (n_todo positions) is what would run, on `trainers`
 * trainers. */
void bm_plan_print(FILE *file, const struct bm_sweep *sweep, const struct bm_points *points,
                   const struct bm_results *results, const size_t *todo, size_t n_todo,
                   size_t trainers);

#endif
