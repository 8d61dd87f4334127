/* What csv and json show: runs with their columns, or groups with their statistics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* ---- runs ---- */

struct of_runs {
    const struct bm_series *columns;
    const struct bm_run **runs;
};

static void name_column(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    const struct of_runs *of = context;
    snprintf(text, BM_CELL_SIZE, "%s", of->columns[column].name);
}

static enum bm_cell value_of_run(const void *context, size_t row, size_t column,
                                 char text[BM_CELL_SIZE])
{
    const struct of_runs *of = context;
    return bm_series_text(&of->columns[column], of->runs[row], text);
}

static int print_runs(struct bm_report *report, const struct bm_query *query,
                      bm_records_print *print, FILE *out, struct bm_err *err)
{
    struct bm_selection selection;
    struct bm_series *columns = NULL;
    size_t n = 0;
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_selection_sort(&selection, report, query->sort, err);
    if (status == 0 && query->columns != NULL)
        status = bm_series_list(report, query->columns, "--columns", &columns, &n, err);
    else if (status == 0)
        status = (columns = bm_series_all(report, &n, err)) == NULL ? -1 : 0;
    if (status == 0) {
        struct of_runs context = {columns, selection.runs};
        print(&(struct bm_records){selection.n, n, &context, name_column, value_of_run}, out);
    }
    free(columns);
    bm_selection_fini(&selection);
    return status;
}

/* ---- groups ---- */

static const char *const counts[] = {"n", "failed", "unfinished", "missing"};
static const char *const parts[] = {
    "", "_n", "_low", "_high", "_se", "_difference", "_difference_low", "_difference_high"};
enum { N_COUNTS = sizeof counts / sizeof *counts, N_ALONE = 5, N_PARTS = 8 };

/* The parts of a statistic come one after the other: it is computed once. */
struct computed {
    size_t row, column;
    struct bm_statistic statistic;
};

struct of_groups {
    const struct bm_grouped *grouped;
    size_t n_parts; /* of each column */
    struct computed *last;
};

/* The column's place among the parts of statistics; false: keys and counts come first. */
static bool place_of(const struct of_groups *of, size_t column, size_t *statistic, size_t *part)
{
    size_t before = of->grouped->grouping.n_keys + N_COUNTS;
    if (column < before)
        return false;
    *statistic = (column - before) / of->n_parts;
    *part = (column - before) % of->n_parts;
    return true;
}

static void name_part(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    const struct of_groups *of = context;
    size_t n_keys = of->grouped->grouping.n_keys, statistic, part;
    if (place_of(of, column, &statistic, &part))
        snprintf(text, BM_CELL_SIZE, "%s%s", of->grouped->columns[statistic].name, parts[part]);
    else
        snprintf(text, BM_CELL_SIZE, "%s",
                 column < n_keys ? of->grouped->grouping.keys[column].name
                                 : counts[column - n_keys]);
}

static double number_of_part(const struct bm_statistic *statistic, size_t part)
{
    const struct bm_mean *mean = &statistic->mean, *difference = &statistic->difference;
    const double numbers[N_PARTS] = {mean->mean,
                                     (double)mean->n,
                                     mean->mean - mean->half,
                                     mean->mean + mean->half,
                                     statistic->error,
                                     difference->mean,
                                     difference->mean - difference->half,
                                     difference->mean + difference->half};
    return numbers[part];
}

static enum bm_cell value_of_group(const void *context, size_t row, size_t column,
                                   char text[BM_CELL_SIZE])
{
    const struct of_groups *of = context;
    const struct bm_grouping *grouping = &of->grouped->grouping;
    const struct bm_group *group = &grouping->groups[row];
    size_t statistic, part;
    if (!place_of(of, column, &statistic, &part)) {
        if (column >= grouping->n_keys)
            return bm_number_text(column == grouping->n_keys
                                      ? (double)group->n
                                      : (double)group->n_of[column - grouping->n_keys - 1],
                                  text);
        if (!bm_series_has_effect(&grouping->keys[column], grouping->report, group->runs[0]))
            return BM_CELL_NONE;
        return bm_series_text(&grouping->keys[column], group->runs[0], text);
    }
    if (of->last->row != row || of->last->column != statistic)
        of->last->statistic = bm_grouped_statistic(of->grouped, group,
                                                   &of->grouped->columns[statistic], BM_LAST_EPOCH);
    of->last->row = row;
    of->last->column = statistic;
    return bm_number_text(number_of_part(&of->last->statistic, part), text);
}

static int print_groups(struct bm_report *report, const struct bm_query *query,
                        bm_records_print *print, FILE *out, struct bm_err *err)
{
    struct bm_grouped grouped;
    if (bm_grouped_make(&grouped, report, query, NULL, err) != 0)
        return -1;
    struct computed last = {.row = SIZE_MAX};
    struct of_groups context = {&grouped, query->against ? N_PARTS : N_ALONE, &last};
    size_t n = grouped.grouping.n_keys + N_COUNTS + context.n_parts * grouped.n_columns;
    print(&(struct bm_records){grouped.grouping.n, n, &context, name_part, value_of_group}, out);
    bm_grouped_fini(&grouped);
    return 0;
}

/* ---- the command ---- */

int bm_records_command(char **args, const char *command, bm_records_print *print, FILE *out,
                       struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    if (bm_query_parse(args, command, "FILE", BM_OPTIONS_ALL, 1, 1, &query, err) != 0 ||
        bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = (query.group_by ? print_groups : print_runs)(&report, &query, print, out, err);
    bm_report_fini(&report);
    return status;
}
