/* Which runs the sweep has (still), as far as the job recorded it that kept the results last. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { ENTRY = BM_ID_TEXT }; /* an id and the space behind it */

void bm_report_find_strangers(struct bm_report *report)
{
    report->strangers = bm_results_meta(&report->results, BM_META_STRANGERS);
    if (report->strangers != NULL)
        report->n_strangers = (strlen(report->strangers) + 1) / ENTRY;
}

static int compare_entry(const void *id, const void *entry)
{
    return memcmp(id, entry, ENTRY - 1);
}

const char *bm_report_in_sweep(const struct bm_report *report, const struct bm_run *run)
{
    char id[BM_ID_TEXT];
    if (report->strangers == NULL)
        return "";
    bm_id_text(&run->id, id);
    return bsearch(id, report->strangers, report->n_strangers, ENTRY, compare_entry) != NULL
               ? "no"
               : "yes";
}
