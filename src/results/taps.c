/* bm-results taps: the probe at every tap, before training (epoch 0) and at the last evaluation. */
#include <stdlib.h>

#include "report.h"

int bm_command_taps(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_sheet sheet = {0};
    size_t n_taps;
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const char **taps = bm_tap_names(&report.results, &n_taps);
    if (taps == NULL) {
        bm_report_fini(&report);
        return bm_fail_errno(err, "no memory for %s", args[0]);
    }
    bm_sheet_run_columns(&sheet, &report);
    bm_sheet_column(&sheet, "epoch", false);
    for (size_t t = 0; t < n_taps; t++)
        bm_sheet_column(&sheet, taps[t], false);
    for (size_t i = 0; i < report.results.n_runs; i++) {
        const struct bm_run *run = &report.results.runs[i];
        for (size_t e = 0; e < run->n_evaluations; e++) {
            if (e != 0 && e != run->n_evaluations - 1)
                continue;
            bm_sheet_run(&sheet, &report, run);
            bm_sheet_int(&sheet, run->evaluations[e].epoch);
            for (size_t t = 0; t < n_taps; t++)
                bm_sheet_percent(&sheet, bm_run_probe(run, e, taps[t]));
        }
    }
    bm_sheet_print(&sheet, out);
    free(taps);
    bm_report_fini(&report);
    return 0;
}
