/* Everything that a sweep prints, to stderr, by rank 0 alone: a start, a line a finished run, where
 * it suits a bar of what is running, a summary. */
#ifndef BM_RUN_CONSOLE_H
#define BM_RUN_CONSOLE_H

#include "bar.h"
#include "display.h"
#include "outlook.h"
#include "tail.h"

struct bm_console {
    const struct bm_session *session; /* borrowed */
    enum bm_display display;          /* never AUTO */
    struct bm_terminal terminal;
    struct bm_bar bar;
    struct bm_outlook outlook;
    struct bm_tail tail;
    double idle_s;                  /* once it is over: of all slots at the end */
    double began, next_draw;        /* monotonic seconds */
    const struct bm_field *heading; /* the probe that the last header of finished runs names */
    bool has_heading;
};

/* Looks at the terminal, which what is printed suits from here on; prints nothing. `results`: what
 * is stored now, of which the session was selected. Ended by bm_console_stop. */
void bm_console_init(struct bm_console *console, const struct bm_session *session,
                     const struct bm_results *results);
/* Prints where the results are, what was found there, what is to run, and advice. */
void bm_console_start(const struct bm_console *console, const struct bm_results *results);
/* A run begins in a slot (or goes on from a checkpoint); it says how far it is (a PROGRESS frame);
 * it has ended, or is to do again. */
void bm_console_begin(struct bm_console *console, size_t slot, const struct bm_point *point,
                      const struct bm_config *config);
void bm_console_progress(struct bm_console *console, size_t slot, const void *frame, size_t size);
void bm_console_finish(struct bm_console *console, size_t slot);
void bm_console_give_back(struct bm_console *console, size_t slot);
/* Nothing begins in the slot any more; a run that was there is to do again. */
void bm_console_lose(struct bm_console *console, size_t slot);
/* A run that does not run has ended all the same. */
void bm_console_drop(struct bm_console *console, const struct bm_point *point);
/* Draws the bar anew, if there is one and it is time. */
void bm_console_draw(struct bm_console *console, const struct bm_schedule *schedule);
/* One line for a finished run; point i has its new state already. */
void bm_console_run(struct bm_console *console, size_t i, const struct bm_run *run,
                    const struct bm_schedule *schedule);
/* The same for a run that was probed further, or could not be. */
struct bm_outcome {
    double wall_s;
    char cause[256]; /* why it could not; "": it died without a word */
};
void bm_console_reprobed(struct bm_console *console, size_t i, const struct bm_run *run,
                         const struct bm_outcome *outcome, const struct bm_schedule *schedule);
/* Leaves the bar where it is, for good: an interrupt's echo has moved the cursor. */
void bm_console_freeze(struct bm_console *console);
/* Takes the bar away: nothing runs any more. */
void bm_console_stop(struct bm_console *console);
/* Where to look now, and how it ended: the last line says the exit code. */
void bm_console_end(const struct bm_console *console, enum bm_exit code);

#endif
