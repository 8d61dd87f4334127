/* What the claims about copies are measured by: whose labels they have (C5), and what they are
 * (C6). All is at equal epochs, and paired by seed. */
#include <math.h>
#include <stdlib.h>

#include "claims.h"

/* The column in the run of a group with this seed; NaN: there is none, or it stopped early. */
static double value_of(const struct bm_group *group, const struct bm_series *column, int64_t seed)
{
    const struct bm_run *run = bm_find_seed(group, seed);
    return run != NULL && run->result.epochs_done == run->config.epochs
               ? bm_series_number(column, run)
               : NAN;
}

/* ---- C5 ---- */

static const struct bm_group *find_labels(const struct bm_case *its, double diversity,
                                          enum bm_augment_labels labels)
{
    for (size_t g = 0; g < its->n; g++) {
        const struct bm_config *config = &its->groups[g]->runs[0]->config;
        if (config->diversity == diversity && config->augment_labels == labels)
            return its->groups[g];
    }
    return NULL;
}

/* Shared labels and independent ones at equal k. */
struct pair {
    double diversity;
    const struct bm_group *sides[2];
};

/* The pairs that are there, by k; the caller's to free. */
static struct pair *list_pairs(const struct bm_case *its, size_t *n)
{
    struct pair *pairs = calloc(its->n + 1, sizeof *pairs);
    if (pairs == NULL)
        abort(); /* as sheets do */
    *n = 0;
    for (size_t g = 0; g < its->n; g++) {
        const struct bm_config *config = &its->groups[g]->runs[0]->config;
        const struct bm_group *other = find_labels(its, config->diversity, BM_LABELS_INDEPENDENT);
        if (config->augment_labels == BM_LABELS_SHARED && other != NULL)
            pairs[(*n)++] = (struct pair){config->diversity, {its->groups[g], other}};
    }
    return pairs;
}

bool bm_has_both_labels(const struct bm_case *its)
{
    size_t n;
    free(list_pairs(its, &n));
    return n > 0;
}

static struct bm_series fit_column(void)
{
    return bm_series_of_field(BM_OF_RESULT, bm_table_find(&bm_result_table, "fit"));
}

static double gap_of(const struct pair *pair, const struct bm_series *fit, int64_t seed)
{
    return value_of(pair->sides[0], fit, seed) - value_of(pair->sides[1], fit, seed);
}

/* Over the seeds of both sides: fills the finding. */
static void measure_gap(const struct pair *pair, struct bm_finding *finding)
{
    struct bm_series fit = fit_column();
    size_t n;
    int64_t *seeds = bm_list_seeds(pair->sides, 2, &n);
    double *values = bm_new_values(n);
    for (size_t i = 0; i < n; i++)
        values[i] = gap_of(pair, &fit, seeds[i]);
    bm_finding_take(finding, seeds, values, n);
    free(seeds);
    free(values);
}

static double lower_end(const struct bm_mean *mean)
{
    return mean->mean - (mean->n > 1 ? mean->half : 0);
}

static bool refutes(const struct bm_mean *mean)
{
    return mean->n >= BM_LEAST_SEEDS && mean->mean + mean->half < 0;
}

/* One that refutes, then one that is not known, then the one that is the last to hold counts. */
static bool is_worse(const struct bm_mean *one, const struct bm_mean *other)
{
    if (refutes(one) != refutes(other))
        return refutes(one);
    if (isnan(one->mean) || isnan(other->mean))
        return isnan(one->mean) && !isnan(other->mean);
    return lower_end(one) < lower_end(other);
}

void bm_measure_least_gap(const struct bm_case *its, struct bm_finding *finding)
{
    size_t n;
    struct pair *pairs = list_pairs(its, &n);
    for (size_t p = 0; p < n; p++) {
        struct bm_finding of_pair = {.value = {.mean = NAN, .half = NAN}};
        measure_gap(&pairs[p], &of_pair);
        const struct bm_mean *gap = &of_pair.value;
        bm_finding_say(finding, "%sk=%s", p > 0 ? ", " : "", bm_diversity_text(pairs[p].diversity));
        bm_finding_say(finding, gap->n > 0 ? " %+.1f" : " -", 100 * gap->mean);
        if (of_pair.detail[0] != '\0')
            bm_finding_say(finding, " (%s)", of_pair.detail);
        if (p == 0 || is_worse(gap, &finding->value))
            finding->value = *gap;
    }
    free(pairs);
}

void bm_measure_gap_growth(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series fit = fit_column();
    size_t n, n_seeds;
    struct pair *pairs = list_pairs(its, &n);
    if (n < 2) {
        bm_finding_say(finding, "one k is no growth");
        free(pairs);
        return;
    }
    const struct pair *least = &pairs[0], *most = &pairs[n - 1];
    int64_t *seeds = bm_list_seeds(its->groups, its->n, &n_seeds);
    double *values = bm_new_values(n_seeds);
    bm_finding_say(finding, "k=%s", bm_diversity_text(most->diversity));
    bm_finding_say(finding, " and %s", bm_diversity_text(least->diversity));
    for (size_t i = 0; i < n_seeds; i++)
        values[i] = gap_of(most, &fit, seeds[i]) - gap_of(least, &fit, seeds[i]);
    bm_finding_take(finding, seeds, values, n_seeds);
    free(seeds);
    free(values);
    free(pairs);
}

/* ---- C6 ---- */

void bm_measure_source(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series embedding;
    size_t n;
    if (!bm_find_tap(its, its->probe, "embedding", BM_AT_END, &embedding, finding))
        return;
    const struct bm_group *made = its->groups[0], *others = its->groups[1];
    if (made->runs[0]->config.view_source == BM_VIEWS_SAME_CLASS) {
        made = its->groups[1];
        others = its->groups[0];
    }
    int64_t *seeds = bm_list_seeds(its->groups, its->n, &n);
    double *values = bm_new_values(n);
    for (size_t i = 0; i < n; i++)
        values[i] = value_of(made, &embedding, seeds[i]) - value_of(others, &embedding, seeds[i]);
    bm_finding_take(finding, seeds, values, n);
    free(seeds);
    free(values);
}
