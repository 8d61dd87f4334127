/* Sharing a sweep with other jobs: a run is claimed before it is started, what others have finished
 * is not run again, and what a dead job had is taken over. A part of master.c. */
#ifndef BM_RUN_MASTER_SHARE_H
#define BM_RUN_MASTER_SHARE_H

#include "master.h"

void bm_master_share_init(struct bm_master *master);
void bm_master_share_fini(struct bm_master *master);
/* Whether the run, which was just assigned to the slot, is this job's to run; else it is lent. */
bool bm_master_share_claim(struct bm_master *master, size_t slot, size_t run);
/* The run is not running here any more. */
void bm_master_share_release(struct bm_master *master, size_t run);
/* Hears what others have finished, and looks after runs that they have, now and then. */
void bm_master_share_look(struct bm_master *master);

#endif
