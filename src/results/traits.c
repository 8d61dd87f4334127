/* What the ids of runs tell: the version of the algorithm, and which settings have an effect. */
#include <stdlib.h>

#include "series.h"

int bm_report_find_traits(struct bm_report *report, struct bm_err *err)
{
    size_t n = report->results.n_runs;
    if (report->traits != NULL)
        return 0;
    report->traits = calloc(n + 1, sizeof *report->traits);
    if (report->traits == NULL)
        return bm_fail_errno(err, "no memory for %s", report->path);
    for (size_t i = 0; i < n; i++) {
        const struct bm_run *run = &report->results.runs[i];
        const char *keys[BM_MOST_SETTINGS + 1];
        report->traits[i].algorithm = bm_config_algorithm(&run->config, &run->id, keys);
        for (size_t f = 0; f < bm_config_table.n_fields; f++)
            report->traits[i].has_effect[f] =
                bm_config_has_effect(&run->config, &bm_config_table.fields[f], keys);
    }
    return 0;
}

const struct bm_traits *bm_report_traits(const struct bm_report *report, const struct bm_run *run)
{
    return &report->traits[run - report->results.runs];
}

bool bm_series_has_effect(const struct bm_series *series, const struct bm_report *report,
                          const struct bm_run *run)
{
    return series->source != BM_OF_CONFIG ||
           bm_report_traits(report, run)->has_effect[series->field - bm_config_table.fields];
}
