/* What has to be right before anything trains: the data are there and are those of the earlier
 * runs, and the results say what made them. */
#ifndef BM_RUN_PREPARE_H
#define BM_RUN_PREPARE_H

#include "bm/store.h"
#include "session.h"

/* The build (bm_build) of a finished run that another one made; NULL: there is none. Borrowed. */
const char *bm_prepare_other_build(const struct bm_results *results);
/* Warns of runs of another build. Records the sweep file and the libraries (the store records the
 * program). `mpi`: the MPI library, NULL without MPI. */
int bm_prepare_provenance(const struct bm_session *session, struct bm_store *store, const char *mpi,
                          struct bm_err *err);
/* Checks each data set of the points that are to run once. Missing or damaged data, or others than
 * those of the runs in the store: BM_EXIT_DATA. */
int bm_prepare_data(struct bm_session *session, struct bm_store *store, struct bm_err *err);
/* What bm_prepare_data found of a data set that is used; NULL before that. */
const struct bm_seal *bm_prepared_seal(const struct bm_session *session, const char *dataset);

#endif
