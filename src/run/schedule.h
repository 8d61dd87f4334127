/* Which run goes where: a pure state machine. It is told what happened (a slot finished its run, a
 * slot is lost, stop) and says what to do next (assign a run to a slot); it knows neither processes
 * nor MPI. A slot is a place for one trainer. Longest run first, equal ones in their order.
 *
 * Invariant: every run is pending, running in exactly one slot, or finished; a run is assigned only
 * while it is pending, and nothing is assigned after a stop. */
#ifndef BM_RUN_SCHEDULE_H
#define BM_RUN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

enum bm_run_state { BM_RUN_PENDING, BM_RUN_RUNNING, BM_RUN_FINISHED };

#define BM_NO_RUN ((size_t)-1)

struct bm_schedule {
    size_t n_runs, n_slots;
    enum bm_run_state *states; /* by run */
    size_t *order;             /* runs, longest first */
    size_t next;               /* no run before order[next] is pending */
    struct bm_slot {
        size_t run; /* BM_NO_RUN: idle */
        bool lost;
    } * slots;
    bool stopped;
    size_t n_running, n_finished, n_lost;
};

/* All slots start idle. `costs` of n_runs, in any unit: their order counts. */
void bm_schedule_init(struct bm_schedule *schedule, const double *costs, size_t n_runs,
                      size_t n_slots);
void bm_schedule_fini(struct bm_schedule *schedule);

/* Assigns the longest pending run to an idle slot; false when there is nothing to assign. */
bool bm_schedule_assign(struct bm_schedule *schedule, size_t *slot, size_t *run);
/* The slot's run is finished, well or not: the slot is idle again. Returns the run. */
size_t bm_schedule_finish(struct bm_schedule *schedule, size_t slot);
/* The slot can run nothing any more: its run is pending again. */
void bm_schedule_lose(struct bm_schedule *schedule, size_t slot);
/* Nothing is assigned from here on; what runs may still finish. */
void bm_schedule_stop(struct bm_schedule *schedule);

/* The run that would be assigned next; BM_NO_RUN: none is pending. */
size_t bm_schedule_next(const struct bm_schedule *schedule);
/* Nothing runs, and nothing will. */
bool bm_schedule_over(const struct bm_schedule *schedule);

#endif
