/* When a session has to be over: what that allows, and how people and Slurm write it. Pure. */
#ifndef BM_RUN_DEADLINE_H
#define BM_RUN_DEADLINE_H

#include <stdbool.h>
#include <time.h>

#include "bm/err.h"

/* All in monotonic seconds: that somebody sets the clock moves no deadline. */
struct bm_deadline {
    double began; /* the session */
    double at;    /* INFINITY: there is none, or it is not known */
};

/* Seconds until all has to be stopped, so that what runs can save its state by then: half a minute
 * before the deadline, or a tenth of the session's time where that is less. INFINITY: never. */
double bm_deadline_left(const struct bm_deadline *deadline, double now);
/* Whether what needs so many seconds can still be begun. NaN: it is not known how many. */
bool bm_deadline_allows(const struct bm_deadline *deadline, double now, double needed);
/* Whether a session that is stopped now had most of its time: else it was preempted, and has not
 * had its chance. */
bool bm_deadline_had_most(const struct bm_deadline *deadline, double now);

/* Seconds from `now` to what `text` says: "+HH:MM" from now, "HH:MM" or "HH:MM:SS" the next such
 * time, "YYYY-MM-DDTHH:MM" or with ":SS" that moment, in the local time zone. BM_EXIT_USAGE: it is
 * none of these, past, or no time that there is. */
int bm_deadline_parse(const char *text, time_t now, double *left, struct bm_err *err);
/* The same for what squeue says is left: "1-02:03:04", "3:04", INFINITY for "UNLIMITED". False: it
 * says nothing. */
bool bm_deadline_parse_slurm(const char *text, double *left);
/* "2026-01-31 18:00:00 CET, in 3.4 h". Returns `text`. */
char *bm_deadline_text(time_t now, double left, char *text, size_t size);

#endif
