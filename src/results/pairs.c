/* bm-results pairs: what the probes of pairs say of each two taps of a run, as matrices, before
 * training (epoch 0) and at the last evaluation. */
#include "report.h"

static void add_rows(struct bm_sheet *sheet, const struct bm_run *run, size_t e,
                     const struct bm_field *column)
{
    struct bm_findings findings = bm_run_findings(run, e);
    for (size_t a = 0; a < findings.n_taps; a++) {
        bm_sheet_int(sheet, run->evaluations[e].epoch);
        bm_sheet_text(sheet, column->key);
        bm_sheet_text(sheet, findings.taps[a].tap);
        for (size_t b = 0; b < findings.n_taps; b++)
            if (a == b)
                bm_sheet_text(sheet, "="); /* "-" is undefined */
            else
                bm_sheet_number(
                    sheet, column,
                    bm_run_pair(run, e, findings.taps[a].tap, findings.taps[b].tap, column));
    }
}

/* All evaluations of a run have the taps of the first. */
static void add_matrices(struct bm_sheet *sheet, const struct bm_report *report,
                         const struct bm_run *run)
{
    struct bm_findings first = bm_run_findings(run, 0);
    bm_sheet_column(sheet, "epoch", false);
    bm_sheet_column(sheet, "probe", true);
    bm_sheet_column(sheet, "tap", true);
    for (size_t t = 0; t < first.n_taps; t++)
        bm_sheet_spare_column(sheet, first.taps[t].tap, false,
                              BM_RANK_FIRST + bm_tap_rank(first.taps[t].tap, t, first.n_taps),
                              first.taps[t].tap);
    for (size_t e = 0; e < run->n_evaluations; e++)
        for (size_t p = 0; p < report->n_pairs; p++)
            if (e == 0 || e == run->n_evaluations - 1)
                add_rows(sheet, run, e, report->pairs[p]);
}

/* BM_EXIT_USAGE where the run has no pairs. */
static int print_pairs(const struct bm_report *report, const struct bm_run *run, FILE *out,
                       struct bm_err *err)
{
    struct bm_sheet sheet = {0};
    if (run->n_pairs == 0)
        return bm_fail(err, BM_EXIT_USAGE,
                       "%s: run %s has no probe of pairs of taps (probes: [cka])", report->path,
                       bm_report_id(report, run));
    add_matrices(&sheet, report, run);
    bm_sheet_print(&sheet, out);
    return 0;
}

int bm_command_pairs(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, args[1], err);
    int status = run != NULL ? print_pairs(&report, run, out, err) : -1;
    bm_report_fini(&report);
    return status;
}
