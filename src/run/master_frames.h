/* What trainers say, on its way into the store, and what is told of runs that have ended. */
#ifndef BM_RUN_MASTER_FRAMES_H
#define BM_RUN_MASTER_FRAMES_H

#include "master.h"

/* A frame from the slot's trainer (bm_crew's callback, of a bm_master; and for frames of other
 * ranks). */
void bm_master_take_frame(void *master, size_t slot, const void *frame, size_t size);
/* Makes durable what came; only then are runs reported as finished. */
void bm_master_sync(struct bm_master *master);
/* Group commit: once a turn, for all that finished in it. */
void bm_master_commit(struct bm_master *master);
/* What has ended, and is on the disk. */
void bm_master_report_finished(struct bm_master *master);

#endif
