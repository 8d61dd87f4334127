/* What is said of a run that has ended, as text: a row of a table, so that it fits a terminal.
 * Pure; when it is printed is console.c's business. */
#ifndef BM_RUN_LINE_H
#define BM_RUN_LINE_H

#include "bm/bytes.h"
#include "bm/digest.h"
#include "bm/result.h"

enum { BM_LINE_LONGEST = 120 /* columns; wider terminals leave the rest empty */ };

struct bm_line {
    size_t at, of; /* "[2/12]"; `of` as in the form */
    struct bm_id id;
    const char *settings;           /* those that vary */
    const struct bm_result *result; /* where the run is done */
    const struct bm_field *probe;   /* the column of the next; NULL: there is none */
    double value;                   /* what that probe says of the embedding */
    const char *outcome;            /* in place of figures, where the run is not done; else NULL */
    const char *cause;              /* a sentence, in a line below, however long; "": none */
    double wall_s;                  /* that it took */
};

/* How the table looks; equal from line to line while these are. */
struct bm_line_form {
    int width;                    /* columns of a line at most */
    size_t of;                    /* runs in all: the widest "[2/12]" */
    const struct bm_field *probe; /* as in the lines */
    bool has_eta;                 /* a column for it */
};

/* Appends the names of the columns, as a line. */
void bm_line_header(const struct bm_line_form *form, struct bm_bytes *out);
/* Appends a run's line, and its cause below. Settings that are too long lose their beginning, and
 * figures that have no room are left out. `left`: seconds until
 * all is done; NaN: unknown. */
void bm_line_add(const struct bm_line_form *form, const struct bm_line *line, double left,
                 struct bm_bytes *out);

#endif
