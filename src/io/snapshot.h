/* Snapshots: results as an HDF5 file of long tables, and back.
 *
 * /runs/<column> has a row a run, sorted by settings; /evaluations/<column> names its row of /runs
 * in `run`, /probes/<column> its row of /evaluations in `evaluation`. Columns are the rows of the
 * field tables; reading (bm_snapshot_read, bm/store.h) finds them by name: what a file lacks has
 * bm_table_init's value, what this program does not know is left out. Root attributes: format,
 * format_version, journal_size, and the META texts. */
#ifndef BM_IO_SNAPSHOT_H
#define BM_IO_SNAPSHOT_H

#include <stdint.h>

#include "bm/err.h"
#include "bm/results.h"
#include "bm/store.h"

#define BM_SNAPSHOT_FORMAT "bm-sweep results"
enum { BM_SNAPSHOT_VERSION = 1 };

/* Writes `temporary` and renames it to `path`. `journal_size`: the bytes of the journal that it
 * shows, so that the two can be compared later. */
int bm_snapshot_write(const struct bm_results *results, uint64_t journal_size,
                      const char *temporary, const char *path, struct bm_err *err);

/* Fails when the file at `path` is not a snapshot that this program can read. */
int bm_snapshot_check(const char *path, struct bm_err *err);

#endif
