/* What the commands of bm-results share: a snapshot in memory, runs by shortened id, sheets of
 * aligned text, flat rows for csv and json, and comparison. */
#ifndef BM_RESULTS_REPORT_H
#define BM_RESULTS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "bm/err.h"
#include "bm/results.h"

enum { BM_CELL_SIZE = 1024 };

struct bm_report {
    const char *path;                /* borrowed */
    struct bm_results results;       /* runs sorted by settings */
    size_t id_digits;                /* as many as tell the runs apart, at least 8 */
    const struct bm_field **varying; /* settings that differ between runs; owned */
    size_t n_varying;
    const struct bm_field **probes; /* columns of probes that say something in any run; owned */
    size_t n_probes;
};

int bm_report_open(const char *path, struct bm_report *report, struct bm_err *err);
void bm_report_fini(struct bm_report *report);
/* The run whose id begins with `prefix`; BM_EXIT_USAGE when none or several do. */
const struct bm_run *bm_report_find(const struct bm_report *report, const char *prefix,
                                    struct bm_err *err);
/* The id, shortened; valid until the next call. */
const char *bm_report_id(const struct bm_report *report, const struct bm_run *run);

/* The taps of evaluation `e`: the first, and their number. */
const struct bm_tap_probe *bm_run_taps(const struct bm_run *run, size_t e, size_t *n);
/* Names of all taps of all runs, in the order of their first appearance; borrowed from `results`,
 * the array is the caller's to free. NULL when memory is out. */
const char **bm_tap_names(const struct bm_results *results, size_t *n);

/* ---- sheets: rows of cells, printed in aligned columns ---- */

struct bm_sheet {
    size_t n_columns, n_cells;
    bool *left;   /* columns; owned */
    char **cells; /* the first n_columns are the headings; owned */
};

/* Columns first, then cells row by row. */
void bm_sheet_column(struct bm_sheet *sheet, const char *heading, bool left);
void bm_sheet_text(struct bm_sheet *sheet, const char *text);
void bm_sheet_int(struct bm_sheet *sheet, int64_t value);
void bm_sheet_real(struct bm_sheet *sheet, double value);    /* 4 digits; "-" for NaN */
void bm_sheet_percent(struct bm_sheet *sheet, double value); /* of a fraction: "12.3%" */
/* A percentage where the field says that it is a fraction. */
void bm_sheet_number(struct bm_sheet *sheet, const struct bm_field *field, double value);
void bm_sheet_duration(struct bm_sheet *sheet, double value); /* seconds: "1h02m" */
/* Headings and cells that most sheets begin with: id and varying settings. */
void bm_sheet_run_columns(struct bm_sheet *sheet, const struct bm_report *report);
void bm_sheet_run(struct bm_sheet *sheet, const struct bm_report *report, const struct bm_run *run);
/* Prints and frees. */
void bm_sheet_print(struct bm_sheet *sheet, FILE *out);

/* ---- flat rows: what csv and json have for each run ---- */

enum bm_cell { BM_CELL_NONE, BM_CELL_NUMBER, BM_CELL_TEXT };

struct bm_flat {
    const struct bm_report *report; /* borrowed */
    size_t n;                       /* columns */
    const char **taps;              /* owned */
    size_t n_taps;
};

int bm_flat_init(struct bm_flat *flat, const struct bm_report *report, struct bm_err *err);
void bm_flat_fini(struct bm_flat *flat);
void bm_flat_name(const struct bm_flat *flat, size_t column, char name[BM_CELL_SIZE]);
/* The value of a column in a run, as text that reads back to the same bits. */
enum bm_cell bm_flat_value(const struct bm_flat *flat, size_t column, const struct bm_run *run,
                           char text[BM_CELL_SIZE]);

/* ---- comparison ---- */

struct bm_comparison {
    unsigned roles;  /* bit mask of 1 << bm_role: the columns to compare */
    bool unfinished; /* compare unfinished runs, too; else they count as absent */
    FILE *out;       /* where differences are told, at most `most`; NULL: nowhere */
    size_t most;
    size_t runs, evaluations, probes; /* compared */
    size_t differences;
};

/* Compares two sets of runs by id. */
void bm_compare(struct bm_comparison *comparison, const struct bm_results *a,
                const struct bm_results *b);

/* ---- commands: 0, BM_EXIT_FAILED where files differ, or -1 with an error ---- */

int bm_command_table(char **args, FILE *out, struct bm_err *err);
int bm_command_taps(char **args, FILE *out, struct bm_err *err);
int bm_command_curve(char **args, FILE *out, struct bm_err *err);
int bm_command_log(char **args, FILE *out, struct bm_err *err);
int bm_command_weights(char **args, FILE *out, struct bm_err *err);
int bm_command_csv(char **args, FILE *out, struct bm_err *err);
int bm_command_json(char **args, FILE *out, struct bm_err *err);
int bm_command_diff(char **args, FILE *out, struct bm_err *err);
int bm_command_verify(char **args, FILE *out, struct bm_err *err);

#endif
