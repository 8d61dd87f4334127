/* What a run's probes come to: columns of results files that follow from others. */
#include <math.h>
#include <string.h>

#include "bm/results.h"

const char *const bm_clean_probes[BM_CLEAN_PROBES] = {"knn", "linear", "centroid"};

#define PART(i, name, member)                                                           \
    .key = (name), .role = BM_REPRODUCIBLE,                                             \
    .offset = offsetof(struct bm_summary, of) + (i) * sizeof(struct bm_probe_summary) + \
              offsetof(struct bm_probe_summary, member),                                \
    .size = sizeof(((struct bm_probe_summary *)0)->member)
#define ROWS(i, probe)                                                                         \
    {PART(i, "init_" probe "_embedding", init_embedding), .type = BM_REAL, .unit = "fraction", \
     .help = "probe " probe " at the embedding, before training"},                             \
        {PART(i, probe "_embedding", embedding), .type = BM_REAL, .unit = "fraction",          \
         .help = "probe " probe " at the embedding, in the last evaluation"},                  \
        {PART(i, probe "_best_tap", best_tap), .type = BM_TEXT,                                \
         .help = "tap where probe " probe " is highest in the last evaluation"},               \
        {PART(i, "init_" probe "_best", init_best), .type = BM_REAL, .unit = "fraction",       \
         .help = "probe " probe " at that tap, before training"},                              \
    {                                                                                          \
        PART(i, probe "_best", best),                                                          \
            .type = BM_REAL, .unit = "fraction",                                               \
            .help = "probe " probe " at that tap, in the last evaluation"                      \
    }
static const struct bm_field fields[] = {ROWS(0, "knn"), ROWS(1, "linear"), ROWS(2, "centroid")};
const struct bm_table bm_summary_table = {"summary", fields, sizeof fields / sizeof *fields,
                                          sizeof(struct bm_summary)};

size_t bm_run_best_tap(const struct bm_run *run, size_t e, const struct bm_field *column)
{
    struct bm_findings findings = bm_run_findings(run, e);
    size_t found = findings.n_taps;
    double best = NAN;
    for (size_t t = 0; t < findings.n_taps; t++) {
        double value = bm_field_number(column, &findings.taps[t]);
        if (isnan(value) || value <= best)
            continue;
        best = value;
        found = t;
    }
    return found;
}

/* At a tap, before training and at the end. */
static void take(const struct bm_run *run, const struct bm_field *column, const char *tap,
                 double *init, double *last)
{
    *last = bm_run_probe(run, run->n_evaluations - 1, tap, column);
    if (run->evaluations[0].epoch == 0)
        *init = bm_run_probe(run, 0, tap, column);
}

static void summarize(const struct bm_run *run, const struct bm_field *column,
                      struct bm_probe_summary *summary)
{
    size_t end = run->n_evaluations - 1, best = bm_run_best_tap(run, end, column);
    struct bm_findings last = bm_run_findings(run, end);
    take(run, column, "embedding", &summary->init_embedding, &summary->embedding);
    if (best == last.n_taps)
        return;
    memcpy(summary->best_tap, last.taps[best].tap, sizeof summary->best_tap);
    take(run, column, summary->best_tap, &summary->init_best, &summary->best);
}

void bm_run_summarize(const struct bm_run *run, struct bm_summary *summary)
{
    bm_table_init(&bm_summary_table, summary);
    for (size_t i = 0; i < BM_CLEAN_PROBES && run->n_evaluations > 0; i++)
        summarize(run, bm_table_find(&bm_tap_probe_table, bm_clean_probes[i]), &summary->of[i]);
}
