/* bm-results taps: the probes at every tap, before training (epoch 0) and at the last evaluation;
 * of groups also what was gained, and the differences to a baseline. */
#include <math.h>
#include <stdlib.h>

#include "group.h"

/* ---- a row a run, probe and epoch ---- */

static void add_row(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run, size_t e, const struct bm_field *probe)
{
    bm_sheet_run(sheet, report, run);
    bm_sheet_int(sheet, run->evaluations[e].epoch);
    bm_sheet_text(sheet, probe->key);
    for (size_t t = 0; t < report->n_taps; t++)
        bm_sheet_number(sheet, probe, bm_run_probe(run, e, report->taps[t], probe));
}

/* What is taken at the end alone has no row before training. */
static bool has_row(const struct bm_report *report, const struct bm_run *run, size_t e,
                    const struct bm_field *probe)
{
    bool any = e == run->n_evaluations - 1;
    for (size_t t = 0; t < report->n_taps && !any; t++)
        any = !isnan(bm_run_probe(run, e, report->taps[t], probe));
    return any && bm_run_has_probe(run, probe);
}

static void add_run(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run)
{
    for (size_t e = 0; e < run->n_evaluations; e++)
        for (size_t p = 0; p < report->n_probes; p++)
            if ((e == 0 || e == run->n_evaluations - 1) &&
                has_row(report, run, e, report->probes[p]))
                add_row(sheet, report, run, e, report->probes[p]);
}

static int add_runs(struct bm_sheet *sheet, struct bm_report *report, const struct bm_query *query,
                    struct bm_err *err)
{
    struct bm_selection selection;
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_selection_sort(&selection, report, query->sort, err);
    if (status == 0) {
        bm_sheet_run_columns(sheet, report);
        bm_sheet_column(sheet, "epoch", false);
        bm_sheet_column(sheet, "probe", true);
        for (size_t t = 0; t < report->n_taps; t++)
            bm_sheet_column(sheet, report->taps[t], false);
    }
    for (size_t i = 0; status == 0 && i < selection.n; i++)
        add_run(sheet, report, selection.runs[i]);
    bm_selection_fini(&selection);
    return status;
}

/* ---- rows of a group and probe ---- */

enum { DIFFERENCE = BM_GAIN + 1 }; /* of the end, to the partners */
static const char *const rows[] = {"end", "init", "gain"};

static void add_group_row(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                          const struct bm_group *group, const struct bm_field *probe, int row)
{
    char heading[BM_CELL_SIZE];
    const struct bm_report *report = grouped->grouping.report;
    snprintf(heading, sizeof heading, "- %s", grouped->partners.text);
    bm_sheet_group(sheet, grouped, group);
    bm_sheet_text(sheet, probe->key);
    bm_sheet_text(sheet, row == DIFFERENCE ? heading : rows[row]);
    for (size_t t = 0; t < report->n_taps; t++) {
        struct bm_series column =
            bm_series_of_tap(report, probe, t, row == DIFFERENCE ? BM_AT_END : (enum bm_moment)row);
        struct bm_statistic found = bm_grouped_statistic(grouped, group, &column, BM_LAST_EPOCH);
        if (row == DIFFERENCE)
            bm_sheet_difference(sheet, &column, &found);
        else
            bm_sheet_mean(sheet, &column, &found, group->n);
    }
}

/* Whether there is anything to say: what is taken at the end alone has no gain. */
static bool has_group_row(const struct bm_grouped *grouped, const struct bm_group *group,
                          const struct bm_field *probe, int row)
{
    const struct bm_report *report = grouped->grouping.report;
    for (size_t i = 0; i < group->n; i++)
        for (size_t t = 0; t < report->n_taps; t++) {
            struct bm_series column = bm_series_of_tap(
                report, probe, t, row == DIFFERENCE ? BM_AT_END : (enum bm_moment)row);
            if (!isnan(bm_series_number(&column, group->runs[i])))
                return true;
        }
    return false;
}

static void add_group(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                      const struct bm_group *group)
{
    const struct bm_report *report = grouped->grouping.report;
    int last = grouped->partners.text != NULL ? DIFFERENCE : BM_GAIN;
    for (size_t p = 0; p < report->n_probes; p++)
        for (int row = BM_AT_END; row <= last; row++)
            if (has_group_row(grouped, group, report->probes[p], row))
                add_group_row(sheet, grouped, group, report->probes[p], row);
}

static bool is_defined(const struct bm_report *report, const struct bm_series *column)
{
    for (size_t i = 0; i < report->results.n_runs; i++)
        if (!isnan(bm_series_number(column, &report->results.runs[i])))
            return true;
    return false;
}

/* The gain at every tap stands among the columns: what is shown beside it is over the same seeds.
 */
static char *gains(const struct bm_report *report)
{
    char *names = NULL;
    size_t size;
    FILE *text = open_memstream(&names, &size);
    if (text == NULL)
        return NULL;
    for (size_t p = 0; p < report->n_probes; p++)
        for (size_t t = 0; t < report->n_taps; t++) {
            struct bm_series gain = bm_series_of_tap(report, report->probes[p], t, BM_GAIN);
            if (is_defined(report, &gain))
                fprintf(text, "%s%s", ftell(text) > 0 ? "," : "", gain.name);
        }
    return fclose(text) == 0 ? names : NULL;
}

static int add_groups(struct bm_sheet *sheet, struct bm_report *report,
                      const struct bm_query *query, struct bm_err *err)
{
    struct bm_grouped grouped;
    char *columns = gains(report);
    if (columns == NULL)
        return bm_fail_errno(err, "no memory for columns");
    int status = bm_grouped_make(&grouped, report, query, columns, err);
    free(columns);
    if (status != 0)
        return -1;
    bm_sheet_group_columns(sheet, &grouped);
    bm_sheet_column(sheet, "probe", true);
    bm_sheet_column(sheet, "at", true);
    for (size_t t = 0; t < report->n_taps; t++)
        bm_sheet_column(sheet, report->taps[t], false);
    for (size_t g = 0; g < grouped.grouping.n; g++)
        add_group(sheet, &grouped, &grouped.grouping.groups[g]);
    bm_grouped_fini(&grouped);
    return 0;
}

/* ---- the command ---- */

int bm_command_taps(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    struct bm_sheet sheet = {0};
    if (bm_query_parse(args, "taps", "FILE", BM_OPTIONS_ALL & ~BM_OPTION_COLUMNS, 1, 1, &query,
                       err) != 0 ||
        bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = (query.group_by ? add_groups : add_runs)(&sheet, &report, &query, err);
    if (status == 0)
        bm_sheet_print(&sheet, out);
    bm_report_fini(&report);
    return status;
}
