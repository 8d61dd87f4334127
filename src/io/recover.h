/* Everything that is on disk of one results file, put together: what there is, and what has to be
 * written so that journal and snapshot say the same again. Reads only.
 *
 * A whole journal is the truth. Where it has lost its end, or is damaged before a place that the
 * snapshot covers, what the snapshot has is put in; where that is gone, what is left of the journal
 * is taken, which is kept as it was. Without a journal, the snapshot is believed when its digest
 * and its ids are right. HDF5 reads files whose digest is known, and others in a
 * process of its own (bm_snapshot_read_apart). */
#ifndef BM_IO_RECOVER_H
#define BM_IO_RECOVER_H

#include <stdbool.h>

#include "bm/results.h"
#include "paths.h"
#include "snapshot.h"
#include "sum.h"

struct bm_recovery {
    bool only_snapshot; /* asked for: a folder that cannot be looked into is as good as none */
    /* parts */
    struct bm_sum sum;
    bool has_snapshot, has_journal;
    bool is_known, is_newest;     /* the snapshot has a line in the sum; the first one */
    struct bm_sum_entry snapshot; /* that line */
    /* together */
    struct bm_results results;  /* of all that is there; the caller's to free, after failures too */
    struct bm_schemas schemas;  /* how the journal's records are packed at its end */
    struct bm_journal_mark end; /* of the journal's whole records */
    bool rewrite;               /* the journal is to be written anew, from `results` */
    bool keep_snapshot; /* it is none that bm-sweep wrote here last: not to be written over */
    char note[600];     /* what was found and done about it, for the user; "": nothing */
};

/* Looks at sum and snapshot only: not at their contents. */
int bm_recovery_look(const struct bm_paths *paths, struct bm_recovery *recovery,
                     struct bm_err *err);
/* All of it. Fails (BM_EXIT_IO) where something that was acknowledged is in none of the parts that
 * are there, as one of them is damaged or was changed. */
int bm_recover(const struct bm_paths *paths, struct bm_recovery *recovery, struct bm_err *err);

/* Reads the snapshot that bm_recovery_look found: believed only with right ids. `info` may be NULL.
 */
int bm_recovery_read_snapshot(const struct bm_paths *paths, const struct bm_recovery *recovery,
                              struct bm_results *results, struct bm_snapshot_info *info,
                              struct bm_err *err);

#endif
