#include "schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "schedule_choice.h"

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
                      size_t n_slots, size_t n_own)
{
    *schedule = (struct bm_schedule){.n_runs = n_runs, .n_slots = n_slots, .n_own = n_own};
    bm_doubt_init(&schedule->doubt, n_slots - n_own + (n_own > 0));
    schedule->states = must_allocate(n_runs, sizeof *schedule->states);
    schedule->order = must_allocate(n_runs, sizeof *schedule->order);
    schedule->alone = must_allocate(n_runs, sizeof *schedule->alone);
    schedule->crashed_in = must_allocate(n_runs, sizeof *schedule->crashed_in);
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
    free(schedule->alone);
    free(schedule->crashed_in);
    free(schedule->slots);
    bm_doubt_fini(&schedule->doubt);
    *schedule = (struct bm_schedule){0};
}

static void begin(struct bm_schedule *schedule, size_t slot, size_t run)
{
    struct bm_slot *begun = &schedule->slots[slot];
    *begun = (struct bm_slot){.run = run, .start = bm_doubt_begin(&schedule->doubt)};
    schedule->states[run] = BM_RUN_RUNNING;
    schedule->n_running++;
}

static bool is_idle(const struct bm_slot *slot)
{
    return !slot->lost && slot->run == BM_NO_RUN;
}

bool bm_schedule_assign(struct bm_schedule *schedule, size_t *slot, size_t *run)
{
    if (schedule->stopped || schedule->n_running + schedule->n_lost == schedule->n_slots)
        return false;
    schedule->next = bm_schedule_first_pending(schedule);
    if (schedule->next == schedule->n_runs)
        return false;
    for (*slot = 0; *slot < schedule->n_slots; ++*slot) {
        *run = is_idle(&schedule->slots[*slot]) ? bm_schedule_choose(schedule, *slot) : BM_NO_RUN;
        if (*run == BM_NO_RUN)
            continue;
        begin(schedule, *slot, *run);
        return true;
    }
    return false;
}

bool bm_schedule_has_idle(const struct bm_schedule *schedule)
{
    return schedule->n_running + schedule->n_lost < schedule->n_slots &&
           schedule->n_running + schedule->n_finished + schedule->n_elsewhere < schedule->n_runs;
}

/* ---- what happened ---- */

/* Takes the run out of its slot. */
static size_t vacate(struct bm_schedule *schedule, size_t slot)
{
    size_t run = schedule->slots[slot].run;
    assert(run != BM_NO_RUN && schedule->states[run] == BM_RUN_RUNNING);
    schedule->slots[slot].run = BM_NO_RUN;
    schedule->n_running--;
    return run;
}

static void forget_alone(struct bm_schedule *schedule, size_t run)
{
    schedule->n_alone -= schedule->alone[run];
    schedule->alone[run] = false;
}

size_t bm_schedule_finish(struct bm_schedule *schedule, size_t slot)
{
    assert(slot < schedule->n_slots && !schedule->slots[slot].lost);
    size_t run = vacate(schedule, slot);
    schedule->states[run] = BM_RUN_FINISHED;
    schedule->n_finished++;
    forget_alone(schedule, run);
    bm_doubt_settle(&schedule->doubt, run);
    return run;
}

/* The run is to be found again: the search passes over the others once more. */
static void give_back(struct bm_schedule *schedule, size_t run)
{
    schedule->states[run] = BM_RUN_PENDING;
    schedule->next = 0;
}

void bm_schedule_tell(struct bm_schedule *schedule, size_t slot)
{
    struct bm_slot *telling = &schedule->slots[slot];
    if (telling->told)
        return;
    telling->told = true;
    bm_doubt_live(&schedule->doubt, bm_schedule_place(schedule, slot), telling->start);
}

size_t bm_schedule_die(struct bm_schedule *schedule, size_t slot, bool began)
{
    assert(slot < schedule->n_slots && !schedule->slots[slot].told);
    size_t run = vacate(schedule, slot);
    bm_doubt_die(&schedule->doubt, run, bm_schedule_place(schedule, slot),
                 schedule->slots[slot].start, began);
    give_back(schedule, run);
    return run;
}

void bm_schedule_return(struct bm_schedule *schedule, size_t slot)
{
    assert(slot < schedule->n_slots);
    give_back(schedule, vacate(schedule, slot));
}

void bm_schedule_lend(struct bm_schedule *schedule, size_t slot)
{
    size_t run = vacate(schedule, slot);
    schedule->states[run] = BM_RUN_ELSEWHERE;
    schedule->n_elsewhere++;
}

void bm_schedule_take_back(struct bm_schedule *schedule, size_t slot, size_t run)
{
    assert(schedule->states[run] == BM_RUN_ELSEWHERE && is_idle(&schedule->slots[slot]));
    schedule->n_elsewhere--;
    begin(schedule, slot, run);
}

void bm_schedule_reclaim(struct bm_schedule *schedule, size_t run)
{
    assert(schedule->states[run] == BM_RUN_ELSEWHERE);
    schedule->n_elsewhere--;
    give_back(schedule, run);
}

