/* What the claims about one diversity are measured by. Everything is over the runs of a group that
 * are done, paired by seed. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"

static void say(struct bm_finding *finding, const char *format, va_list args)
{
    size_t used = strlen(finding->detail);
    vsnprintf(finding->detail + used, sizeof finding->detail - used, format, args);
}

void bm_finding_say(struct bm_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(finding, format, args);
    va_end(args);
}

void bm_finding_add(struct bm_finding *finding, const char *format, ...)
{
    va_list args;
    if (finding->detail[0] != '\0')
        bm_finding_say(finding, "; ");
    va_start(args, format);
    say(finding, format, args);
    va_end(args);
}

/* ---- means over a group ---- */

double *bm_new_values(size_t n)
{
    double *values = calloc(n + 1, sizeof *values);
    if (values == NULL)
        abort(); /* as sheets do */
    return values;
}

struct bm_mean bm_group_mean(const struct bm_group *group, const struct bm_series *column,
                             const struct bm_series *minus)
{
    double *values = bm_new_values(group->n);
    for (size_t i = 0; i < group->n; i++)
        values[i] = bm_series_number(column, group->runs[i]) -
                    (minus != NULL ? bm_series_number(minus, group->runs[i]) : 0);
    struct bm_mean mean = bm_mean_of(values, group->n);
    free(values);
    return mean;
}

const char *bm_diversity_text(double diversity)
{
    static char text[BM_CELL_SIZE];
    struct bm_config config = {.diversity = diversity};
    return bm_field_text(bm_table_find(&bm_config_table, "diversity"), &config, text, sizeof text);
}

/* ---- columns ---- */

static struct bm_series result(const char *key)
{
    return bm_series_of_field(BM_OF_RESULT, bm_table_find(&bm_result_table, key));
}

bool bm_find_tap(const struct bm_case *its, const struct bm_field *probe, const char *tap,
                 enum bm_moment moment, struct bm_series *series, struct bm_finding *finding)
{
    const struct bm_report *report = its->grouping->report;
    size_t place = bm_report_tap(report, tap);
    if (probe != NULL && place < report->n_taps) {
        *series = bm_series_of_tap(report, probe, place, moment);
        return true;
    }
    if (probe == NULL)
        bm_finding_say(finding, "no probe was taken");
    else
        bm_finding_say(finding, "no tap is called %s", tap);
    return false;
}

/* Of the case's runs; those where it is not defined are told. */
static void take_mean(const struct bm_case *its, const struct bm_series *column,
                      const struct bm_series *minus, struct bm_finding *finding)
{
    const struct bm_group *group = its->groups[0];
    finding->value = bm_group_mean(group, column, minus);
    if (finding->value.n < group->n)
        bm_finding_add(finding, "undefined in %zu of %zu runs", group->n - finding->value.n,
                       group->n);
}

static void measure_tap(const struct bm_case *its, enum bm_moment moment, const char *minus,
                        struct bm_finding *finding)
{
    struct bm_series column, other;
    if (bm_find_tap(its, its->probe, "embedding", moment, &column, finding) &&
        (minus == NULL || bm_find_tap(its, its->probe, minus, moment, &other, finding)))
        take_mean(its, &column, minus ? &other : NULL, finding);
}

void bm_measure_memorization(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series column = result("memorization");
    take_mean(its, &column, NULL, finding);
}

void bm_measure_embedding(const struct bm_case *its, struct bm_finding *finding)
{
    measure_tap(its, BM_AT_END, NULL, finding);
}

void bm_measure_embedding_gain(const struct bm_case *its, struct bm_finding *finding)
{
    measure_tap(its, BM_GAIN, NULL, finding);
}

void bm_measure_embedding_to_output(const struct bm_case *its, struct bm_finding *finding)
{
    measure_tap(its, BM_AT_END, "output", finding);
}

/* ---- C2 and C1 ---- */

const struct bm_run *bm_find_seed(const struct bm_group *group, int64_t seed)
{
    for (size_t i = 0; i < group->n; i++)
        if (group->runs[i]->config.seed == seed)
            return group->runs[i];
    return NULL;
}

int64_t *bm_list_seeds(const struct bm_group *const *groups, size_t n, size_t *n_seeds)
{
    size_t most = 0;
    for (size_t g = 0; g < n; g++)
        most += groups[g]->n;
    int64_t *seeds = calloc(most + 1, sizeof *seeds);
    if (seeds == NULL)
        abort(); /* as sheets do */
    *n_seeds = 0;
    for (size_t g = 0; g < n; g++)
        for (size_t i = 0; i < groups[g]->n; i++)
            seeds[(*n_seeds)++] = groups[g]->runs[i]->config.seed;
    *n_seeds = bm_seeds_unique(seeds, *n_seeds);
    return seeds;
}

