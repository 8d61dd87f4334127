/* Bars of text, 80 columns wide, for bm-results plot. */
#ifndef BM_RESULTS_BARS_H
#define BM_RESULTS_BARS_H

#include "claims.h"

enum { BM_BARS_WIDTH = 80, BM_BARS_NAME = 11, BM_BARS_NUMBER = 6 };

struct bm_bars {
    int width;       /* columns of one bar */
    bool has_blocks; /* of Unicode, by eighths of a column; else "#" */
    bool has_colours;
};

/* What the locale and the terminal can show: colours where standard output is one, unless NO_COLOR
 * is set or TERM says that it has none. */
void bm_bars_find(struct bm_bars *bars);
/* The width of a bar where `n` panels stand beside the name; 0: n is. */
int bm_bars_width(int n);
/* A bar of `share` of its whole length, in the n-th colour, with a line across at `mark` of that
 * length. NaN: nothing, no line. */
void bm_bars_put(const struct bm_bars *bars, double share, double mark, size_t colour, FILE *out);
/* A percentage where the field says that it is a fraction; "-" for NaN. */
void bm_bars_number(const struct bm_field *field, double value, FILE *out);
/* The line of titles, whose n texts stand over the panels; `first` over the names. */
void bm_bars_titles(const struct bm_bars *bars, const char *first, char titles[][60], size_t n,
                    FILE *out);

/* ---- what there is to plot ---- */

int bm_plot_depth(struct bm_report *report, struct bm_query *query, FILE *out, struct bm_err *err);
int bm_plot_tradeoff(struct bm_report *report, struct bm_query *query, FILE *out,
                     struct bm_err *err);

#endif
