/* bm-results table: a row a run, with what one looks at first or the columns that are named; or a
 * row a group. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* ---- columns ---- */

/* A column that says the same of all runs is none. */
static bool has_stranger(const struct bm_report *report, const struct bm_selection *selection)
{
    for (size_t i = 0; i < selection->n; i++)
        if (strcmp(bm_report_in_sweep(report, selection->runs[i]), "no") == 0)
            return true;
    return false;
}

/* The embedding and the best tap by the first probe that there is. */
static void add_probe(struct bm_sheet *sheet, const struct bm_report *report,
                      const struct bm_run *run)
{
    const struct bm_field *probe = report->n_probes > 0 ? report->probes[0] : NULL;
    size_t last = run->n_evaluations - 1;
    if (probe == NULL || run->n_evaluations == 0) {
        bm_sheet_real(sheet, NAN);
        bm_sheet_text(sheet, "");
        bm_sheet_real(sheet, NAN);
        return;
    }
    struct bm_findings findings = bm_run_findings(run, last);
    size_t best = bm_run_best_tap(run, last, probe);
    const struct bm_tap_probe *tap = best < findings.n_taps ? &findings.taps[best] : NULL;
    bm_sheet_number(sheet, probe, bm_run_probe(run, last, "embedding", probe));
    bm_sheet_text(sheet, tap != NULL ? tap->tap : "");
    bm_sheet_number(sheet, probe, tap != NULL ? bm_field_number(probe, tap) : NAN);
}

static void add_run(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run, bool tells_sweep)
{
    const struct bm_result *result = &run->result;
    bm_sheet_run(sheet, report, run);
    bm_sheet_text(sheet, bm_status_words[result->status]);
    if (tells_sweep)
        bm_sheet_text(sheet, bm_report_in_sweep(report, run));
    bm_sheet_percent(sheet, result->memorization);
    bm_sheet_percent(sheet, result->fit);
    bm_sheet_percent(sheet, result->test_accuracy);
    add_probe(sheet, report, run);
    bm_sheet_int(sheet, result->epochs_done);
    bm_sheet_duration(sheet, result->wall_s);
}

/* csv's names of what the table calls otherwise; the best tap goes with its value. */
static void add_columns(struct bm_sheet *sheet, const struct bm_report *report, bool tells_sweep)
{
    const char *probe = report->n_probes > 0 ? report->probes[0]->key : "probe";
    bm_sheet_run_columns(sheet, report, true);
    bm_sheet_spare_column(sheet, "status", true, BM_RANK_FIRST + 2, "status");
    if (tells_sweep)
        bm_sheet_spare_column(sheet, "in sweep", true, BM_RANK_FIRST + 3, "in_sweep");
    bm_sheet_spare_column(sheet, "memorization", false, BM_RANK_FIRST, "memorization");
    bm_sheet_spare_column(sheet, "fit", false, BM_RANK_REST, "fit");
    bm_sheet_spare_column(sheet, "test", false, BM_RANK_REST + 1, "test_accuracy");
    bm_sheet_spare_column(sheet, "embedding", false, BM_RANK_FIRST + 1, probe);
    bm_sheet_spare_column(sheet, "best tap", true, BM_RANK_REST + 2, probe);
    bm_sheet_spare_column(sheet, probe, false, BM_RANK_REST + 2, NULL);
    bm_sheet_spare_column(sheet, "epochs", false, BM_RANK_REST + 3, "epochs_done");
    bm_sheet_spare_column(sheet, "time", false, BM_RANK_REST + 4, "wall_s");
}

/* ---- columns that are named ---- */

static int add_named(struct bm_sheet *sheet, const struct bm_report *report,
                     const struct bm_selection *selection, const char *names, struct bm_err *err)
{
    struct bm_series *columns;
    size_t n;
    if (bm_series_list(report, names, "--columns", &columns, &n, err) != 0) {
        free(columns);
        return -1;
    }
    bm_sheet_run_columns(sheet, report, false);
    bm_sheet_column(sheet, "status", true);
    for (size_t c = 0; c < n; c++)
        bm_sheet_column(sheet, columns[c].name, !bm_series_is_number(&columns[c]));
    for (size_t i = 0; i < selection->n; i++) {
        const struct bm_run *run = selection->runs[i];
        bm_sheet_run(sheet, report, run);
        bm_sheet_text(sheet, bm_status_words[run->result.status]);
        for (size_t c = 0; c < n; c++)
            bm_sheet_series(sheet, &columns[c], run);
    }
    free(columns);
    return 0;
}

/* ---- the command ---- */

static int print_runs(struct bm_report *report, const struct bm_query *query, FILE *out,
                      struct bm_err *err)
{
    struct bm_selection selection;
    struct bm_sheet sheet = {.has_choice = true};
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_selection_sort(&selection, report, query->sort, err);
    if (status == 0 && query->columns != NULL) {
        status = add_named(&sheet, report, &selection, query->columns, err);
    } else if (status == 0) {
        bool tells_sweep = has_stranger(report, &selection);
        add_columns(&sheet, report, tells_sweep);
        for (size_t i = 0; i < selection.n; i++)
            add_run(&sheet, report, selection.runs[i], tells_sweep);
    }
    if (status == 0)
        bm_sheet_print(&sheet, out);
    bm_selection_fini(&selection);
    return status;
}

static int print_groups(struct bm_report *report, const struct bm_query *query, FILE *out,
                        struct bm_err *err)
{
    struct bm_grouped grouped;
    struct bm_sheet sheet = {.has_choice = true};
    if (bm_grouped_make(&grouped, report, query, NULL, err) != 0)
        return -1;
    bm_sheet_group_columns(&sheet, &grouped);
    bm_sheet_mean_columns(&sheet, &grouped);
    for (size_t g = 0; g < grouped.grouping.n; g++) {
        bm_sheet_group(&sheet, &grouped, &grouped.grouping.groups[g]);
        bm_sheet_means(&sheet, &grouped, &grouped.grouping.groups[g], BM_LAST_EPOCH);
    }
    bm_sheet_print(&sheet, out);
    bm_grouped_fini(&grouped);
    return 0;
}

int bm_command_table(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    if (bm_query_parse(args, "table", "FILE", BM_OPTIONS_ALL, 1, 1, &query, err) != 0 ||
        bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = (query.group_by ? print_groups : print_runs)(&report, &query, out, err);
    bm_report_fini(&report);
    return status;
}
