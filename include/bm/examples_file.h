/* What is kept of a run's training images, as an HDF5 file: a data set for each member of struct
 * bm_examples, `memorized_since`, and the attributes that weights have (bm/weights.h). It is beside
 * the journal, RESULTS.h5.d/examples/ID.h5, a file a run. */
#ifndef BM_EXAMPLES_FILE_H
#define BM_EXAMPLES_FILE_H

#include "bm/config.h"
#include "bm/digest.h"
#include "bm/examples.h"
#include "bm/file.h"

/* Where those of a run of the results file `results` are, or would be. */
int bm_examples_path(const char *results, const struct bm_id *id, char path[BM_PATH_SIZE],
                     struct bm_err *err);
/* Whether the results file is to be seen from this process (bm_weights_check). */
int bm_examples_check(const char *results, struct bm_err *err);
/* Saves them there, durably: afterwards all is there, or, after a failure, what was there before.
 * BM_EXIT_IO. */
int bm_examples_save(const char *results, const struct bm_id *id, const struct bm_config *config,
                     const struct bm_examples *examples, struct bm_err *err);
/* Reads what was saved into `memory`, which is the caller's to free, also after a failure.
 * BM_EXIT_IO, also where nothing was saved. */
int bm_examples_read(const char *results, const struct bm_id *id, struct bm_examples *examples,
                     struct bm_arena *memory, struct bm_err *err);
/* Removes them; where there are none, nothing is done. BM_EXIT_IO. */
int bm_examples_remove(const char *results, const struct bm_id *id, struct bm_err *err);
/* Copies the file to `to`, over what is there; but no results file is written over. BM_EXIT_IO. */
int bm_examples_copy(const char *results, const struct bm_id *id, const char *to,
                     struct bm_err *err);

#endif
