/* The part of rank 0's loop that deals with the end of its time: what is not begun any more, when
 * all stops, and whether anything came of it. What a deadline allows is deadline.c's decision. For
 * master.c alone. */
#ifndef BM_RUN_MASTER_DEADLINE_H
#define BM_RUN_MASTER_DEADLINE_H

#include "master.h"

void bm_master_deadline_init(struct bm_master *master);
void bm_master_deadline_fini(struct bm_master *master);
/* Stops as SIGUSR1 does when the time is over, or when nothing that is left fits into it. */
void bm_master_deadline_look(struct bm_master *master);
/* Whether the session was stopped though it had most of its time, and nothing came of it: neither a
 * finished run nor a further checkpoint. After all has ended. */
bool bm_master_was_in_vain(const struct bm_master *master);

#endif
