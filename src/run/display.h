/* Standard error as rank 0 sees it: where it ends up, and which kind of progress suits that. */
#ifndef BM_RUN_DISPLAY_H
#define BM_RUN_DISPLAY_H

#include <stdbool.h>

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

#endif
