/* The weights of a run as an HDF5 file: a data set a tensor, in float, with PyTorch's names and
 * layouts; attributes of the root: format, id, the run's settings, and the digest of all values.
 * They are kept beside the journal, RESULTS.h5.d/weights/ID.h5, a file a run: too large for the
 * journal. Those of epochs on the way (save_every) have the epoch in their names and in an
 * attribute. */
#ifndef BM_WEIGHTS_H
#define BM_WEIGHTS_H

#include "bm/config.h"
#include "bm/digest.h"
#include "bm/err.h"
#include "bm/file.h"

struct bm_net;

enum { BM_WEIGHTS_AT_END = -1 }; /* in place of an epoch */

/* Where the weights at the end of a run of the results file `results` are, or would be. */
int bm_weights_path(const char *results, const struct bm_id *id, char path[BM_PATH_SIZE],
                    struct bm_err *err);
/* Whether the results file, which somebody has open, is to be seen from this process (BM_EXIT_IO):
 * its weights would else be kept where nobody looks for them. */
int bm_weights_check(const char *results, struct bm_err *err);
/* Saves the net's tensors there, durably: afterwards all of them are there, or, after a failure,
 * what was there before. BM_EXIT_IO. */
int bm_weights_save(const char *results, const struct bm_id *id, int64_t epoch,
                    const struct bm_config *config, const struct bm_net *net, struct bm_err *err);
/* Puts what was saved at the end into the net, bit for bit. BM_EXIT_IO, with the net in any state:
 * nothing was saved, it is another run's or another network's, or its values are not those of its
 * digest (files without one are believed). */
int bm_weights_load(const char *results, const struct bm_id *id, struct bm_net *net,
                    struct bm_err *err);
/* Removes what was saved, of all epochs. */
int bm_weights_remove(const char *results, const struct bm_id *id, struct bm_err *err);
/* Copies what was saved to `to`, over what is there; but no results file is written over.
 * BM_EXIT_IO, also where nothing was saved. */
int bm_weights_copy(const char *results, const struct bm_id *id, int64_t epoch, const char *to,
                    struct bm_err *err);

#endif
