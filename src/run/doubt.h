/* Whose fault it is that a trainer died at once, before it told anything: the run's, which would
 * die so elsewhere, or that of the place where it was tried (a rank, whose machine lacks a library
 * or memory). Pure: it is told what starts came to, and judges.
 *
 * A place is known by what its starts came to, in their order: a trainer that tells something shows
 * that what was started there before it could have lived. So a run that died waits for another
 * place's opinion, or where there is no other place for the next start in the same one:
 *
 *   - it has died in two places, and one of them lived afterwards: its own fault;
 *   - it has died in all places, and one lived afterwards, or nothing is left that could tell: its
 *     own fault;
 *   - it lives elsewhere: that was the place's fault, and it is not tried there again;
 *   - start upon start died in a place, of different runs, and none of them by its own fault as far
 *     as is known: the place is spoilt;
 *   - all places are spoilt, and nothing is left that could tell more: runs that had begun to work
 *     and crashed are at fault themselves. A place is not given up for those before. */
#ifndef BM_RUN_DOUBT_H
#define BM_RUN_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BM_DOUBT_PATIENCE = 5,      /* deaths in a row that spoil a place */
    BM_DOUBT_MORE_PATIENCE = 10 /* one that worked before */
};

struct bm_doubt {
    size_t n_places;
    struct bm_place {
        size_t lived; /* the newest start that told something; 0: none yet */
        bool gone;
    } * places;
    struct bm_death {
        size_t run; /* BM_DOUBT_SETTLED: it counts against the place alone */
        size_t place, start;
        size_t starts; /* in all, when it died */
        bool began;    /* it had its job, and ended by itself */
    } * deaths;        /* in their order; those that still count */
    size_t n_deaths, room;
    size_t starts;
};
#define BM_DOUBT_SETTLED ((size_t)-1)

void bm_doubt_init(struct bm_doubt *doubt, size_t n_places);
void bm_doubt_fini(struct bm_doubt *doubt);

/* ---- what happens ---- */

/* A trainer is started. Returns the number of the start, from 1. */
size_t bm_doubt_begin(struct bm_doubt *doubt);
/* What was started there has told something. */
void bm_doubt_live(struct bm_doubt *doubt, size_t place, size_t start);
/* The run was started there and died before it told anything. `began`: its machine has what a
 * trainer needs to start, and it crashed at its work. */
void bm_doubt_die(struct bm_doubt *doubt, size_t run, size_t place, size_t start, bool began);
/* The run ended in some other way. */
void bm_doubt_settle(struct bm_doubt *doubt, size_t run);
/* It is found that the run is at fault: its deaths count against nothing any more. */
void bm_doubt_convict(struct bm_doubt *doubt, size_t run);
/* Nothing is started there any more. */
void bm_doubt_leave(struct bm_doubt *doubt, size_t place);

/* ---- what follows ---- */

/* Whether the run has died there: it is not to be tried there again. */
bool bm_doubt_has_died(const struct bm_doubt *doubt, size_t run, size_t place);
/* Deaths in a row, up to now: those of trainers that were started together count as one. */
size_t bm_doubt_streak(const struct bm_doubt *doubt, size_t place);
bool bm_doubt_is_spoilt(const struct bm_doubt *doubt, size_t place);
/* Whether it may yet be found that runs are at fault for that: some of them had begun to work, and
 * no other place has ever lived. */
bool bm_doubt_is_open(const struct bm_doubt *doubt, size_t place);
/* Whether there is no place whose word counts, of those that are able (by place; NULL: all are). */
bool bm_doubt_is_hopeless(const struct bm_doubt *doubt, const bool *able);
/* Whether it is the run's own fault. `more`: something may yet be started, or tell something, that
 * would say more. `able`, by place: where the run can be tried at all; NULL: everywhere. */
bool bm_doubt_is_guilty(const struct bm_doubt *doubt, size_t run, bool more, const bool *able);

#endif
