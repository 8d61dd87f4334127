/* Groups of runs that differ in their seed alone, the partners of their runs in a baseline, and the
 * statistics over them. */
#ifndef BM_RESULTS_GROUP_H
#define BM_RESULTS_GROUP_H

#include "bm/statistics.h"
#include "query.h"

enum bm_lack {
    BM_FAILED,
    BM_UNFINISHED,
    BM_MISSING /* seeds that other groups have */,
    BM_N_LACKS
};

struct bm_group {
    const struct bm_run **runs; /* within bm_grouping.runs: first those that are done */
    size_t n, n_of[BM_N_LACKS]; /* how many are done; how many are not */
};

struct bm_grouping {
    const struct bm_report *report; /* borrowed, with traits */
    struct bm_series *keys;         /* owned */
    size_t n_keys;
    struct bm_group *groups; /* sorted by their keys; owned */
    size_t n;
    const struct bm_run **runs; /* owned */
};

/* Groups the runs of a selection by the columns `group_by`. Settings without effect, and what is
 * undefined, are values of their own. BM_EXIT_USAGE where a group would mix runs that differ in
 * more than their seed: in other settings, in their data or in the version of the algorithm. */
int bm_grouping_make(struct bm_grouping *grouping, const struct bm_report *report,
                     const struct bm_selection *selection, const char *group_by,
                     struct bm_err *err);
void bm_grouping_fini(struct bm_grouping *grouping);
size_t bm_group_size(const struct bm_group *group); /* all its runs */
/* Sorts seeds (or epochs) and leaves each once; how many there are. */
size_t bm_seeds_unique(int64_t *seeds, size_t n);
/* Orders runs by a column: without effect first, undefined last. */
int bm_key_compare(const struct bm_series *key, const struct bm_report *report,
                   const struct bm_run *a, const struct bm_run *b);
/* A key's value as text; "-": undefined, or without effect. */
const char *bm_group_key(const struct bm_grouping *grouping, const struct bm_group *group, size_t k,
                         char text[BM_CELL_SIZE]);
/* The same of groups that agree in it, as far as the setting has an effect in them. */
const char *bm_common_key(const struct bm_grouping *grouping, const struct bm_group *const *groups,
                          size_t n, size_t k, char text[BM_CELL_SIZE]);
/* "diversity=4, arch=cnn". */
char *bm_group_label(const struct bm_grouping *grouping, const struct bm_group *group, char *text,
                     size_t size);

/* What runs measure is the same whatever the setting is: at what else they look, and, unless runs
 * stop by what they see, when. */
bool bm_makes_no_difference(const struct bm_report *report, const struct bm_field *field);

/* For --group-by: label noise, diversity and all other settings that differ between runs, but for
 * the seed. The caller's to free; NULL: no memory. */
char *bm_setting_keys(const struct bm_report *report);

/* ---- partners ---- */

struct bm_partners {
    const char *text;           /* of --against; NULL: nothing is compared; borrowed */
    const struct bm_run **of;   /* by position in the report; NULL: none; owned */
    const struct bm_run **lost; /* the same: a partner that is not done; owned */
    bool *is_base;              /* by position: one of the baseline itself; owned */
    bool *is_partner;           /* by position: of some run; owned */
};

/* Finds for each run that is done its partner among those that --against names: the same settings
 * but for the keys of --against, as far as they have an effect in both. BM_EXIT_USAGE where no run
 * has one, or one has several. */
int bm_partners_find(struct bm_partners *partners, const struct bm_grouping *grouping,
                     const struct bm_query *query, struct bm_err *err);
void bm_partners_fini(struct bm_partners *partners);
/* Of one version of the algorithm, and of the same data as far as that is known. */
bool bm_same_origin(const struct bm_report *report, const struct bm_run *a, const struct bm_run *b);

/* ---- statistics ---- */

enum { BM_LAST_EPOCH = -1 };

struct bm_grouped {
    struct bm_grouping grouping;
    struct bm_partners partners;
    struct bm_series *columns; /* owned */
    size_t n_columns;
    bool is_usual;          /* nobody named the columns */
    bool lacks[BM_N_LACKS]; /* any group has some */
    double *values;         /* room for twice those of the largest group; owned */
};

struct bm_statistic {
    struct bm_mean mean;       /* over the seeds where all that is shown is defined */
    double error;              /* where n is 1: the binomial standard error, if there is one */
    struct bm_mean difference; /* to the partners; n is 0 in the baseline itself */
};

/* Selects, groups, finds partners and columns; says on stderr what is left out. `columns`: what is
 * shown unless the query names some; NULL: accuracies, and the embedding by the first probe that
 * there is. */
int bm_grouped_make(struct bm_grouped *grouped, struct bm_report *report,
                    const struct bm_query *query, const char *columns, struct bm_err *err);
/* The same by all settings that vary, for what needs no columns. */
int bm_grouped_by_settings(struct bm_grouped *grouped, struct bm_report *report,
                           const struct bm_query *query, struct bm_err *err);
void bm_grouped_fini(struct bm_grouped *grouped);
/* Of a column in a group, after the evaluation of that epoch or BM_LAST_EPOCH. */
struct bm_statistic bm_grouped_statistic(const struct bm_grouped *grouped,
                                         const struct bm_group *group,
                                         const struct bm_series *column, int64_t epoch);
/* Sorts the groups by a key, or by the mean of a column. */
int bm_grouped_sort(struct bm_grouped *grouped, const char *sort, struct bm_err *err);

/* Columns and cells of sheets: the keys, and how many runs there are. What is said on stderr as
 * well is left out where there is no room. */
void bm_sheet_group_columns(struct bm_sheet *sheet, const struct bm_grouped *grouped);
void bm_sheet_group(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                    const struct bm_group *group);
/* Columns and cells of all columns: "31.0 ± 1.7%", and where something is compared, the difference
 * in points. Those that nobody named are left out where there is no room. */
void bm_sheet_mean_columns(struct bm_sheet *sheet, const struct bm_grouped *grouped);
void bm_sheet_means(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                    const struct bm_group *group, int64_t epoch);
/* One cell of them. */
void bm_sheet_mean(struct bm_sheet *sheet, const struct bm_series *column,
                   const struct bm_statistic *statistic, size_t n_of_group);
void bm_sheet_difference(struct bm_sheet *sheet, const struct bm_series *column,
                         const struct bm_statistic *statistic);

#endif
