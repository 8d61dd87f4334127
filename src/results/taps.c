/* bm-results taps: the probes at every tap, or at those that are named, before training (epoch 0)
 * and at the last evaluation; of groups also what was gained, and the differences to a baseline. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* ---- taps ---- */

struct choice {
    size_t *places; /* among the report's taps; owned */
    size_t n;
    bool is_usual; /* all of them */
};

/* Each once; BM_EXIT_USAGE: there is none of this name. */
static int add_tap(struct choice *choice, const struct bm_report *report, const char *name,
                   const char *const *names, struct bm_err *err)
{
    size_t place = bm_report_tap(report, name), c = 0;
    const char *nearest = place == report->n_taps ? bm_nearest(name, names) : NULL;
    if (place == report->n_taps)
        return bm_fail(err, BM_EXIT_USAGE, "--columns %s: no run has a tap '%s'%s%s%s", name, name,
                       nearest ? "; did you mean '" : "", nearest ? nearest : "",
                       nearest ? "'?" : "");
    while (c < choice->n && choice->places[c] != place)
        c++;
    choice->places[c] = place;
    choice->n += c == choice->n;
    return 0;
}

/* `names`: of --columns; NULL: all. */
static int choose_taps(struct choice *choice, const struct bm_report *report, const char *names,
                       struct bm_err *err)
{
    const char **known = calloc(report->n_taps + 1, sizeof *known);
    char *copy = strdup(names ? names : ""), *rest = copy;
    int status = 0;
    *choice = (struct choice){.places = calloc(report->n_taps + 1, sizeof *choice->places),
                              .is_usual = names == NULL};
    if (known == NULL || copy == NULL || choice->places == NULL)
        status = bm_fail_errno(err, "no memory for taps");
    for (size_t t = 0; status == 0 && t < report->n_taps; t++) {
        known[t] = report->taps[t];
        choice->places[t] = t;
    }
    choice->n = choice->is_usual ? report->n_taps : 0;
    for (char *name; status == 0 && !choice->is_usual && (name = strsep(&rest, ",")) != NULL;)
        status = add_tap(choice, report, name, known, err);
    free(known);
    free(copy);
    return status;
}

static void add_tap_columns(struct bm_sheet *sheet, const struct bm_report *report,
                            const struct choice *choice)
{
    for (size_t c = 0; c < choice->n; c++) {
        const char *tap = report->taps[choice->places[c]];
        int rank = bm_tap_rank(tap, choice->places[c], report->n_taps);
        rank += rank == 0 ? BM_RANK_FIRST : BM_RANK_REST;
        bm_sheet_spare_column(sheet, tap, false, choice->is_usual ? rank : 0, tap);
    }
}

/* ---- a row a run, probe and epoch ---- */

static void add_row(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct choice *choice, const struct bm_run *run, size_t e,
                    const struct bm_field *probe)
{
    bm_sheet_run(sheet, report, run);
    bm_sheet_int(sheet, run->evaluations[e].epoch);
    bm_sheet_text(sheet, probe->key);
    for (size_t c = 0; c < choice->n; c++)
        bm_sheet_number(sheet, probe, bm_run_probe(run, e, report->taps[choice->places[c]], probe));
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
                    const struct choice *choice, const struct bm_run *run)
{
    for (size_t e = 0; e < run->n_evaluations; e++)
        for (size_t p = 0; p < report->n_probes; p++)
            if ((e == 0 || e == run->n_evaluations - 1) &&
                has_row(report, run, e, report->probes[p]))
                add_row(sheet, report, choice, run, e, report->probes[p]);
}

static int add_runs(struct bm_sheet *sheet, struct bm_report *report, const struct choice *choice,
                    const struct bm_query *query, struct bm_err *err)
{
    struct bm_selection selection;
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_selection_sort(&selection, report, query->sort, err);
    if (status == 0) {
        bm_sheet_run_columns(sheet, report, choice->is_usual);
        bm_sheet_column(sheet, "epoch", false);
        bm_sheet_column(sheet, "probe", true);
        add_tap_columns(sheet, report, choice);
    }
    for (size_t i = 0; status == 0 && i < selection.n; i++)
        add_run(sheet, report, choice, selection.runs[i]);
    bm_selection_fini(&selection);
    return status;
}

/* ---- rows of a group and probe ---- */

enum { DIFFERENCE = BM_GAIN + 1 }; /* of the end, to the partners */
static const char *const rows[] = {"end", "init", "gain", "difference"};

static void add_group_row(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                          const struct choice *choice, const struct bm_group *group,
                          const struct bm_field *probe, int row)
{
    const struct bm_report *report = grouped->grouping.report;
    bm_sheet_group(sheet, grouped, group);
    bm_sheet_text(sheet, probe->key);
    bm_sheet_text(sheet, rows[row]);
    for (size_t c = 0; c < choice->n; c++) {
        struct bm_series column = bm_series_of_tap(
            report, probe, choice->places[c], row == DIFFERENCE ? BM_AT_END : (enum bm_moment)row);
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
                      const struct choice *choice, const struct bm_group *group)
{
    const struct bm_report *report = grouped->grouping.report;
    int last = grouped->partners.text != NULL ? DIFFERENCE : BM_GAIN;
    for (size_t p = 0; p < report->n_probes; p++)
        for (int row = BM_AT_END; row <= last; row++)
            if (has_group_row(grouped, group, report->probes[p], row))
                add_group_row(sheet, grouped, choice, group, report->probes[p], row);
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

static int add_groups(struct bm_sheet *sheet, struct bm_report *report, const struct choice *choice,
                      const struct bm_query *query, struct bm_err *err)
{
    struct bm_grouped grouped;
    struct bm_query of_gains = *query;
    char *columns = gains(report);
    of_gains.columns = NULL; /* those are taps */
    if (columns == NULL)
        return bm_fail_errno(err, "no memory for columns");
    int status = bm_grouped_make(&grouped, report, &of_gains, columns, err);
    free(columns);
    if (status != 0)
        return -1;
    bm_sheet_group_columns(sheet, &grouped);
    bm_sheet_column(sheet, "probe", true);
    bm_sheet_column(sheet, "at", true);
    add_tap_columns(sheet, report, choice);
    for (size_t g = 0; g < grouped.grouping.n; g++)
        add_group(sheet, &grouped, choice, &grouped.grouping.groups[g]);
    bm_grouped_fini(&grouped);
    return 0;
}

/* ---- the command ---- */

int bm_command_taps(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    struct choice choice;
    struct bm_sheet sheet = {.has_choice = true};
    if (bm_query_parse(args, "taps", "FILE", BM_OPTIONS_ALL, 1, 1, &query, err) != 0 ||
        bm_report_open(query.args[0], &report, err) != 0)
        return -1;
    int status = choose_taps(&choice, &report, query.columns, err);
    if (status == 0)
        status = (query.group_by ? add_groups : add_runs)(&sheet, &report, &choice, &query, err);
    if (status == 0)
        bm_sheet_print(&sheet, out);
    free(choice.places);
    bm_report_fini(&report);
    return status;
}
