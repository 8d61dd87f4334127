/* What has to be right before anything trains: the data are there and are those of the earlier
 * runs, and the results say what made them. */
#ifndef BM_RUN_PREPARE_H
#define BM_RUN_PREPARE_H

#include "bm/store.h"
#include "session.h"

/* The build (bm_build) of a finished run that another one made; NULL: there is none. Borrowed. */
const char *bm_prepare_other_build(const struct bm_results *results);
/* A sentence about it, since results of two builds differ in last digits, or "". Returns `text`. */
char *bm_prepare_build_warning(const struct bm_results *results, char *text, size_t size);
/* That all that is to be trained can be so here in its `precision`: else BM_EXIT_DATA. */
int bm_prepare_check_precision(const struct bm_session *session, struct bm_err *err);
/* That any of it can, and that trainers fit into memory, and that their data are there, whole and
 * those of the runs in `results`: else BM_EXIT_DATA. Changes nothing on disk. */
int bm_prepare_check(struct bm_session *session, const struct bm_results *results,
                     struct bm_err *err);
/* Removes what those who died have left of checkpoints, where no other job may be writing any:
 * before a session, and after it, without a word. */
void bm_prepare_clear(const struct bm_session *session, struct bm_store *store, bool warns);
/* After it. Warns of runs of another build and of data that are not the published ones. Records the
 * sweep file, the data and the libraries (the store records the program). `mpi`: the MPI library,
 * NULL without MPI. */
int bm_prepare_record(const struct bm_session *session, struct bm_store *store, const char *mpi,
                      struct bm_err *err);

#endif
