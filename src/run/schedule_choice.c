#include "schedule_choice.h"

#include <math.h>

size_t bm_schedule_place(const struct bm_schedule *schedule, size_t slot)
{
    size_t own = schedule->n_own;
    return slot < own ? 0 : slot - own + (own > 0);
}

size_t bm_schedule_node(const struct bm_schedule *schedule, size_t slot)
{
    return schedule->nodes != NULL ? schedule->nodes[slot] : bm_schedule_place(schedule, slot);
}

size_t bm_schedule_first_pending(const struct bm_schedule *schedule)
{
    size_t at = schedule->next;
    while (at < schedule->n_runs && schedule->states[schedule->order[at]] != BM_RUN_PENDING)
        at++;
    return at;
}

size_t bm_schedule_next(const struct bm_schedule *schedule)
{
    size_t pending = bm_schedule_first_pending(schedule);
    return pending < schedule->n_runs ? schedule->order[pending] : BM_NO_RUN;
}

static bool is_able(const struct bm_schedule *schedule, size_t run, size_t place)
{
    return schedule->needs == NULL || !schedule->needs[run] || schedule->has[place];
}

static bool is_any_able(const struct bm_schedule *schedule, size_t run)
{
    for (size_t slot = 0; slot < schedule->n_slots; slot++)
        if (!schedule->slots[slot].lost &&
            is_able(schedule, run, bm_schedule_place(schedule, slot)))
            return true;
    return false;
}

bool bm_schedule_is_unable(const struct bm_schedule *schedule)
{
    bool any = false;
    if (schedule->needs == NULL || schedule->n_running > 0 || schedule->n_elsewhere > 0 ||
        schedule->n_lost == schedule->n_slots)
        return false;
    for (size_t at = schedule->next; at < schedule->n_runs; at++) {
        size_t run = schedule->order[at];
        if (schedule->states[run] != BM_RUN_PENDING)
            continue;
        if (is_any_able(schedule, run))
            return false;
        any = true;
    }
    return any;
}

/* Whether another place than the one where the run crashed could try it. */
static bool has_other_place(const struct bm_schedule *schedule, size_t run, size_t place)
{
    const struct bm_doubt *doubt = &schedule->doubt;
    for (size_t other = 0; other < doubt->n_places; other++)
        if (other != place && is_able(schedule, run, other) && !doubt->places[other].gone &&
            !bm_doubt_is_spoilt(doubt, other) && !bm_doubt_has_died(doubt, run, other))
            return true;
    return false;
}

static bool may_start(const struct bm_schedule *schedule, size_t run, size_t place)
{
    return schedule->states[run] == BM_RUN_PENDING && !schedule->alone[run] &&
           is_able(schedule, run, place) && !bm_doubt_has_died(&schedule->doubt, run, place) &&
           (schedule->crashed_in[run] != place + 1 || !has_other_place(schedule, run, place));
}

static bool fits(const struct bm_schedule *schedule, size_t run)
{
    return schedule->fits == NULL || schedule->fits(schedule->context, run);
}

/* The pending run that fits, may start there and has `before` others of them before it in `order`.
 */
static size_t fitting_for(const struct bm_schedule *schedule, size_t place, size_t before)
{
    for (size_t at = schedule->next; at < schedule->n_runs; at++) {
        size_t run = schedule->order[at];
        if (may_start(schedule, run, place) && fits(schedule, run) && before-- == 0)
            return run;
    }
    return BM_NO_RUN;
}

static size_t count_fitting_for(const struct bm_schedule *schedule, size_t place)
{
    size_t n = 0;
    for (size_t at = schedule->next; at < schedule->n_runs; at++)
        n += may_start(schedule, schedule->order[at], place) && fits(schedule, schedule->order[at]);
    return n;
}

bool bm_schedule_has_pending_for(const struct bm_schedule *schedule, size_t place)
{
    for (size_t at = schedule->next; at < schedule->n_runs; at++)
        if (may_start(schedule, schedule->order[at], place))
            return true;
    return false;
}

/* Multiples of the golden ratio, without their whole part, are far apart, however many there are.
 */
static size_t far_apart(size_t streak, size_t n)
{
    const double ratio = 0.61803398874989485;
    return (size_t)(fmod((double)streak * ratio, 1) * (double)n);
}

/* What runs on the slot's machine, of all runs or of those that have to be alone. */
static size_t count_beside(const struct bm_schedule *schedule, size_t slot, bool only_alone)
{
    size_t n = 0, node = bm_schedule_node(schedule, slot);
    for (size_t other = 0; other < schedule->n_slots; other++) {
        size_t run = schedule->slots[other].run;
        n += run != BM_NO_RUN && bm_schedule_node(schedule, other) == node &&
             (!only_alone || schedule->alone[run]);
    }
    return n;
}

/* One that has to be alone, and can be there. */
static size_t alone_for(const struct bm_schedule *schedule, size_t slot)
{
    if (schedule->n_alone == 0 || count_beside(schedule, slot, false) > 0)
        return BM_NO_RUN;
    for (size_t at = schedule->next; at < schedule->n_runs; at++) {
        size_t run = schedule->order[at];
        if (schedule->alone[run] && schedule->states[run] == BM_RUN_PENDING &&
            fits(schedule, run) && is_able(schedule, run, bm_schedule_place(schedule, slot)) &&
            !bm_doubt_has_died(&schedule->doubt, run, bm_schedule_place(schedule, slot)))
            return run;
    }
    return BM_NO_RUN;
}

/* BM_NO_RUN: nothing can start in the place. */
static size_t choose_for_place(const struct bm_schedule *schedule, size_t place)
{
    size_t streak = bm_doubt_streak(&schedule->doubt, place);
    if (bm_doubt_is_spoilt(&schedule->doubt, place))
        return BM_NO_RUN;
    if (streak == 0)
        return fitting_for(schedule, place, 0);
    return fitting_for(schedule, place, far_apart(streak, count_fitting_for(schedule, place)));
}

size_t bm_schedule_choose(const struct bm_schedule *schedule, size_t slot)
{
    if (schedule->n_alone > 0 && count_beside(schedule, slot, true) > 0)
        return BM_NO_RUN;
    size_t run = choose_for_place(schedule, bm_schedule_place(schedule, slot));
    return run != BM_NO_RUN ? run : alone_for(schedule, slot);
}

/* Whether one that has to be alone waits here: another job may have it. */
static bool has_pending_alone(const struct bm_schedule *schedule)
{
    for (size_t at = schedule->next; schedule->n_alone > 0 && at < schedule->n_runs; at++)
        if (schedule->alone[schedule->order[at]] &&
            schedule->states[schedule->order[at]] == BM_RUN_PENDING)
            return true;
    return false;
}

bool bm_schedule_is_blocked(const struct bm_schedule *schedule)
{
    bool any = false;
    if (schedule->fits == NULL || schedule->stopped || schedule->n_running > 0)
        return false;
    for (size_t slot = 0; slot < schedule->n_slots; slot++) {
        size_t place = bm_schedule_place(schedule, slot);
        if (schedule->slots[slot].lost || bm_doubt_is_spoilt(&schedule->doubt, place))
            continue;
        any = any || has_pending_alone(schedule) || bm_schedule_has_pending_for(schedule, place);
        if (fitting_for(schedule, place, 0) != BM_NO_RUN || alone_for(schedule, slot) != BM_NO_RUN)
            return false;
    }
    return any;
}
