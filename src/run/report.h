/* Everything that a sweep prints, to stderr, by rank 0 alone: a start, a line a finished run, where
 * it suits a bar of what is running, a summary. */
#ifndef BM_RUN_REPORT_H
#define BM_RUN_REPORT_H

#include "bar.h"
#include "display.h"
#include "points.h"
#include "schedule.h"

struct bm_report {
    const struct bm_sweep *sweep;   /* borrowed */
    const struct bm_points *points; /* borrowed */
    int ranks;                      /* 1 without MPI */
    size_t trainers;                /* in all */
    enum bm_display display;        /* as asked for; as chosen after bm_report_start */
    struct bm_terminal terminal;
    struct bm_bar bar;
    double next_draw;
    double began;      /* monotonic seconds */
    double cost, wall; /* of the runs that were done in this session */
};

/* Prints where the results are and what was found there; `todo`: runs of this session. */
void bm_report_start(struct bm_report *report, size_t todo);
/* A run begins in a slot, or says how far it is (a PROGRESS frame). */
void bm_report_begin(struct bm_report *report, size_t slot, const struct bm_point *point,
                     const struct bm_config *config);
void bm_report_progress(struct bm_report *report, size_t slot, const void *frame, size_t size);
/* Draws the bar anew, if there is one and it is time. */
void bm_report_draw(struct bm_report *report, const struct bm_schedule *schedule);
/* One line for a finished run; point i has its new state already. */
void bm_report_run(struct bm_report *report, size_t i, const struct bm_run *run,
                   const struct bm_schedule *schedule);
/* Leaves the bar where it is, for good: an interrupt's echo has moved the cursor. */
void bm_report_freeze(struct bm_report *report);
/* Takes the bar away: nothing runs any more. */
void bm_report_stop(struct bm_report *report);
/* How the sweep ended, and where to look now. */
void bm_report_end(const struct bm_report *report, enum bm_exit code);

/* One line "bm-sweep: …". */
void bm_report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "41 s", "12 min", "3.4 h", "2.1 days". Returns `text`. */
char *bm_report_duration(double seconds, char *text, size_t size);
/* Absolute path of `path`, for messages. Returns `text`. */
char *bm_report_path(const char *path, char *text, size_t size);

#endif
