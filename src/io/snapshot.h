/* Snapshots: results as an HDF5 file of long tables, and back.
 *
 * /runs/<column> has a row a run, sorted by settings; /evaluations/<column> names its row of /runs
 * in `run`, /probes/<column> its row of /evaluations in `evaluation`, and so does /pairs/<column>,
 * a row for each two taps, which are named in `tap` and `other`: all of an evaluation, in the order
 * of bm_pair_at, or none. Columns are the rows of the field tables, in their order, each number
 * that some values of are words with a column of these beside it; /runs has those of
 * bm_summary_table as well. Reading finds columns by name, and takes nothing that follows from
 * others: what a file lacks has bm_table_init's value, what this program does not know is left out.
 * Root attributes: format, format_version, journal_size, and the META texts. */
#ifndef BM_IO_SNAPSHOT_H
#define BM_IO_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"
#include "bm/results.h"

struct bm_h5;

#define BM_SNAPSHOT_FORMAT "bm-sweep results"
/* Version 1 had texts of a fixed width, which not every reader understands. Version 3 is version 2
 * with whole numbers beyond 2^31 as double; files without any say 2, which older programs read. */
enum { BM_SNAPSHOT_OLDEST = 1, BM_SNAPSHOT_NARROW = 2, BM_SNAPSHOT_VERSION = 3 };

/* A snapshot in memory, still without a place. `journal_size`: the bytes of the journal that it
 * shows. `*data` are its bytes, which belong to `*file` (to be closed). */
int bm_snapshot_build(const struct bm_results *results, uint64_t journal_size, struct bm_h5 **file,
                      const void **data, size_t *size, struct bm_err *err);

struct bm_snapshot_info {
    uint64_t journal_size; /* as it was given */
    bool is_foreign;       /* after a failure: it is whole, but not for this program */
};

/* Adds what the snapshot at `path` holds, in the order of its rows (sorted by settings), to
 * `results`, which the caller frees, also after a failure. Its bytes have to be as bm-sweep wrote
 * them: libhdf5 loops for ever on some damaged files. */
int bm_snapshot_read(const char *path, struct bm_results *results, struct bm_snapshot_info *info,
                     struct bm_err *err);
/* The same for a file of unknown origin: in a child process, and not longer than half a second of
 * CPU time (and a second more for 20 MB each). */
int bm_snapshot_read_apart(const char *path, struct bm_results *results,
                           struct bm_snapshot_info *info, struct bm_err *err);

#endif
