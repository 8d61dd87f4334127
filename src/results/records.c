/* What csv and json show: runs with their columns, or groups with their statistics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "rows.h"

/* ---- runs ---- */

struct of_runs {
    const struct bm_series *columns;
    const struct bm_run **runs;
    struct bm_lists lists;
};

static void name_column(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    const struct of_runs *of = context;
    snprintf(text, BM_CELL_SIZE, "%s", of->columns[column].name);
}

static enum bm_cell value_of_run(void *context, size_t row, size_t column, char text[BM_CELL_SIZE])
{
    const struct of_runs *of = context;
    return bm_series_cell(&of->columns[column], of->runs[row], text);
}

static void below_run(void *context, size_t row, size_t list, struct bm_records *records)
{
    struct of_runs *of = context;
    (void)list;
    bm_lists_of_run(&of->lists, row, records);
}

/* Lists come where no columns are named. */
static int print_runs(struct bm_report *report, const struct bm_query *query,
                      bm_records_print *print, bool with_lists, FILE *out, struct bm_err *err)
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
        struct of_runs context = {
            columns, selection.runs, {.report = report, .runs = selection.runs}};
        struct bm_records records = {.n_rows = selection.n,
                                     .n_columns = n,
                                     .context = &context,
                                     .name = name_column,
                                     .value = value_of_run};
        records.n_below = with_lists && query->columns == NULL ? 1 : 0;
        records.below_names = bm_list_names;
        records.below = below_run;
        print(&records, out);
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
    size_t n_keys;
    struct bm_series *keys; /* with the words of those that have some; owned */
    struct computed last;
};

static int list_keys(struct of_groups *of, struct bm_err *err)
{
    const struct bm_grouping *grouping = &of->grouped->grouping;
    of->keys = calloc(2 * grouping->n_keys + 1, sizeof *of->keys);
    if (of->keys == NULL)
        return bm_fail_errno(err, "no memory for %zu columns", grouping->n_keys);
    for (size_t k = 0; k < grouping->n_keys; k++) {
        const struct bm_series *key = &grouping->keys[k];
        of->keys[of->n_keys++] = *key;
        if (key->source == BM_OF_CONFIG && key->field->named != NULL)
            of->keys[of->n_keys++] = bm_series_of_word(key->field);
    }
    return 0;
}

/* The column's place among the parts of statistics; false: keys and counts come first. */
static bool place_of(const struct of_groups *of, size_t column, size_t *statistic, size_t *part)
{
    size_t before = of->n_keys + N_COUNTS;
    if (column < before)
        return false;
    *statistic = (column - before) / of->n_parts;
    *part = (column - before) % of->n_parts;
    return true;
}

static void name_part(const void *context, size_t column, char text[BM_CELL_SIZE])
{
    const struct of_groups *of = context;
    size_t statistic, part;
    if (place_of(of, column, &statistic, &part))
        snprintf(text, BM_CELL_SIZE, "%s%s", of->grouped->columns[statistic].name, parts[part]);
    else
        snprintf(text, BM_CELL_SIZE, "%s",
                 column < of->n_keys ? of->keys[column].name : counts[column - of->n_keys]);
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

static enum bm_cell value_of_key(const struct of_groups *of, const struct bm_group *group,
                                 const struct bm_series *key, char text[BM_CELL_SIZE])
{
    bool has_effect = bm_series_has_effect(key, of->grouped->grouping.report, group->runs[0]);
    return has_effect ? bm_series_cell(key, group->runs[0], text) : BM_CELL_NONE;
}

static enum bm_cell value_of_group(void *context, size_t row, size_t column,
                                   char text[BM_CELL_SIZE])
{
    struct of_groups *of = context;
    const struct bm_group *group = &of->grouped->grouping.groups[row];
    size_t statistic, part;
    if (column < of->n_keys)
        return value_of_key(of, group, &of->keys[column], text);
    if (!place_of(of, column, &statistic, &part)) {
        size_t count = column - of->n_keys;
        return bm_number_cell((double)(count == 0 ? group->n : group->n_of[count - 1]), text);
    }
    if (of->last.row != row || of->last.column != statistic)
        of->last.statistic = bm_grouped_statistic(of->grouped, group,
                                                  &of->grouped->columns[statistic], BM_LAST_EPOCH);
    of->last.row = row;
    of->last.column = statistic;
    return bm_number_cell(number_of_part(&of->last.statistic, part), text);
}

static int print_groups(struct bm_report *report, const struct bm_query *query,
                        bm_records_print *print, FILE *out, struct bm_err *err)
{
    struct bm_grouped grouped;
    if (bm_grouped_make(&grouped, report, query, NULL, err) != 0)
        return -1;
    struct of_groups context = {.grouped = &grouped, .last.row = SIZE_MAX};
    context.n_parts = query->against ? N_PARTS : N_ALONE;
    int status = list_keys(&context, err);
    size_t n = context.n_keys + N_COUNTS + context.n_parts * grouped.n_columns;
    if (status == 0)
        print(&(struct bm_records){.n_rows = grouped.grouping.n,
                                   .n_columns = n,
                                   .context = &context,
                                   .name = name_part,
                                   .value = value_of_group},
              out);
    free(context.keys);
    bm_grouped_fini(&grouped);
    return status;
}

/* ---- the command ---- */

static int check(const struct bm_query *query, struct bm_err *err)
{
    if (query->curves && query->group_by != NULL)
        return bm_fail(err, BM_EXIT_USAGE,
                       "--curves has a row an evaluation of a run, and --group-by one a group; "
                       "bm-results curve --group-by shows groups over their epochs");
    return 0;
}

int bm_records_command(char **args, const char *command, bm_records_print *print, bool with_lists,
                       FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    unsigned options = BM_OPTIONS_ALL | (with_lists ? 0 : BM_OPTION_CURVES);
    if (bm_query_parse(args, command, "FILE", options, 1, 1, &query, err) != 0 ||
        check(&query, err) != 0 || bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = query.curves     ? bm_print_curves(&report, &query, print, out, err)
                 : query.group_by ? print_groups(&report, &query, print, out, err)
                                  : print_runs(&report, &query, print, with_lists, out, err);
    bm_report_fini(&report);
    return status;
}
