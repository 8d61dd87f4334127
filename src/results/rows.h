/* Rows of evaluations, and of what was found in them, as records: for csv --curves and json. */
#ifndef BM_RESULTS_ROWS_H
#define BM_RESULTS_ROWS_H

#include "query.h"

/* Lists below the rows of runs; zero but for its first two members. */
struct bm_lists {
    const struct bm_report *report;
    const struct bm_run *const *runs;
    /* Private: where in these lists the records are that were asked for last. */
    const struct bm_run *run;
    size_t evaluation;
    struct bm_findings found;
};
extern const char *const bm_list_names[]; /* of a run: "evaluations" */
/* The evaluations of the run in that row; each has lists of its taps, and of pairs of them. */
void bm_lists_of_run(struct bm_lists *lists, size_t row, struct bm_records *records);

/* Prints a row an evaluation. */
int bm_print_curves(struct bm_report *report, const struct bm_query *query, bm_records_print *print,
                    FILE *out, struct bm_err *err);

#endif
