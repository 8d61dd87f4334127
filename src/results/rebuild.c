/* bm-results rebuild: makes journal or snapshot from the other one alone. */
#include <string.h>

#include "bm/store.h"
#include "lead.h"
#include "report.h"

/* Said before, as it is the old one then that has it. */
static void warn(const struct bm_store_parts *parts, bool journal)
{
    char lead[100], sentence[300];
    const struct bm_results *old = journal ? &parts->journal : &parts->snapshot,
                            *from = journal ? &parts->snapshot : &parts->journal;
    if (bm_lead_text(bm_lead_of(old, from), lead, sizeof lead)[0] == '\0')
        return;
    snprintf(sentence, sizeof sentence, "warning: the old %s alone has %s",
             journal ? "journal" : "snapshot", lead);
    bm_report_say(sentence);
}

int bm_command_rebuild(char **args, FILE *out, struct bm_err *err)
{
    bool journal = strcmp(args[0], "journal") == 0;
    const char *path = args[1];
    struct bm_store_parts parts;
    struct bm_results results;
    if (!journal && strcmp(args[0], "snapshot") != 0)
        return bm_fail(err, BM_EXIT_USAGE, "rebuild %s: what is to be made, journal or snapshot?",
                       args[0]);
    bm_store_read_parts(path, &parts, NULL);
    if (parts.has_journal && parts.has_snapshot)
        warn(&parts, journal);
    bm_store_parts_fini(&parts);
    int status = bm_store_rebuild(path, journal, bm_report_say, &results, err);
    size_t finished = 0;
    for (size_t i = 0; i < results.n_runs; i++)
        finished += results.runs[i].finished;
    if (status == 0)
        fprintf(out, "%s: the %s is made from the %s: %zu runs (%zu finished)\n", path,
                journal ? "journal" : "snapshot", journal ? "snapshot" : "journal", results.n_runs,
                finished);
    bm_results_fini(&results);
    return status;
}
