#include "outlook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

/* What trainers reach on one thread at least, on most machines and networks. */
static double guess_of(const struct bm_machine *machine)
{
    double one = strcmp(machine->isa, "avx512") == 0 ? 60e9
                 : strcmp(machine->isa, "avx2") == 0 ? 40e9
                                                     : 4e9;
    return one * (double)(machine->threads > 1 ? machine->threads : 1);
}

void bm_outlook_init(struct bm_outlook *outlook, const struct bm_session *session,
                     const struct bm_results *results)
{
    struct bm_machine machine;
    *outlook = (struct bm_outlook){.session = session, .n_slots = bm_session_all_trainers(session)};
    outlook->slots = calloc(outlook->n_slots + 1, sizeof *outlook->slots);
    if (outlook->slots == NULL)
        abort();
    bm_machine_here(&session->sweep.launch, &machine);
    bm_history_pace(results, &session->sweep.launch, &machine, &outlook->pace, NULL);
    outlook->guess = guess_of(&machine);
    for (size_t i = 0; i < session->n_todo; i++) {
        const struct bm_point *point = &session->points.points[session->todo[i]];
        outlook->pending[point->kind] += point->cost;
    }
}

void bm_outlook_fini(struct bm_outlook *outlook)
{
    free(outlook->slots);
    *outlook = (struct bm_outlook){0};
}

/* ---- what happens ---- */

void bm_outlook_begin(struct bm_outlook *outlook, size_t slot, const struct bm_point *point,
                      double now)
{
    outlook->slots[slot] = (struct bm_outlook_slot){.point = point, .began = now};
    outlook->pending[point->kind] -= point->cost;
}

void bm_outlook_progress(struct bm_outlook *outlook, size_t slot,
                         const struct bm_progress *progress, double now)
{
    struct bm_outlook_slot *told = &outlook->slots[slot];
    double epochs = (double)(progress->epoch - 1) + progress->share;
    double share = epochs / (double)progress->epochs, took = now - told->began;
    if (told->point == NULL)
        return;
    if (told->share == 0 && took > outlook->first_word[told->point->kind])
        outlook->first_word[told->point->kind] = took;
    bool goes_on = progress->earlier_s > 0;
    if (told->share == 0 && goes_on) /* it has trained for but half a second by now */
        told->from = share;
    told->share = share;
}

double bm_outlook_to_end(const struct bm_outlook *outlook, const struct bm_point *point)
{
    return bm_pace_knows(&outlook->pace, point->kind)
               ? bm_pace_seconds(&outlook->pace, point->kind, point->cost)
               : NAN;
}

double bm_outlook_to_training(const struct bm_outlook *outlook, const struct bm_point *point)
{
    double seconds = outlook->first_word[point->kind];
    return seconds > 0 ? seconds : NAN;
}

void bm_outlook_finish(struct bm_outlook *outlook, size_t slot)
{
    outlook->slots[slot].point = NULL;
}

void bm_outlook_give_back(struct bm_outlook *outlook, size_t slot)
{
    const struct bm_point *point = outlook->slots[slot].point;
    if (point != NULL)
        outlook->pending[point->kind] += point->cost;
    bm_outlook_finish(outlook, slot);
}

void bm_outlook_drop(struct bm_outlook *outlook, const struct bm_point *point)
{
    outlook->pending[point->kind] -= point->cost;
}

void bm_outlook_seen(struct bm_outlook *outlook, const struct bm_point *point, double seconds)
{
    if (seconds > 0) /* NaN is not */
        bm_pace_add(&outlook->pace, point->kind, point->cost, seconds);
}

/* ---- what is left ---- */

bool bm_outlook_guesses(const struct bm_outlook *outlook)
{
    bool knows = outlook->pace.all.cost > 0;
    for (size_t i = 0; i < outlook->n_slots && !knows; i++)
        knows = outlook->slots[i].point != NULL && outlook->slots[i].share > outlook->slots[i].from;
    return !knows;
}

/* What was seen of the speed, with the part of running runs that is done. */
static struct bm_pace pace_now(const struct bm_outlook *outlook, double now)
{
    struct bm_pace pace = outlook->pace;
    if (bm_outlook_guesses(outlook))
        pace.all.cost = outlook->guess, pace.all.seconds = 1;
    for (size_t i = 0; i < outlook->n_slots; i++) {
        const struct bm_outlook_slot *slot = &outlook->slots[i];
        if (slot->point != NULL && slot->share > slot->from)
            bm_pace_add(&pace, slot->point->kind, (slot->share - slot->from) * slot->point->cost,
                        now - slot->began);
    }
    return pace;
}

static void add_running(const struct bm_outlook *outlook, const struct bm_pace *pace,
                        struct bm_load *load)
{
    for (size_t i = 0; i < outlook->n_slots; i++) {
        const struct bm_outlook_slot *slot = &outlook->slots[i];
        if (slot->point == NULL)
            continue;
        double rest = fmax(0, 1 - slot->share) * slot->point->cost;
        double seconds = bm_pace_seconds(pace, slot->point->kind, rest);
        bm_load_add(load, seconds, seconds);
    }
}

static void add_pending(const struct bm_outlook *outlook, const struct bm_pace *pace,
                        const struct bm_schedule *schedule, struct bm_load *load)
{
    size_t next = bm_schedule_next(schedule); /* the longest */
    if (next == BM_NO_RUN)
        return;
    const struct bm_session *session = outlook->session;
    const struct bm_point *longest = &session->points.points[session->todo[next]];
    double seconds = 0;
    for (size_t kind = 0; kind < BM_MOST_KINDS; kind++)
        if (outlook->pending[kind] > 0)
            seconds += bm_pace_seconds(pace, kind, outlook->pending[kind]);
    bm_load_add(load, seconds, bm_pace_seconds(pace, longest->kind, longest->cost));
}

double bm_outlook_share(const struct bm_outlook *outlook)
{
    const struct bm_points *points = &outlook->session->points;
    double all = 0, done = 0;
    for (size_t i = 0; i < points->n; i++) {
        const struct bm_point *point = &points->points[i];
        all += point->is_asked ? point->cost : 0;
        done += point->is_asked && point->state != BM_POINT_TODO ? point->cost : 0;
    }
    for (size_t i = 0; i < outlook->n_slots; i++)
        if (outlook->slots[i].point != NULL)
            done += outlook->slots[i].share * outlook->slots[i].point->cost;
    return all > 0 ? fmin(done / all, 1) : 1;
}

double bm_outlook_remaining(const struct bm_outlook *outlook, const struct bm_schedule *schedule,
                            double now)
{
    struct bm_pace pace = pace_now(outlook, now);
    struct bm_load load = {0};
    add_running(outlook, &pace, &load);
    add_pending(outlook, &pace, schedule, &load);
    return bm_load_time(&load, schedule->n_slots - schedule->n_lost);
}

double bm_outlook_rest(const struct bm_outlook *outlook, size_t slot, double now)
{
    const struct bm_outlook_slot *running = &outlook->slots[slot];
    if (running->point == NULL)
        return NAN;
    if (running->share > running->from)
        return (now - running->began) * (1 - running->share) / (running->share - running->from);
    double rest = bm_outlook_to_end(outlook, running->point) * (1 - running->share);
    return isnan(rest) ? NAN : fmax(0, rest - (now - running->began));
}
