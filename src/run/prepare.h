/* What has to be right before anything trains: the data are there and are those of the earlier
 * runs, and the results say what made them. */
#ifndef BM_RUN_PREPARE_H
#define BM_RUN_PREPARE_H

#include "bm/store.h"
#include "points.h"

/* Appends one META frame unless the store has that text under that name already. */
int bm_prepare_meta(struct bm_store *store, const char *name, const char *text, struct bm_err *err);
/* The sweep file, versions, compiler, libraries. `mpi`: the MPI library, or NULL without MPI. */
int bm_prepare_provenance(struct bm_store *store, const struct bm_sweep *sweep, const char *mpi,
                          struct bm_err *err);
/* Opens each data set of the n points in `todo` (positions in `points`) once. Missing or damaged
 * data, or others than those of the runs in the store: BM_EXIT_DATA. */
int bm_prepare_data(struct bm_store *store, const struct bm_sweep *sweep,
                    const struct bm_points *points, const size_t *todo, size_t n,
                    struct bm_err *err);

#endif
