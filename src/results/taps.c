/* bm-results taps: the probes at every tap, before training (epoch 0) and at the last evaluation.
 */
#include <math.h>
#include <stdlib.h>

#include "report.h"

struct taps {
    const struct bm_report *report;
    const char **names;
    size_t n;
};

static void add_row(struct bm_sheet *sheet, const struct taps *taps, const struct bm_run *run,
                    size_t e, const struct bm_field *probe)
{
    bm_sheet_run(sheet, taps->report, run);
    bm_sheet_int(sheet, run->evaluations[e].epoch);
    bm_sheet_text(sheet, probe->key);
    for (size_t t = 0; t < taps->n; t++)
        bm_sheet_number(sheet, probe, bm_run_probe(run, e, taps->names[t], probe));
}

/* What is taken at the end alone has no row before. */
static bool has_row(const struct taps *taps, const struct bm_run *run, size_t e,
                    const struct bm_field *probe)
{
    bool is_last = e == run->n_evaluations - 1, is_there = false;
    for (size_t t = 0; t < taps->n; t++)
        is_there |= !isnan(bm_run_probe(run, e, taps->names[t], probe));
    return is_last || (e == 0 && is_there);
}

static void add_run(struct bm_sheet *sheet, const struct taps *taps, const struct bm_run *run)
{
    for (size_t e = 0; e < run->n_evaluations; e++)
        for (size_t p = 0; p < taps->report->n_probes; p++)
            if (bm_run_has_probe(run, taps->report->probes[p]) &&
                has_row(taps, run, e, taps->report->probes[p]))
                add_row(sheet, taps, run, e, taps->report->probes[p]);
}

int bm_command_taps(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_sheet sheet = {0};
    struct taps taps = {.report = &report};
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    taps.names = bm_tap_names(&report.results, &taps.n);
    if (taps.names == NULL) {
        bm_report_fini(&report);
        return bm_fail_errno(err, "no memory for %s", args[0]);
    }
    bm_sheet_run_columns(&sheet, &report);
    bm_sheet_column(&sheet, "epoch", false);
    bm_sheet_column(&sheet, "probe", true);
    for (size_t t = 0; t < taps.n; t++)
        bm_sheet_column(&sheet, taps.names[t], false);
    for (size_t i = 0; i < report.results.n_runs; i++)
        add_run(&sheet, &taps, &report.results.runs[i]);
    bm_sheet_print(&sheet, out);
    free(taps.names);
    bm_report_fini(&report);
    return 0;
}
