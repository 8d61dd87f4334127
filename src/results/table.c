/* bm-results table: a row a run, with what one looks at first. */
#include <math.h>

#include "report.h"

/* The embedding and the best tap by the first probe that there is. */
static void add_probe(struct bm_sheet *sheet, const struct bm_report *report,
                      const struct bm_run *run)
{
    const struct bm_field *probe = report->n_probes > 0 ? report->probes[0] : NULL;
    const char *best_tap = "";
    double embedding = NAN, best = NAN;
    size_t n = 0, last = run->n_evaluations - 1;
    if (probe == NULL || run->n_evaluations == 0) {
        bm_sheet_real(sheet, NAN);
        bm_sheet_text(sheet, "");
        bm_sheet_real(sheet, NAN);
        return;
    }
    const struct bm_tap_probe *taps = bm_run_taps(run, last, &n);
    embedding = bm_run_probe(run, last, "embedding", probe);
    for (size_t t = 0; t < n; t++) {
        double value = bm_field_number(probe, &taps[t]);
        if (isnan(value) || value <= best)
            continue;
        best = value;
        best_tap = taps[t].tap;
    }
    bm_sheet_number(sheet, probe, embedding);
    bm_sheet_text(sheet, best_tap);
    bm_sheet_number(sheet, probe, best);
}

static void add_run(struct bm_sheet *sheet, const struct bm_report *report,
                    const struct bm_run *run)
{
    const struct bm_result *result = &run->result;
    bm_sheet_run(sheet, report, run);
    bm_sheet_text(sheet, bm_status_words[result->status]);
    bm_sheet_percent(sheet, result->memorization);
    bm_sheet_percent(sheet, result->fit);
    bm_sheet_percent(sheet, result->test_accuracy);
    add_probe(sheet, report, run);
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
    bm_sheet_column(&sheet, report.n_probes > 0 ? report.probes[0]->key : "probe", false);
    bm_sheet_column(&sheet, "epochs", false);
    bm_sheet_column(&sheet, "time", false);
    for (size_t i = 0; i < report.results.n_runs; i++)
        add_run(&sheet, &report, &report.results.runs[i]);
    bm_sheet_print(&sheet, out);
    bm_report_fini(&report);
    return 0;
}
