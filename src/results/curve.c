/* bm-results curve: runs over their epochs, a row an evaluation; or groups, a row an epoch. */
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* ---- columns ---- */

static int check_columns(const struct bm_series *columns, size_t n, struct bm_err *err)
{
    for (size_t c = 0; c < n; c++)
        if (!bm_series_is_of_evaluations(&columns[c]))
            return bm_fail(err, BM_EXIT_USAGE, "--columns %s: it is not measured over the epochs",
                           columns[c].name);
    return 0;
}

/* What is shown of runs unless columns are named: all accuracies, and all probes that any of them
 * has. */
static int list_columns(const struct bm_report *report, const struct bm_selection *selection,
                        const struct bm_query *query, struct bm_series **columns, size_t *n,
                        struct bm_err *err)
{
    char names[1000] =
        "train_loss,train_accuracy,memorization,memorization_noisy,fit,test_accuracy";
    for (size_t p = 0; p < report->n_probes; p++)
        for (size_t i = 0; i < selection->n; i++)
            if (bm_run_has_probe(selection->runs[i], report->probes[p])) {
                size_t used = strlen(names);
                snprintf(names + used, sizeof names - used, ",%s", report->probes[p]->key);
                break;
            }
    if (bm_series_list(report, query->columns ? query->columns : names, "--columns", columns, n,
                       err) != 0)
        return -1;
    return check_columns(*columns, *n, err);
}

/* Which of the columns that nobody named come first. */
static int rank_of(const struct bm_report *report, const struct bm_series *column)
{
    static const char *const order[] = {
        "fit", "test_accuracy", "train_loss", "train_accuracy", "memorization_noisy", NULL};
    int i = 0, n = (int)(sizeof order / sizeof *order);
    if (strcmp(column->name, "memorization") == 0)
        return BM_RANK_FIRST;
    if (column->source == BM_OF_TAP) {
        int rank = bm_tap_rank(column->tap, column->place, report->n_taps), p = 0;
        while (report->probes[p] != column->field)
            p++;
        return rank == 0 ? BM_RANK_FIRST + 1 + p
                         : BM_RANK_REST + n + rank * (int)report->n_probes + p;
    }
    while (order[i] != NULL && strcmp(column->name, order[i]) != 0)
        i++;
    return BM_RANK_REST + i;
}

/* ---- runs ---- */

static void add_run(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run, const struct bm_series *columns, size_t n,
                    bool is_named)
{
    for (size_t e = 0; e < run->n_evaluations; e++) {
        if (is_named)
            bm_sheet_run(sheet, report, run);
        bm_sheet_int(sheet, run->evaluations[e].epoch);
        for (size_t c = 0; c < n; c++)
            bm_sheet_number(sheet, columns[c].field, bm_series_number_at(&columns[c], run, e));
    }
}

/* The run that is named by its id, or those that are asked for. */
static int select_runs(struct bm_report *report, const struct bm_query *query,
                       struct bm_selection *selection, struct bm_err *err)
{
    if (query->n_args == 1)
        return bm_select(report, query, selection, err);
    *selection = (struct bm_selection){.runs = calloc(1, sizeof *selection->runs), .n = 1};
    if (selection->runs == NULL)
        return bm_fail_errno(err, "no memory for a run");
    selection->runs[0] = bm_report_find(report, query->args[1], err);
    return selection->runs[0] != NULL ? 0 : -1;
}

static int print_runs(struct bm_report *report, const struct bm_query *query, FILE *out,
                      struct bm_err *err)
{
    struct bm_selection selection;
    struct bm_series *columns = NULL;
    struct bm_sheet sheet = {.has_choice = true};
    size_t n = 0;
    bool is_named = query->n_args == 1, is_usual = query->columns == NULL;
    int status = select_runs(report, query, &selection, err);
    if (status == 0)
        status = list_columns(report, &selection, query, &columns, &n, err);
    if (status == 0) {
        if (is_named)
            bm_sheet_run_columns(&sheet, report, is_usual);
        bm_sheet_column(&sheet, "epoch", false);
        for (size_t c = 0; c < n; c++)
            bm_sheet_spare_column(&sheet, columns[c].name, false,
                                  is_usual ? rank_of(report, &columns[c]) : 0, columns[c].name);
        for (size_t i = 0; i < selection.n; i++)
            add_run(&sheet, report, selection.runs[i], columns, n, is_named);
        bm_sheet_print(&sheet, out);
    }
    free(columns);
    bm_selection_fini(&selection);
    return status;
}

/* ---- groups ---- */

/* The epochs at which any of the group's runs was evaluated, sorted; the caller's to free. */
static int64_t *list_epochs(const struct bm_group *group, size_t *n)
{
    size_t most = 0;
    for (size_t i = 0; i < group->n; i++)
        most += group->runs[i]->n_evaluations;
    int64_t *epochs = calloc(most + 1, sizeof *epochs);
    *n = 0;
    if (epochs == NULL)
        return NULL;
    for (size_t i = 0; i < group->n; i++)
        for (size_t e = 0; e < group->runs[i]->n_evaluations; e++)
            epochs[(*n)++] = group->runs[i]->evaluations[e].epoch;
    *n = bm_seeds_unique(epochs, *n);
    return epochs;
}

static int add_group(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                     const struct bm_group *group, struct bm_err *err)
{
    size_t n;
    int64_t *epochs = list_epochs(group, &n);
    if (epochs == NULL)
        return bm_fail_errno(err, "no memory for epochs");
    for (size_t i = 0; i < n; i++) {
        bm_sheet_group(sheet, grouped, group);
        bm_sheet_int(sheet, epochs[i]);
        bm_sheet_means(sheet, grouped, group, epochs[i]);
    }
    free(epochs);
    return 0;
}

static int print_groups(struct bm_report *report, const struct bm_query *query, FILE *out,
                        struct bm_err *err)
{
    struct bm_grouped grouped;
    struct bm_sheet sheet = {.has_choice = true};
    if (bm_grouped_make(&grouped, report, query, NULL, err) != 0)
        return -1;
    int status = check_columns(grouped.columns, grouped.n_columns, err);
    if (status == 0) {
        bm_sheet_group_columns(&sheet, &grouped);
        bm_sheet_column(&sheet, "epoch", false);
        bm_sheet_mean_columns(&sheet, &grouped);
    }
    for (size_t g = 0; status == 0 && g < grouped.grouping.n; g++)
        status = add_group(&sheet, &grouped, &grouped.grouping.groups[g], err);
    if (status == 0)
        bm_sheet_print(&sheet, out);
    bm_grouped_fini(&grouped);
    return status;
}

/* ---- the command ---- */

int bm_command_curve(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    if (bm_query_parse(args, "curve", "FILE ID", BM_OPTIONS_ALL & ~BM_OPTION_SORT, 1, 2, &query,
                       err) != 0)
        return -1;
    bool is_choice = query.n_wheres > 0 || query.group_by != NULL;
    if (is_choice == (query.n_args == 2))
        return bm_fail(err, BM_EXIT_USAGE,
                       "usage: bm-results curve FILE ID, or --where or --group-by in place of ID; "
                       "see bm-results --help");
    if (bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = (query.group_by ? print_groups : print_runs)(&report, &query, out, err);
    bm_report_fini(&report);
    return status;
}
