/* What the commands of bm-results share: a snapshot in memory, runs by shortened id, sheets of
 * aligned text, flat rows for csv and json, and comparison. */
#ifndef BM_RESULTS_REPORT_H
#define BM_RESULTS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "bm/bytes.h"
#include "bm/err.h"
#include "bm/results.h"

enum { BM_CELL_SIZE = 1024 };

struct bm_report {
    const char *path;                /* borrowed */
    struct bm_results results;       /* runs sorted by settings */
    bool is_borrowed;                /* `results` are another's */
    size_t id_digits;                /* as many as tell the runs apart, at least 8 */
    const struct bm_field **varying; /* settings that differ between runs; owned */
    size_t n_varying;
    bool stops; /* some runs end when they have memorized, as far as an evaluation finds it */
    /* Columns of probes, and of probes of pairs, that say something in any run; owned. */
    const struct bm_field **probes, **pairs;
    size_t n_probes, n_pairs;
    const char **taps; /* names of all taps of all runs, as they come; owned */
    size_t n_taps;
    /* Ids of the runs that the sweep does not have, in order, with a space between two of them;
     * NULL: not recorded, or of several files; within the results' texts. */
    const char *strangers;
    size_t n_strangers;
    struct bm_traits *traits; /* of each run, once bm_report_find_traits has found them; owned */
};

/* A bm_store_tell. */
void bm_report_say(const char *sentence);
/* What bm_store_view finds at `path`. */
int bm_report_open(const char *path, struct bm_report *report, struct bm_err *err);
/* Of several files together (BM_EXIT_IO where they have different data; BM_EXIT_FAILED where they
 * disagree). */
int bm_report_open_all(char **paths, size_t n, struct bm_report *report, struct bm_err *err);
/* Fails with the first runs that both say are done, and that are not the same (BM_EXIT_FAILED). */
int bm_check_agreement(const struct bm_results *a, const struct bm_results *b, const char *path_a,
                       const char *path_b, struct bm_err *err);
/* Results that are in memory, in their order; they have to outlive the report, unchanged. */
int bm_report_over(const char *path, const struct bm_results *results, struct bm_report *report,
                   struct bm_err *err);
void bm_report_fini(struct bm_report *report);
/* The run whose id begins with `prefix`; BM_EXIT_USAGE when none or several do. */
const struct bm_run *bm_report_find(const struct bm_report *report, const char *prefix,
                                    struct bm_err *err);
/* The place of the tap of that name among the report's; n_taps: no run has it. */
size_t bm_report_tap(const struct bm_report *report, const char *name);
/* The id, shortened; valid until the next call. */
const char *bm_report_id(const struct bm_report *report, const struct bm_run *run);

/* ---- which runs the sweep has ---- */

void bm_report_find_strangers(struct bm_report *report);
/* "yes", "no", or "": that was not recorded. */
const char *bm_report_in_sweep(const struct bm_report *report, const struct bm_run *run);

/* ---- what ids tell ---- */

struct bm_traits {
    int algorithm;                     /* version by which the run was made; 0: none that we know */
    bool has_effect[BM_MOST_SETTINGS]; /* by the rows of bm_config_table */
};

int bm_report_find_traits(struct bm_report *report, struct bm_err *err);
const struct bm_traits *bm_report_traits(const struct bm_report *report, const struct bm_run *run);

/* ---- sheets: rows of cells, printed in aligned columns ---- */

struct bm_heading {
    bool is_left, is_shown;
    int rank; /* 0: it is shown in any case */
    const char
        *name; /* what --columns calls it; NULL: it belongs to the column before it; borrowed */
};

struct bm_sheet {
    size_t n_columns, n_cells;
    struct bm_heading *columns; /* owned */
    size_t *cells; /* where they begin in `text`; the first n_columns are the headings; owned */
    struct bm_bytes text; /* of all cells, with their NULs */
    bool has_choice;      /* the command has --columns */
};

/* Columns first, then cells row by row. */
void bm_sheet_column(struct bm_sheet *sheet, const char *heading, bool left);
/* A column that is left out where there is no room for it. Those of a low `rank` get room first,
 * those of one rank together; 0: it is not left out. `name`: see bm_heading. */
void bm_sheet_spare_column(struct bm_sheet *sheet, const char *heading, bool left, int rank,
                           const char *name);
void bm_sheet_text(struct bm_sheet *sheet, const char *text);
void bm_sheet_int(struct bm_sheet *sheet, int64_t value);
void bm_sheet_real(struct bm_sheet *sheet, double value);    /* 4 digits; "-" for NaN */
void bm_sheet_percent(struct bm_sheet *sheet, double value); /* of a fraction: "12.3%" */
/* A percentage where the field says that it is a fraction. */
void bm_sheet_number(struct bm_sheet *sheet, const struct bm_field *field, double value);
void bm_sheet_duration(struct bm_sheet *sheet, double value); /* seconds: "1h02m" */
/* Headings and cells that most sheets begin with: id and varying settings, which have ranks from
 * BM_RANK_SETTINGS on where they may be left out. */
