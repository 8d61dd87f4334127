/* bm-results curve: a run over its epochs, a row an evaluation. */
#include "report.h"

static void add_evaluation(struct bm_sheet *sheet, const struct bm_report *report,
                           const struct bm_run *run, size_t e)
{
    size_t n_taps;
    const struct bm_tap_probe *taps = bm_run_taps(run, 0, &n_taps);
    const struct bm_evaluation *evaluation = &run->evaluations[e];
    bm_sheet_int(sheet, evaluation->epoch);
    bm_sheet_real(sheet, evaluation->train_loss);
    bm_sheet_percent(sheet, evaluation->train_accuracy);
    bm_sheet_percent(sheet, evaluation->memorization);
    bm_sheet_percent(sheet, evaluation->memorization_noisy);
    bm_sheet_percent(sheet, evaluation->fit);
    bm_sheet_percent(sheet, evaluation->test_accuracy);
    for (size_t p = 0; p < report->n_probes; p++)
        for (size_t t = 0; t < n_taps && bm_run_has_probe(run, report->probes[p]); t++)
            bm_sheet_number(sheet, report->probes[p],
                            bm_run_probe(run, e, taps[t].tap, report->probes[p]));
}

/* All evaluations of a run have the taps of the first. */
static void add_headings(struct bm_sheet *sheet, const struct bm_report *report,
                         const struct bm_run *run)
{
    static const char *const headings[] = {"epoch", "loss", "train", "memorization",
                                           "noisy", "fit",  "test"};
    size_t n_taps = 0;
    const struct bm_tap_probe *taps = run->n_evaluations ? bm_run_taps(run, 0, &n_taps) : NULL;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        bm_sheet_column(sheet, headings[i], false);
    for (size_t p = 0; p < report->n_probes; p++)
        for (size_t t = 0; t < n_taps && bm_run_has_probe(run, report->probes[p]); t++) {
            char heading[2 * BM_WORD_SIZE];
            snprintf(heading, sizeof heading, "%s %s", report->probes[p]->key, taps[t].tap);
            bm_sheet_column(sheet, heading, false);
        }
}

int bm_command_curve(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_sheet sheet = {0};
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, args[1], err);
    if (run != NULL) {
        add_headings(&sheet, &report, run);
        for (size_t e = 0; e < run->n_evaluations; e++)
            add_evaluation(&sheet, &report, run, e);
        bm_sheet_print(&sheet, out);
    }
    bm_report_fini(&report);
    return run ? 0 : -1;
}
