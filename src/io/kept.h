/* What is kept of a run beside its rows: a file a run and kind, RESULTS.h5.d/KIND/ID.h5, and of
 * some kinds one an epoch beside it, ID-epoch000050.h5. All have the same attributes of the root:
 * format, id, and the run's settings. */
#ifndef BM_IO_KEPT_H
#define BM_IO_KEPT_H

#include "bm/config.h"
#include "bm/digest.h"
#include "bm/file.h"
#include "hdf5.h"

/* A kind is a folder's name, which is also what messages call it: `weights`, kept by the setting
 * save_weights. */
int bm_kept_path(const char *results, const char *kind, const struct bm_id *id,
                 char path[BM_PATH_SIZE], struct bm_err *err);
enum { BM_KEPT_AT_END = -1 }; /* in place of an epoch: what bm_kept_path names */
/* Whether the results file, which somebody has open, is to be seen from this process (BM_EXIT_IO):
 * what is kept would else be where nobody looks for it. */
int bm_kept_check(const char *results, const char *kind, struct bm_err *err);
/* A new file with the attributes, in memory. */
int bm_kept_new(const char *kind, const struct bm_id *id, const struct bm_config *config,
                struct bm_h5 **file, struct bm_err *err);
/* Puts what was made in its place, durably. `file` is done with, and still to be closed. */
int bm_kept_put(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                struct bm_h5 *file, struct bm_err *err);
/* Removes what was kept, of all epochs; nothing there is fine. */
int bm_kept_remove(const char *results, const char *kind, const struct bm_id *id,
                   struct bm_err *err);
/* Opens what was kept; fails (BM_EXIT_IO) where nothing was, and where it is another run's. */
int bm_kept_open(const char *results, const char *kind, const struct bm_id *id, struct bm_h5 **file,
                 struct bm_err *err);
/* Copies what was kept to `to`. Of files that are there it writes over those alone that it made:
 * bm_export_check. */
int bm_kept_copy(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                 const char *to, struct bm_err *err);

#endif
