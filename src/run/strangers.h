/* Strangers: stored runs that are no points of the sweep, because its file has changed since, or
 * another sweep writes into the same results. They are kept, and told. */
#ifndef BM_RUN_STRANGERS_H
#define BM_RUN_STRANGERS_H

#include <stdio.h>

#include "bm/store.h"
#include "points.h"

/* Positions of the strangers in `results`; `*n`: how many. The caller's to free. */
size_t *bm_strangers(const struct bm_points *points, const struct bm_results *results, size_t *n);

/* "LEAD 3 runs that this sweep does not have", or "" where there is none. Returns `text`. After
 * bm_points_match. */
char *bm_strangers_text(const struct bm_points *points, const char *lead, char *text, size_t size);

/* A row each, as --plan has them, up to `most`. */
void bm_strangers_print(const struct bm_points *points, const struct bm_results *results,
                        size_t most, FILE *file);

/* Records who they are, for bm-results: META BM_META_STRANGERS. 1: that is new, 0: it was recorded
 * already, -1: it failed. */
int bm_strangers_record(const struct bm_points *points, struct bm_store *store, struct bm_err *err);

#endif
