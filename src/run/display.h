/* Standard error as rank 0 sees it: which kind of progress suits it, and writing to it with or
 * without a bar at the end that is redrawn in place. */
#ifndef BM_RUN_DISPLAY_H
#define BM_RUN_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

/* The words of --progress. */
enum bm_display {
    BM_DISPLAY_AUTO,
    BM_DISPLAY_BAR,   /* a line a trainer, redrawn in place, below the lines of finished runs */
    BM_DISPLAY_PLAIN, /* a line a finished run */
    BM_DISPLAY_NONE,  /* errors and the summary */
};
extern const char *const bm_display_names[]; /* by enum bm_display, NULL-terminated */

/* What can be known about where standard error ends up. */
struct bm_terminal {
    int fd;               /* of the terminal; -1: it is none, or cannot be known */
    int columns, lines;   /* 80 and 24 where it does not tell */
    const char *type;     /* $TERM; may be NULL */
    bool no_color;        /* $NO_COLOR: its user wants no escape sequences */
    bool has_line_labels; /* the launcher writes something in front of each line */
};

/* Looks around; `launched`: by an MPI launcher, whose terminal is looked for then. */
void bm_terminal_find(struct bm_terminal *terminal, bool launched);
/* Its size now: users change it. */
void bm_terminal_measure(struct bm_terminal *terminal);
/* Never AUTO: what `wanted` means on this terminal. */
enum bm_display bm_display_choose(enum bm_display wanted, const struct bm_terminal *terminal);

/* Writes whole lines to standard error, above the bar if one is drawn. A failure is ignored:
 * nobody listens, and the results are what counts. */
void bm_display_print(const char *lines, size_t size);
/* Draws the bar (lines, each ended by a newline; "": none) in place of the one before. */
void bm_display_bar(const char *lines, size_t size);
/* Goes on below the bar, which stays as it is. */
void bm_display_leave(void);

#endif
