/* Rank 0, or the only process: owns the schedule, the results and the progress, and has trainers of
 * its own like every other rank. */
#ifndef BM_RUN_MASTER_H
#define BM_RUN_MASTER_H

#include "bm/store.h"
#include "points.h"
#include "report.h"

struct bm_master_job {
    const struct bm_sweep *sweep;
    struct bm_points *points; /* states are kept up to date */
    const size_t *todo;       /* positions in `points` */
    size_t n_todo;
    struct bm_store *store;
    int ranks;       /* 1: bm_wire is not used */
    size_t trainers; /* of this process */
    struct bm_report *report;
};

/* Runs all of `todo`, or stops early by a signal or an error of the store. A run counts as finished
 * when it is on disk. Afterwards no trainer runs anywhere, everything that came is on disk and the
 * snapshot is written, if the store allows. Returns the signal that stopped it, 0 when none did, -1
 * on error. Needs bm_signals_init. */
int bm_master_run(const struct bm_master_job *job, struct bm_err *err);

/* Lets the other ranks go: after bm_master_run, or instead of it. */
void bm_master_release(int ranks);

#endif
