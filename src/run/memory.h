/* Whether trainers fit the memory of this machine. Other machines of a job are not looked at. */
#ifndef BM_RUN_MEMORY_H
#define BM_RUN_MEMORY_H

#include "points.h"

/* The most that a trainer takes for one of the n points in `todo` (positions in `points`): bytes.
 */
double bm_memory_most(const struct bm_points *points, const size_t *todo, size_t n);
/* BM_EXIT_DATA, naming the point, when one trainer alone does not fit. */
int bm_memory_check(const struct bm_sweep *sweep, const struct bm_points *points,
                    const size_t *todo, size_t n, struct bm_err *err);
/* A sentence when a trainer does not fit, or `trainers` of them together do not; "" when they do.
 * Returns `text`. */
char *bm_memory_warning(const struct bm_points *points, const size_t *todo, size_t n,
                        size_t trainers, char *text, size_t size);

#endif
