#include "schedule.h"

#include <assert.h>
#include <stdlib.h>

struct ranked {
    double cost;
    size_t run;
};

static int longest_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return x->run < y->run ? -1 : 1;
}

static void *must_allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL)
        abort();
    return memory;
}

void bm_schedule_init(struct bm_schedule *schedule, const double *costs, size_t n_runs,
                      size_t n_slots)
{
    *schedule = (struct bm_schedule){.n_runs = n_runs, .n_slots = n_slots};
    schedule->states = must_allocate(n_runs, sizeof *schedule->states);
    schedule->order = must_allocate(n_runs, sizeof *schedule->order);
    schedule->slots = must_allocate(n_slots, sizeof *schedule->slots);
    struct ranked *ranked = must_allocate(n_runs, sizeof *ranked);
    for (size_t i = 0; i < n_runs; i++)
        ranked[i] = (struct ranked){costs[i], i};
    qsort(ranked, n_runs, sizeof *ranked, longest_first);
    for (size_t i = 0; i < n_runs; i++)
        schedule->order[i] = ranked[i].run;
    free(ranked);
    for (size_t i = 0; i < n_slots; i++)
        schedule->slots[i].run = BM_NO_RUN;
}

void bm_schedule_fini(struct bm_schedule *schedule)
{
    free(schedule->states);
    free(schedule->order);
    free(schedule->slots);
    *schedule = (struct bm_schedule){0};
}

/* Its place in `order`; n_runs: none is pending. */
static size_t first_pending(const struct bm_schedule *schedule)
{
    size_t place = schedule->next;
    while (place < schedule->n_runs && schedule->states[schedule->order[place]] != BM_RUN_PENDING)
        place++;
    return place;
}

size_t bm_schedule_next(const struct bm_schedule *schedule)
{
    size_t pending = first_pending(schedule);
    return pending < schedule->n_runs ? schedule->order[pending] : BM_NO_RUN;
}

bool bm_schedule_assign(struct bm_schedule *schedule, size_t *slot, size_t *run)
{
    if (schedule->stopped || schedule->n_running + schedule->n_lost == schedule->n_slots)
        return false;
    size_t pending = first_pending(schedule);
    schedule->next = pending;
    if (pending == schedule->n_runs)
        return false;
    size_t idle = 0;
    while (schedule->slots[idle].lost || schedule->slots[idle].run != BM_NO_RUN)
        idle++;
    *slot = idle;
    *run = schedule->order[schedule->next++];
    schedule->slots[idle].run = *run;
    schedule->states[*run] = BM_RUN_RUNNING;
    schedule->n_running++;
    return true;
}

/* Takes the run out of its slot. */
static size_t vacate(struct bm_schedule *schedule, size_t slot)
{
    size_t run = schedule->slots[slot].run;
    assert(run != BM_NO_RUN && schedule->states[run] == BM_RUN_RUNNING);
    schedule->slots[slot].run = BM_NO_RUN;
    schedule->n_running--;
    return run;
}

size_t bm_schedule_finish(struct bm_schedule *schedule, size_t slot)
{
    assert(slot < schedule->n_slots && !schedule->slots[slot].lost);
    size_t run = vacate(schedule, slot);
    schedule->states[run] = BM_RUN_FINISHED;
    schedule->n_finished++;
    return run;
}

void bm_schedule_lose(struct bm_schedule *schedule, size_t slot)
{
    assert(slot < schedule->n_slots && !schedule->slots[slot].lost);
    schedule->slots[slot].lost = true;
    schedule->n_lost++;
    if (schedule->slots[slot].run == BM_NO_RUN)
        return;
    size_t run = vacate(schedule, slot);
    schedule->states[run] = BM_RUN_PENDING;
    schedule->next = 0; /* the search passes over the others again */
}

void bm_schedule_stop(struct bm_schedule *schedule)
{
    schedule->stopped = true;
}

bool bm_schedule_over(const struct bm_schedule *schedule)
{
    if (schedule->n_running > 0)
        return false;
    return schedule->stopped || schedule->n_finished == schedule->n_runs ||
           schedule->n_lost == schedule->n_slots;
}
