/* bm-results log: the last that a run's trainer printed, and how the run ended. */
#include <string.h>

#include "report.h"

static void print_end(const struct bm_run *run, FILE *out)
{
    const struct bm_result *result = &run->result;
    fprintf(out, "%s: ", bm_status_words[result->status]);
    if (result->cause[0] != '\0')
        fprintf(out, "%s\n", result->cause);
    else if (!run->finished)
        fprintf(out, "%zu evaluation%s so far\n", run->n_evaluations,
                run->n_evaluations == 1 ? "" : "s");
    else
        fprintf(out, "%lld epoch%s in %.1f s, by rank %lld on %s, from %s to %s\n",
                (long long)result->epochs_done, result->epochs_done == 1 ? "" : "s", result->wall_s,
                (long long)result->rank, result->host, result->started, result->finished);
}

int bm_command_log(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, args[1], err);
    if (run != NULL) {
        const char *log = run->log ? run->log : "";
        size_t length = strlen(log);
        fprintf(out, "%s%s", log, length > 0 && log[length - 1] != '\n' ? "\n" : "");
        print_end(run, out);
    }
    bm_report_fini(&report);
    return run ? 0 : -1;
}
