/* bm-results weights: what a run's network had learned at its end, as a file of its own. */
#include "bm/weights.h"

#include <string.h>

#include "report.h"

static int copy(const struct bm_report *report, const struct bm_run *run, const char *to,
                struct bm_err *err)
{
    if (run->result.status != BM_STATUS_DONE)
        return bm_fail(err, BM_EXIT_IO, "%s: run %s is %s: only runs that are done have weights",
                       report->path, bm_report_id(report, run),
                       bm_status_words[run->result.status]);
    return bm_weights_copy(report->path, &run->id, to, err);
}

int bm_command_weights(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    (void)out;
    if (strcmp(args[2], "-o") != 0)
        return bm_fail(err, BM_EXIT_USAGE, "usage: bm-results weights FILE ID -o OUT");
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, args[1], err);
    int status = run != NULL ? copy(&report, run, args[3], err) : -1;
    bm_report_fini(&report);
    return status;
}
