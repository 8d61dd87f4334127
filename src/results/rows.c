/* Rows of evaluations: of one run at a time, with lists of taps and of pairs below them; or of all
 * runs in one table. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

const char *const bm_list_names[] = {"evaluations"};
static const char *const names_below[] = {"taps", "pairs"};

static void name_field(const struct bm_table *table, size_t column, char text[BM_CELL_SIZE])
{
    snprintf(text, BM_CELL_SIZE, "%s", bm_field_column(&table->fields[column]));
}

static void name_evaluation(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    (void)context;
    name_field(&bm_evaluation_table, column, text);
}

static enum bm_cell value_of_evaluation(void *context, size_t row, size_t column,
                                        char text[BM_CELL_SIZE])
{
    const struct bm_lists *lists = context;
    return bm_field_cell(&bm_evaluation_table.fields[column], &lists->run->evaluations[row], text);
}

/* Of a tap, its name and its dimension, and the probes that were taken in any run. */
enum { OF_TAP = 2 };

static const struct bm_field *field_of_tap(const struct bm_lists *lists, size_t column)
{
    return column < OF_TAP ? &bm_tap_probe_table.fields[column]
                           : lists->report->probes[column - OF_TAP];
}

static void name_tap(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    snprintf(text, BM_CELL_SIZE, "%s", bm_field_column(field_of_tap(context, column)));
}

static enum bm_cell value_of_tap(void *context, size_t row, size_t column, char text[BM_CELL_SIZE])
{
    const struct bm_lists *lists = context;
    return bm_field_cell(field_of_tap(lists, column), &lists->found.taps[row], text);
}

enum { OF_PAIR = 2 };

static void name_pair(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    static const char *const taps[OF_PAIR] = {"tap", "other"};
    const struct bm_lists *lists = context;
    snprintf(text, BM_CELL_SIZE, "%s",
             column < OF_PAIR ? taps[column]
                              : bm_field_column(lists->report->pairs[column - OF_PAIR]));
}

static enum bm_cell value_of_pair(void *context, size_t row, size_t column, char text[BM_CELL_SIZE])
{
    const struct bm_lists *lists = context;
    size_t n = lists->found.n_taps, a = 0;
    if (column >= OF_PAIR)
        return bm_field_cell(lists->report->pairs[column - OF_PAIR], &lists->found.pairs[row],
                             text);
    while (a + 2 < n && bm_pair_at(n, a + 1, a + 2) <= row)
        a++;
    size_t b = a + 1 + row - bm_pair_at(n, a, a + 1);
    snprintf(text, BM_CELL_SIZE, "%s", lists->found.taps[column == 0 ? a : b].tap);
    return BM_CELL_TEXT;
}

static void lists_of_evaluation(void *context, size_t row, size_t list, struct bm_records *records)
{
    struct bm_lists *lists = context;
    lists->found = bm_run_findings(lists->run, row);
    if (list == 0)
        *records = (struct bm_records){.n_rows = lists->found.n_taps,
                                       .n_columns = OF_TAP + lists->report->n_probes,
                                       .name = name_tap,
                                       .value = value_of_tap};
    else
        *records = (struct bm_records){.n_rows = lists->found.n_pairs,
                                       .n_columns = OF_PAIR + lists->report->n_pairs,
                                       .name = name_pair,
                                       .value = value_of_pair};
    records->context = lists;
}

void bm_lists_of_run(struct bm_lists *lists, size_t row, struct bm_records *records)
{
    lists->run = lists->runs[row];
    *records = (struct bm_records){.n_rows = lists->run->n_evaluations,
                                   .n_columns = bm_evaluation_table.n_fields,
                                   .context = lists,
                                   .name = name_evaluation,
                                   .value = value_of_evaluation,
                                   .n_below = lists->report->n_pairs > 0 ? 2 : 1,
                                   .below_names = names_below,
                                   .below = lists_of_evaluation};
}

/* ---- one table ---- */

struct curves {
    const struct bm_series *columns;
    struct place {
        const struct bm_run *run;
        size_t evaluation;
    } * rows; /* owned */
    size_t n_rows;
};

static int curves_init(struct curves *curves, const struct bm_selection *selection,
                       struct bm_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < selection->n; i++)
        n += selection->runs[i]->n_evaluations;
    curves->rows = calloc(n + 1, sizeof *curves->rows);
    if (curves->rows == NULL)
        return bm_fail_errno(err, "no memory for %zu evaluations", n);
    for (size_t i = 0; i < selection->n; i++)
        for (size_t e = 0; e < selection->runs[i]->n_evaluations; e++)
            curves->rows[curves->n_rows++] = (struct place){selection->runs[i], e};
    return 0;
}

static void name_column(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    const struct curves *curves = context;
    snprintf(text, BM_CELL_SIZE, "%s", curves->columns[column].name);
}

/* What is not measured over the epochs is the run's. */
static enum bm_cell value_at(void *context, size_t row, size_t column, char text[BM_CELL_SIZE])
{
    const struct curves *curves = context;
    const struct bm_series *series = &curves->columns[column];
    const struct place *place = &curves->rows[row];
    return bm_series_is_of_evaluations(series)
               ? bm_number_cell(bm_series_number_at(series, place->run, place->evaluation), text)
               : bm_series_cell(series, place->run, text);
}

int bm_print_curves(struct bm_report *report, const struct bm_query *query, bm_records_print *print,
                    FILE *out, struct bm_err *err)
{
    struct bm_selection selection;
    struct bm_series *columns = NULL;
    struct curves curves = {0};
    size_t n = 0;
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_selection_sort(&selection, report, query->sort, err);
    if (status == 0)
        status = bm_series_of_evaluations(report, query->columns, &columns, &n, err);
    if (status == 0)
        status = curves_init(&curves, &selection, err);
    curves.columns = columns;
    if (status == 0)
        print(&(struct bm_records){.n_rows = curves.n_rows,
                                   .n_columns = n,
                                   .context = &curves,
                                   .name = name_column,
                                   .value = value_at},
              out);
    free(curves.rows);
    free(columns);
    bm_selection_fini(&selection);
    return status;
}