void bm_finding_take(struct bm_finding *finding, const int64_t *seeds, double *values, size_t n)
{
    size_t lacking = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i]))
            continue;
        if (lacking++ == 0)
            bm_finding_add(finding, "seeds that lack a value: %lld", (long long)seeds[i]);
        else
            bm_finding_say(finding, ", %lld", (long long)seeds[i]);
    }
    finding->value = bm_mean_of(values, n); /* which sorts them */
}

/* Between runs with the same seed; NaN: one of the two is not there. */
static double difference_to_base(const struct bm_case *its, const struct bm_series *column,
                                 int64_t seed)
{
    const struct bm_run *run = bm_find_seed(its->groups[0], seed);
    const struct bm_run *other = bm_find_seed(its->base, seed);
    return run != NULL && other != NULL
               ? bm_series_number(column, run) - bm_series_number(column, other)
               : NAN;
}

/* Of the longest run that is done. */
static int64_t epochs_of(const struct bm_group *group)
{
    int64_t most = 0;
    for (size_t i = 0; i < group->n; i++)
        if (group->runs[i]->result.epochs_done > most)
            most = group->runs[i]->result.epochs_done;
    return most;
}

static void say_lengths(const struct bm_case *its, struct bm_finding *finding)
{
    int64_t epochs = epochs_of(its->groups[0]), of_base = epochs_of(its->base);
    if (epochs != of_base)
        bm_finding_add(finding, "%lld epochs, those of C1 %lld", (long long)epochs,
                       (long long)of_base);
}

void bm_measure_embedding_to_base(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series column;
    size_t n;
    if (its->base == NULL) {
        if (its->n_bases > 1)
            bm_finding_say(finding, "runs of C1 are of %zu other lengths: choose one with --where",
                           its->n_bases);
        else
            bm_finding_say(finding, "no runs of C1 with the same settings (epochs may differ), "
                                    "data and version of the algorithm");
        return;
    }
    if (!bm_find_tap(its, its->probe, "embedding", BM_AT_END, &column, finding))
        return;
    const struct bm_group *sides[] = {its->groups[0], its->base};
    int64_t *seeds = bm_list_seeds(sides, 2, &n);
    double *values = bm_new_values(n);
    for (size_t i = 0; i < n; i++)
        values[i] = difference_to_base(its, &column, seeds[i]);
    bm_finding_take(finding, seeds, values, n);
    say_lengths(its, finding);
    free(seeds);
    free(values);
}

/* ---- C3 ---- */

int bm_best_tap(const struct bm_report *report, const struct bm_group *group,
                const struct bm_field *probe, bool past_encoder, const char *but)
{
    double highest = -INFINITY;
    int best = -1;
    for (size_t t = 0; t < report->n_taps; t++) {
        const char *tap = report->taps[t];
        struct bm_series column = bm_series_of_tap(report, probe, t, BM_AT_END);
        bool is_past = strcmp(tap, "projector") == 0 || strcmp(tap, "output") == 0;
        if ((is_past && !past_encoder) || strcmp(tap, but) == 0)
            continue;
        struct bm_mean mean = bm_group_mean(group, &column, NULL);
        if (!(mean.mean > highest))
            continue;
        highest = mean.mean;
        best = (int)t;
    }
    return best;
}

/* False: none is defined. */
static bool find_best(const struct bm_case *its, const struct bm_field *probe, bool past_encoder,
                      const char *but, struct bm_series *best)
{
    const struct bm_report *report = its->grouping->report;
    int tap = bm_best_tap(report, its->groups[0], probe, past_encoder, but);
    if (tap >= 0)
        *best = bm_series_of_tap(report, probe, (size_t)tap, BM_AT_END);
    return tap >= 0;
}

void bm_measure_best_gain(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series best;
    if (its->probe == NULL || !find_best(its, its->probe, false, "", &best)) {
        bm_finding_say(finding, "no probe was taken");
        return;
    }
    best.moment = BM_GAIN;
    bm_finding_say(finding, "%s", best.tap);
    take_mean(its, &best, NULL, finding);
}

void bm_measure_noisy_at_output(const struct bm_case *its, struct bm_finding *finding)
{
    const struct bm_field *noisy = bm_table_find(&bm_tap_probe_table, "noisy");
    struct bm_series output, best;
    if (!find_best(its, noisy, true, "output", &best)) {
        bm_finding_say(finding, "the probe noisy was not taken");
        return;
    }
    if (!bm_find_tap(its, noisy, "output", BM_AT_END, &output, finding))
        return;
    bm_finding_say(finding, "the best other tap is %s", best.tap);
    take_mean(its, &output, &best, finding);
}
