/* bm-results table: a row a run, with what one looks at first. */
#include <math.h>

#include "report.h"

static void add_best_tap(struct bm_sheet *sheet, const struct bm_run *run)
{
    size_t n = 0;
    const struct bm_tap_probe *taps = run->n_evaluations
                                          ? bm_run_taps(run, run->n_evaluations - 1, &n)
                                          : NULL,
                              *best = NULL;
    for (size_t t = 0; t < n; t++)
        if (!isnan(taps[t].knn) && (best == NULL || taps[t].knn > best->knn))
            best = &taps[t];
    bm_sheet_text(sheet, best ? best->tap : "");
    bm_sheet_percent(sheet, best ? best->knn : NAN);
}

static void add_run(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run)
{
    const struct bm_result *result = &run->result;
    size_t n = run->n_evaluations;
    bm_sheet_run(sheet, report, run);
    bm_sheet_text(sheet, bm_status_words[result->status]);
    bm_sheet_percent(sheet, result->memorization);
    bm_sheet_percent(sheet, result->fit);
    bm_sheet_percent(sheet, result->test_accuracy);
    bm_sheet_percent(sheet, n ? bm_run_probe(run, n - 1, "embedding") : NAN);
    add_best_tap(sheet, run);
    bm_sheet_int(sheet, result->epochs_done);
    bm_sheet_duration(sheet, result->wall_s);
}

int bm_command_table(char **args, FILE *out, struct bm_err *err)
{
    static const char *const headings[] = {"memorization", "fit", "test", "embedding"};
    struct bm_report report;
    struct bm_sheet sheet = {0};
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    bm_sheet_run_columns(&sheet, &report);
    bm_sheet_column(&sheet, "status", true);
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        bm_sheet_column(&sheet, headings[i], false);
    bm_sheet_column(&sheet, "best tap", true);
    bm_sheet_column(&sheet, "probe", false);
    bm_sheet_column(&sheet, "epochs", false);
    bm_sheet_column(&sheet, "time", false);
    for (size_t i = 0; i < report.results.n_runs; i++)
        add_run(&sheet, &report, &report.results.runs[i]);
    bm_sheet_print(&sheet, out);
    bm_report_fini(&report);
    return 0;
}
