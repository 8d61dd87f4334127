/* Columns of runs, by the names that csv gives them. */
#ifndef BM_RESULTS_SERIES_H
#define BM_RESULTS_SERIES_H

#include "report.h"

enum bm_source {
    BM_OF_ID,
    BM_OF_ALGORITHM,
    BM_OF_SWEEP,
    BM_OF_CONFIG,
    BM_OF_WORD, /* the word that stands for a setting's number */
    BM_OF_RESULT,
    BM_OF_SUMMARY,
    BM_OF_EPOCH, /* of evaluations alone */
    BM_OF_TAP
};
enum bm_moment { BM_AT_END, BM_AT_INIT, BM_GAIN }; /* gain: at the end - at initialization */

struct bm_series {
    /* knn_embedding, init_knn_embedding, gain_knn_embedding, cka_stem_embedding */
    char name[3 * BM_WORD_SIZE];
    enum bm_source source;
    const struct bm_field *field;   /* NULL: id, algorithm */
    size_t place;                   /* of a probe: its tap among the report's */
    const char *tap;                /* the tap's name; borrowed from the report */
    const char *other;              /* of a probe of pairs: the other one's; else NULL */
    const struct bm_report *report; /* of algorithm and in_sweep; borrowed */
    enum bm_moment moment;          /* of a probe */
    const struct bm_field *over;    /* of a result: the evaluations' column; NULL: none */
};

/* BM_EXIT_USAGE: there is none; the sentence begins with `where` and names the nearest. */
int bm_series_find(const struct bm_report *report, const char *name, const char *where,
                   struct bm_series *series, struct bm_err *err);
/* Those of a list "a,b,…", each once; a probe's name alone stands for it at every tap, or at each
 * two. The array is the caller's to free, also after a failure. */
int bm_series_list(const struct bm_report *report, const char *names, const char *where,
                   struct bm_series **list, size_t *n, struct bm_err *err);
/* All that csv has: id, settings and their words, results, whether the sweep has the run, probes at
 * each tap and at each two, the same at initialization, what they come to. */
struct bm_series *bm_series_all(const struct bm_report *report, size_t *n, struct bm_err *err);
struct bm_series bm_series_of_field(enum bm_source source, const struct bm_field *field);
/* The words that stand for some of a setting's numbers. */
struct bm_series bm_series_of_word(const struct bm_field *field);
/* What csv has of each evaluation: id, settings that vary and their words, epoch, all that is
 * measured; with `names` these in their place. The caller's to free, also after a failure. */
int bm_series_of_evaluations(const struct bm_report *report, const char *names,
                             struct bm_series **list, size_t *n, struct bm_err *err);
/* Of the report's tap at `place`. */
struct bm_series bm_series_of_tap(const struct bm_report *report, const struct bm_field *probe,
                                  size_t place, enum bm_moment moment);

/* The first that was taken of the probes against true labels; NULL: none. */
const struct bm_field *bm_clean_probe(const struct bm_report *report);

bool bm_series_is_number(const struct bm_series *series);
bool bm_series_is_fraction(const struct bm_series *series);
/* NaN: undefined, or a text. */
double bm_series_number(const struct bm_series *series, const struct bm_run *run);
/* The same after evaluation `e`, of what evaluations have; NaN: nothing. */
double bm_series_number_at(const struct bm_series *series, const struct bm_run *run, size_t e);
/* As text that reads back to the same bits: with words for the numbers that have some, or, as the
 * results file has it, without. */
enum bm_cell bm_series_text(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE]);
enum bm_cell bm_series_cell(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE]);
enum bm_cell bm_number_cell(double value, char text[BM_CELL_SIZE]);
/* A member of a record. */
enum bm_cell bm_field_cell(const struct bm_field *field, const void *record,
                           char text[BM_CELL_SIZE]);
/* Whether it is measured in each evaluation, and has a bm_series_number_at. */
bool bm_series_is_of_evaluations(const struct bm_series *series);
/* False: a setting that has no effect in this run. Needs bm_report_find_traits. */
bool bm_series_has_effect(const struct bm_series *series, const struct bm_report *report,
                          const struct bm_run *run);

/* A cell with the value as people read it. */
void bm_sheet_series(struct bm_sheet *sheet, const struct bm_series *series,
                     const struct bm_run *run);

/* How many images a fraction was counted over; NaN: not known. */
double bm_series_trials(const struct bm_series *series, const struct bm_run *run);

#endif
