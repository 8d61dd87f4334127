/* Which run an idle slot gets: it never changes the schedule. */
#ifndef BM_RUN_SCHEDULE_CHOICE_H
#define BM_RUN_SCHEDULE_CHOICE_H

#include "schedule.h"

size_t bm_schedule_place(const struct bm_schedule *schedule, size_t slot);
/* Its machine. */
size_t bm_schedule_node(const struct bm_schedule *schedule, size_t slot);

/* Its position in `order`; n_runs: none is pending. */
size_t bm_schedule_first_pending(const struct bm_schedule *schedule);
/* Whether there is one that may start in the place, now or when there is more time. */
bool bm_schedule_has_pending_for(const struct bm_schedule *schedule, size_t place);
/* The run that the slot, which is idle, gets next; BM_NO_RUN: none. */
size_t bm_schedule_choose(const struct bm_schedule *schedule, size_t slot);

#endif
