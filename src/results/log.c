/* bm-results log: the last that a run's trainer printed, and why it is not done. */
#include <string.h>

#include "report.h"

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
        if (run->result.cause[0] != '\0')
            fprintf(out, "%s: %s\n", bm_status_words[run->result.status], run->result.cause);
    }
    bm_report_fini(&report);
    return run ? 0 : -1;
}
