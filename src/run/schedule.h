/* Which run goes where: a pure state machine. It is told what happened (a slot finished its run, a
 * slot is lost, stop) and says what to do next (assign a run to a slot); it knows neither processes
 * nor MPI. A slot is room for one trainer; slots are of a place each (doubt.h), but those of one
 * process are of one. Longest run first, equal ones in their order; where trainers have just died,
 * runs that are far apart, as those may all have died of what they share.
 *
 * Invariant: every run is pending, running in exactly one slot, another job's, or finished; a run
 * is assigned only while it is pending, and nothing is assigned after a stop. */
#ifndef BM_RUN_SCHEDULE_H
#define BM_RUN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

#include "doubt.h"

enum bm_run_state {
    BM_RUN_PENDING,
    BM_RUN_RUNNING,
    BM_RUN_ELSEWHERE, /* another job has it */
    BM_RUN_FINISHED
};

#define BM_NO_RUN ((size_t)-1)

struct bm_schedule {
    size_t n_runs, n_slots;
    enum bm_run_state *states; /* by run */
    size_t *order;             /* runs, longest first */
    size_t next;               /* no run before order[next] is pending */
    const size_t *nodes; /* by slot: its machine; NULL: those of one place share one. Borrowed */
    const bool *needs;   /* by run: what not every place has; NULL: none does. Borrowed */
    const bool *has;     /* by place: that. Borrowed */
    bool *alone;         /* by run: nothing else may run on its machine */
    size_t n_alone;      /* of them */
    size_t *crashed_in;  /* by run: the place where it crashed last, from 1; 0: it did not */
    struct bm_slot {
        size_t run;   /* BM_NO_RUN: idle */
        size_t start; /* of doubt.h; and whether it told something */
        bool told, lost;
    } * slots;
    size_t n_own; /* slots of the first place */
    struct bm_doubt doubt;
    bool stopped;
    bool (*fits)(void *context, size_t run); /* a run that does not is not begun; NULL: all do */
    void *context;                           /* of `fits` */
    size_t n_running, n_finished, n_lost, n_elsewhere;
};

/* All slots start idle. `costs` of n_runs, in any unit: their order counts. The first n_own slots
 * are of one place, the others of a place each. */
void bm_schedule_init(struct bm_schedule *schedule, const double *costs, size_t n_runs,
                      size_t n_slots, size_t n_own);
void bm_schedule_fini(struct bm_schedule *schedule);

/* Assigns a pending run to an idle slot; false when there is nothing to assign. */
bool bm_schedule_assign(struct bm_schedule *schedule, size_t *slot, size_t *run);
/* The slot's run has told something. May be called again. */
void bm_schedule_tell(struct bm_schedule *schedule, size_t slot);
/* The slot's run died before it told anything: it is pending again, and in doubt, and the slot is
 * idle. Returns the run. `began` as in doubt.h. */
size_t bm_schedule_die(struct bm_schedule *schedule, size_t slot, bool began);
/* The slot's run is finished, well or not: the slot is idle again. Returns the run. */
size_t bm_schedule_finish(struct bm_schedule *schedule, size_t slot);
/* The slot's run was stopped, and nobody is at fault: it is pending again. */
void bm_schedule_return(struct bm_schedule *schedule, size_t slot);
/* The slot's run crashed and is to be tried again: it is pending, for another place if there is one
 * that could try it. */
void bm_schedule_crash(struct bm_schedule *schedule, size_t slot);
/* The slot's run ended for want of memory: it is pending, and is started when all others are, on a
 * machine where nothing else runs. */
void bm_schedule_set_alone(struct bm_schedule *schedule, size_t slot);
/* Whether nothing else could run on its machine while the slot's run did. */
bool bm_schedule_is_alone(const struct bm_schedule *schedule, size_t slot);
/* The slot's run, which was just assigned, is another job's: the slot is idle. */
void bm_schedule_lend(struct bm_schedule *schedule, size_t slot);
/* Assigns a run that was lent to the slot, which is idle. */
void bm_schedule_take_back(struct bm_schedule *schedule, size_t slot, size_t run);
/* A run that another job had is to do again; one that is not running here was finished there. */
void bm_schedule_reclaim(struct bm_schedule *schedule, size_t run);
void bm_schedule_settle(struct bm_schedule *schedule, size_t run);
/* The slot can run nothing any more: its run is pending again. */
void bm_schedule_lose(struct bm_schedule *schedule, size_t slot);
/* A run that was in doubt and is now found to be at fault: it is finished. False: there is none. */
bool bm_schedule_convict(struct bm_schedule *schedule, size_t *run);
/* It is tried again all the same, as if it had never been in doubt. */
void bm_schedule_reprieve(struct bm_schedule *schedule, size_t run);
/* An idle slot of a place that is spoilt, for the caller to lose. False: there is none. */
bool bm_schedule_spoilt(const struct bm_schedule *schedule, size_t *slot);
/* Deaths in a row in the slot's place. */
size_t bm_schedule_streak(const struct bm_schedule *schedule, size_t slot);
/* Nothing is assigned from here on; what runs may still finish. */
void bm_schedule_stop(struct bm_schedule *schedule);

/* Whether a slot is idle while runs are pending. */
bool bm_schedule_has_idle(const struct bm_schedule *schedule);
/* Nothing runs, and what is pending and could begin does not fit. */
bool bm_schedule_is_blocked(const struct bm_schedule *schedule);
/* Nothing runs, here or elsewhere, and what is pending needs what no place that is left has. */
bool bm_schedule_is_unable(const struct bm_schedule *schedule);
/* The run that would be assigned next; BM_NO_RUN: none is pending. */
size_t bm_schedule_next(const struct bm_schedule *schedule);
/* Nothing runs, and nothing will. */
bool bm_schedule_over(const struct bm_schedule *schedule);

#endif
