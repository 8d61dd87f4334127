/* Which runs and columns a command shows: the options that table, taps, curve, csv, json and plot
 * share. */
#ifndef BM_RESULTS_QUERY_H
#define BM_RESULTS_QUERY_H

#include "series.h"

enum { BM_MOST_CONDITIONS = 64 };

/* What a command takes. */
enum bm_option {
    BM_OPTION_WHERE = 1,
    BM_OPTION_GROUP_BY = 2,
    BM_OPTION_AGAINST = 4,
    BM_OPTION_COLUMNS = 8,
    BM_OPTION_SORT = 16,
    BM_OPTIONS_ALL = 31,
    BM_OPTION_CURVES = 32,
    BM_OPTION_TAP = 64,
};

struct bm_query {
    char **args; /* those that are no options; borrowed */
    size_t n_args;
    const char *wheres[BM_MOST_CONDITIONS]; /* each a list of conditions; borrowed */
    size_t n_wheres;
    const char *group_by, *against, *columns, *sort, *taps; /* NULL: not given; borrowed */
    bool curves;
};

/* Reads the arguments of `command` (NULL-terminated, reordered), of which `least` to `most` are no
 * options; `arguments` says their names, for the sentence (BM_EXIT_USAGE). */
int bm_query_parse(char **args, const char *command, const char *arguments, unsigned options,
                   size_t least, size_t most, struct bm_query *query, struct bm_err *err);

/* ---- conditions ---- */

struct bm_conditions {
    size_t n;
    struct bm_condition {
        struct bm_series series;
        int comparison;          /* of where.c */
        struct bm_config config; /* a setting's value */
        double number;           /* of other columns */
        const char *word;        /* as it was written; owned */
        const char *text;        /* of other columns; within `word` */
    } * items;                   /* owned */
};

/* Reads "KEY=VALUE,KEY>VALUE,…" (also !=, <, <=, >=) and adds it; `option` begins sentences. */
int bm_conditions_add(struct bm_conditions *conditions, const struct bm_report *report,
                      const char *option, const char *text, struct bm_err *err);
void bm_conditions_fini(struct bm_conditions *conditions);
/* Whether the run meets one, or all of them. A setting without effect meets every condition: the
 * run is the same whatever its value is. */
bool bm_condition_meets(const struct bm_condition *condition, const struct bm_report *report,
                        const struct bm_run *run);
bool bm_conditions_meet(const struct bm_conditions *conditions, const struct bm_report *report,
                        const struct bm_run *run);
/* Whether one of them is about the setting. */
bool bm_conditions_name(const struct bm_conditions *conditions, const struct bm_field *field);

/* ---- the runs that are asked for ---- */

struct bm_selection {
    const struct bm_run **runs; /* in the report's order; owned */
    size_t n;
};

/* BM_EXIT_USAGE when there are runs, and none meets --where. Finds the report's traits. */
int bm_select(struct bm_report *report, const struct bm_query *query,
              struct bm_selection *selection, struct bm_err *err);
/* The runs of a baseline: those that meet all of `base`, and those of `where` that are about
 * something else. BM_EXIT_USAGE when there is none. */
int bm_select_base(const struct bm_report *report, const struct bm_conditions *base,
                   const struct bm_conditions *where, struct bm_selection *selection,
                   struct bm_err *err);
void bm_selection_fini(struct bm_selection *selection);
/* Sorts by a column; what is undefined comes last. `sort`: its name, behind "-" for the largest
 * first; NULL: leaves the order. */
int bm_selection_sort(struct bm_selection *selection, const struct bm_report *report,
                      const char *sort, struct bm_err *err);

/* As qsort compares: rising or falling, what is undefined last. */
int bm_order(double a, double b, bool falls);

#endif