void bm_schedule_settle(struct bm_schedule *schedule, size_t run)
{
    assert(schedule->states[run] == BM_RUN_PENDING || schedule->states[run] == BM_RUN_ELSEWHERE);
    schedule->n_elsewhere -= schedule->states[run] == BM_RUN_ELSEWHERE;
    schedule->states[run] = BM_RUN_FINISHED;
    schedule->n_finished++;
    forget_alone(schedule, run);
    bm_doubt_settle(&schedule->doubt, run);
}

/* Whether slots are left in the place. */
static bool is_there(const struct bm_schedule *schedule, size_t place)
{
    for (size_t slot = 0; slot < schedule->n_slots; slot++)
        if (!schedule->slots[slot].lost && bm_schedule_place(schedule, slot) == place)
            return true;
    return false;
}

void bm_schedule_crash(struct bm_schedule *schedule, size_t slot)
{
    schedule->crashed_in[schedule->slots[slot].run] = bm_schedule_place(schedule, slot) + 1;
    bm_schedule_return(schedule, slot);
}

void bm_schedule_set_alone(struct bm_schedule *schedule, size_t slot)
{
    size_t run = schedule->slots[slot].run;
    schedule->n_alone += !schedule->alone[run];
    schedule->alone[run] = true;
    bm_schedule_return(schedule, slot);
}

bool bm_schedule_is_alone(const struct bm_schedule *schedule, size_t slot)
{
    size_t n = 0, node = bm_schedule_node(schedule, slot);
    for (size_t other = 0; other < schedule->n_slots; other++)
        n += !schedule->slots[other].lost && bm_schedule_node(schedule, other) == node;
    return n == 1 || schedule->alone[schedule->slots[slot].run];
}

void bm_schedule_lose(struct bm_schedule *schedule, size_t slot)
{
    assert(slot < schedule->n_slots && !schedule->slots[slot].lost);
    schedule->slots[slot].lost = true;
    schedule->n_lost++;
    if (schedule->slots[slot].run != BM_NO_RUN)
        give_back(schedule, vacate(schedule, slot));
    size_t place = bm_schedule_place(schedule, slot);
    if (!is_there(schedule, place))
        bm_doubt_leave(&schedule->doubt, place);
}

/* Whether something may yet be started, or tell something, that says more of runs in doubt. */
static bool is_more_to_come(const struct bm_schedule *schedule)
{
    const struct bm_doubt *doubt = &schedule->doubt;
    for (size_t slot = 0; slot < schedule->n_slots; slot++)
        if (schedule->slots[slot].run != BM_NO_RUN && !schedule->slots[slot].told)
            return true;
    for (size_t place = 0; place < doubt->n_places; place++)
        if (!doubt->places[place].gone && !bm_doubt_is_spoilt(doubt, place) &&
            bm_schedule_has_pending_for(schedule, place))
            return true;
    return false;
}

static bool is_guilty(const struct bm_schedule *schedule, const struct bm_death *death)
{
    const struct bm_doubt *doubt = &schedule->doubt;
    size_t run = death->run;
    if (run == BM_DOUBT_SETTLED || schedule->states[run] != BM_RUN_PENDING)
        return false;
    const bool *able = schedule->needs != NULL && schedule->needs[run] ? schedule->has : NULL;
    if (bm_doubt_is_guilty(doubt, run, true, able))
        return true;
    bool may_be = bm_doubt_is_guilty(doubt, run, false, able) ||
                  (death->began && bm_doubt_is_hopeless(doubt, able));
    return may_be && !is_more_to_come(schedule);
}

bool bm_schedule_convict(struct bm_schedule *schedule, size_t *run)
{
    for (size_t i = 0; i < schedule->doubt.n_deaths; i++) {
        *run = schedule->doubt.deaths[i].run;
        if (!is_guilty(schedule, &schedule->doubt.deaths[i]))
            continue;
        bm_doubt_convict(&schedule->doubt, *run);
        forget_alone(schedule, *run);
        schedule->states[*run] = BM_RUN_FINISHED;
        schedule->n_finished++;
        return true;
    }
    return false;
}

void bm_schedule_reprieve(struct bm_schedule *schedule, size_t run)
{
    assert(schedule->states[run] == BM_RUN_FINISHED);
    schedule->n_finished--;
    give_back(schedule, run);
}

bool bm_schedule_spoilt(const struct bm_schedule *schedule, size_t *slot)
{
    if (schedule->doubt.n_deaths == 0)
        return false;
    for (*slot = 0; *slot < schedule->n_slots; ++*slot)
        if (is_idle(&schedule->slots[*slot]) &&
            bm_doubt_is_spoilt(&schedule->doubt, bm_schedule_place(schedule, *slot)) &&
            !bm_doubt_is_open(&schedule->doubt, bm_schedule_place(schedule, *slot)))
            return true;
    return false;
}

size_t bm_schedule_streak(const struct bm_schedule *schedule, size_t slot)
{
    return bm_doubt_streak(&schedule->doubt, bm_schedule_place(schedule, slot));
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
           schedule->n_lost == schedule->n_slots || bm_schedule_is_unable(schedule);
}
