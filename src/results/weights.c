/* bm-results weights: what a run's network had learned at its end, or in an epoch before, as a file
 * of its own. */
#include "bm/weights.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

struct request {
    char *path, *run, *to;
    int64_t epoch;
};

/* FILE ID and the options behind them, in any order. */
static int parse(char **args, struct request *request, struct bm_err *err)
{
    static const char usage[] = "usage: bm-results weights FILE ID [--epoch N] -o OUT";
    *request = (struct request){.path = args[0], .epoch = BM_WEIGHTS_AT_END};
    if (args[0] != NULL)
        request->run = args[1];
    if (request->run == NULL)
        return bm_fail(err, BM_EXIT_USAGE, usage);
    for (char **option = args + 2; *option != NULL; option += 2) {
        char *end = option[1];
        if (option[1] == NULL)
            return bm_fail(err, BM_EXIT_USAGE, usage);
        if (strcmp(*option, "-o") == 0)
            request->to = option[1];
        else if (strcmp(*option, "--epoch") == 0)
            request->epoch = strtoll(option[1], &end, 10);
        else
            return bm_fail(err, BM_EXIT_USAGE, usage);
        if (strcmp(*option, "--epoch") == 0 && (end == option[1] || *end || request->epoch < 0))
            return bm_fail(err, BM_EXIT_USAGE, "--epoch: '%s' is not an epoch", option[1]);
    }
    return request->to != NULL ? 0 : bm_fail(err, BM_EXIT_USAGE, usage);
}

/* Those of an epoch are there whatever became of the run. */
static int copy(const struct bm_report *report, const struct bm_run *run,
                const struct request *request, struct bm_err *err)
{
    if (run->result.status != BM_STATUS_DONE && request->epoch == BM_WEIGHTS_AT_END)
        return bm_fail(err, BM_EXIT_IO, "%s: run %s is %s: only runs that are done have weights",
                       report->path, bm_report_id(report, run),
                       bm_status_words[run->result.status]);
    return bm_weights_copy(report->path, &run->id, request->epoch, request->to, err);
}

int bm_command_weights(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct request request;
    (void)out;
    if (parse(args, &request, err) != 0 || bm_report_open(request.path, &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, request.run, err);
    int status = run != NULL ? copy(&report, run, &request, err) : -1;
    bm_report_fini(&report);
    return status;
}