void bm_sheet_run_columns(struct bm_sheet *sheet, const struct bm_report *report, bool are_spare);
void bm_sheet_run(struct bm_sheet *sheet, const struct bm_report *report, const struct bm_run *run);
/* Prints what the width of the terminal has room for (COLUMNS, else 80), says on stderr what is
 * left out, and frees. `out` NULL: nowhere. */
void bm_sheet_print(struct bm_sheet *sheet, FILE *out);

/* Ranks of columns: what one looks at first, settings, the rest, what is said elsewhere as well. */
enum {
    BM_RANK_FIRST = 1,
    BM_RANK_SETTINGS = 100,
    BM_RANK_REST = BM_RANK_SETTINGS + BM_MOST_SETTINGS,
    BM_RANK_LAST = 100000
};
/* The rank of the tap at `place` of `n`, from 0 on: the embedding, both ends, then those that
 * spread over the depth. */
int bm_tap_rank(const char *tap, size_t place, size_t n);

/* Of bm_sheet_print: which columns are shown, and what is said of the others. */
void bm_sheet_fit(struct bm_sheet *sheet, const int *widths, FILE *out);
void bm_sheet_say_rest(const struct bm_sheet *sheet, const int *widths, FILE *out);

/* ---- records: what csv and json print ---- */

/* How a value is written: none as an empty field in csv and null in json; infinity as inf and null,
 * since json has no number for it; all else as it is. */
enum bm_cell { BM_CELL_NONE, BM_CELL_NUMBER, BM_CELL_INFINITE, BM_CELL_TEXT };

struct bm_records {
    size_t n_rows, n_columns;
    void *context;
    void (*name)(const void *context, size_t column, char text[BM_CELL_SIZE]);
    enum bm_cell (*value)(void *context, size_t row, size_t column, char text[BM_CELL_SIZE]);
    /* Lists of further records below each row (json alone). */
    size_t n_below;
    const char *const *below_names;
    void (*below)(void *context, size_t row, size_t list, struct bm_records *records);
};

typedef void bm_records_print(const struct bm_records *records, FILE *out);
/* A command that prints what its arguments ask for as records, with lists below them or without. */
int bm_records_command(char **args, const char *command, bm_records_print *print, bool with_lists,
                       FILE *out, struct bm_err *err);

/* ---- comparison ---- */

/* A metric that is not the same everywhere. */
struct bm_delta {
    const struct bm_table *table;
    const struct bm_field *field;
    size_t n;            /* where it differs */
    size_t n_defined;    /* and is a number on both sides: */
    double sum, largest; /* of B - A; the one that is farthest from 0 */
};

struct bm_comparison {
    unsigned roles;  /* bit mask of 1 << bm_role: the columns to compare */
    bool unfinished; /* compare unfinished runs, too; else they count as absent */
    FILE *out;       /* where differences are told, at most `most`; NULL: nowhere */
    size_t most;
    size_t runs, evaluations, probes; /* compared */
    size_t differences;
    /* How runs are called, in `size` bytes; NULL: by their ids. */
    void (*name)(const void *context, const struct bm_run *run, char *text, size_t size);
    const void *context;
    struct bm_delta deltas[BM_MOST_SETTINGS]; /* in the order in which they were found */
    size_t n_deltas;
};

/* Compares two sets of runs by id. */
void bm_compare(struct bm_comparison *comparison, const struct bm_results *a,
                const struct bm_results *b);

/* ---- commands: 0, BM_EXIT_FAILED where files differ, or -1 with an error ---- */

int bm_command_table(char **args, FILE *out, struct bm_err *err);
int bm_command_taps(char **args, FILE *out, struct bm_err *err);
int bm_command_pairs(char **args, FILE *out, struct bm_err *err);
int bm_command_curve(char **args, FILE *out, struct bm_err *err);
int bm_command_plot(char **args, FILE *out, struct bm_err *err);
int bm_command_claims(char **args, FILE *out, struct bm_err *err);
int bm_command_log(char **args, FILE *out, struct bm_err *err);
int bm_command_weights(char **args, FILE *out, struct bm_err *err);
int bm_command_examples(char **args, FILE *out, struct bm_err *err);
int bm_command_csv(char **args, FILE *out, struct bm_err *err);
int bm_command_json(char **args, FILE *out, struct bm_err *err);
int bm_command_diff(char **args, FILE *out, struct bm_err *err);
int bm_command_rebuild(char **args, FILE *out, struct bm_err *err);
int bm_command_merge(char **args, FILE *out, struct bm_err *err); /* changes the order of `args` */
int bm_command_watch(char **args, FILE *out, struct bm_err *err);
int bm_command_verify(char **args, FILE *out, struct bm_err *err);
int bm_command_drop(char **args, FILE *out, struct bm_err *err); /* changes the order of `args` */

#endif
