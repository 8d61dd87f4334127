/* What the claims over an axis, diversity (C4) or label noise (C7), are measured by. */
#include <math.h>
#include <stdlib.h>

#include "claims.h"

/* ---- C4 ---- */

enum { MOST_FIT_PERCENT = 99 };

/* The first evaluation with the fit; false: there is none. */
static bool find_fit(const struct bm_run *run, size_t *e)
{
    for (*e = 0; *e < run->n_evaluations; ++*e)
        if (run->evaluations[*e].fit >= MOST_FIT_PERCENT / 100.0)
            return true;
    return false;
}

/* At equal epochs: not of a run that stopped early. */
static double embedding_at_end(const struct bm_series *embedding, const struct bm_run *run)
{
    return run->result.epochs_done == run->config.epochs ? bm_series_number(embedding, run) : NAN;
}

static double embedding_at_fit(const struct bm_series *embedding, const struct bm_run *run)
{
    size_t e;
    return find_fit(run, &e) ? bm_series_number_at(embedding, run, e) : NAN;
}

/* Infinite: not in all epochs. Of a run that stopped early nobody knows. */
static double epochs_to_fit(const struct bm_series *embedding, const struct bm_run *run)
{
    size_t e;
    (void)embedding;
    if (find_fit(run, &e))
        return (double)run->evaluations[e].epoch;
    return run->result.epochs_done == run->config.epochs && !isnan(run->result.fit) ? INFINITY
                                                                                    : NAN;
}

typedef double value_of_run(const struct bm_series *embedding, const struct bm_run *run);

/* Half of the interval over the seeds' own correlations; NaN: less than BM_LEAST_SEEDS are in all
 * groups. */
static double half_of_seeds(const struct bm_group *const *groups, const double *k, size_t n,
                            const struct bm_series *embedding, value_of_run *value)
{
    size_t n_seeds;
    int64_t *seeds = bm_list_seeds(groups, n, &n_seeds);
    double *values = bm_new_values(n), *correlations = bm_new_values(n_seeds);
    for (size_t s = 0; s < n_seeds; s++) {
        bool is_whole = true;
        for (size_t g = 0; g < n; g++) {
            const struct bm_run *run = bm_find_seed(groups[g], seeds[s]);
            is_whole &= run != NULL;
            values[g] = run != NULL ? value(embedding, run) : NAN;
        }
        correlations[s] = is_whole ? bm_spearman(k, values, n) : NAN;
    }
    struct bm_mean mean = bm_mean_of(correlations, n_seeds);
    free(seeds);
    free(values);
    free(correlations);
    return mean.n < BM_LEAST_SEEDS ? NAN : mean.half;
}

/* Spearman of the diversities and the means of `value`, over groups where it is defined in all runs
 * that are done, at least BM_LEAST_SEEDS. An infinite mean stands for censored runs. */
static void correlate(const struct bm_case *its, const struct bm_series *embedding,
                      value_of_run *value, double scale, struct bm_finding *finding)
{
    double *k = bm_new_values(its->n), *means = bm_new_values(its->n);
    const struct bm_group **groups = calloc(its->n + 1, sizeof(const struct bm_group *));
    if (groups == NULL)
        abort(); /* as sheets do */
    size_t n = 0;
    for (size_t g = 0; g < its->n; g++) {
        const struct bm_group *group = its->groups[g];
        const struct bm_config *config = &group->runs[0]->config;
        double sum = 0;
        for (size_t i = 0; i < group->n; i++)
            sum += value(embedding, group->runs[i]);
        const char *name = bm_diversity_text(config->diversity);
        if (group->n < BM_LEAST_SEEDS || isnan(sum)) {
            bm_finding_say(finding, "%sk=%s -", g ? ", " : "", name);
            continue;
        }
        groups[n] = group;
        k[n] = config->diversity;
        means[n] = sum / (double)group->n;
        if (isinf(means[n]))
            bm_finding_say(finding, "%sk=%s > %lld", g ? ", " : "", name,
                           (long long)config->epochs);
        else
            bm_finding_say(finding, "%sk=%s %.1f", g ? ", " : "", name, scale * means[n]);
        n++;
    }
    finding->value.n = n;
    finding->value.mean = bm_spearman(k, means, n);
    finding->value.half = half_of_seeds(groups, k, n, embedding, value);
    free(groups);
    free(k);
    free(means);
}

void bm_measure_trade_off(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series embedding;
    if (bm_find_tap(its, its->probe, "embedding", BM_AT_END, &embedding, finding))
        correlate(its, &embedding, embedding_at_end, 100, finding);
}

/* A first evaluation is one of those that there are. */
static bool are_evaluated_alike(const struct bm_case *its, struct bm_finding *finding)
{
    int64_t every = its->groups[0]->runs[0]->config.probe_every;
    for (size_t g = 0; g < its->n; g++)
        for (size_t i = 0; i < its->groups[g]->n; i++) {
            int64_t other = its->groups[g]->runs[i]->config.probe_every;
            if (other == every)
                continue;
            bm_finding_say(finding, "runs are evaluated every %lld and every %lld epochs",
                           (long long)every, (long long)other);
            return false;
        }
    return true;
}

void bm_measure_trade_off_at_fit(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series embedding;
    if (are_evaluated_alike(its, finding) &&
        bm_find_tap(its, its->probe, "embedding", BM_AT_END, &embedding, finding))
        correlate(its, &embedding, embedding_at_fit, 100, finding);
}

void bm_measure_epochs_to_fit(const struct bm_case *its, struct bm_finding *finding)
{
    if (are_evaluated_alike(its, finding))
        correlate(its, NULL, epochs_to_fit, 1, finding);
}

/* ---- C7 ---- */

static const struct bm_group *find_group(const struct bm_case *its, double diversity, double noise)
{
    for (size_t g = 0; g < its->n; g++) {
        const struct bm_config *config = &its->groups[g]->runs[0]->config;
        if (config->diversity == diversity && fabs(config->label_noise - noise) < 1e-9)
            return its->groups[g];
    }
    return NULL;
}

/* The least-squares slope of the embedding over the noises in runs of one seed; NaN: it lacks one.
 */
static double slope_of(const struct bm_case *its, const struct bm_series *embedding, int64_t seed,
                       double diversity, const double *noises, size_t n)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < n; i++)
        x += noises[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        const struct bm_run *run = bm_find_seed(find_group(its, diversity, noises[i]), seed);
        y = run != NULL ? bm_series_number(embedding, run) : NAN;
        xx += (noises[i] - x) * (noises[i] - x);
        xy += (noises[i] - x) * y;
    }
    return xy / xx;
}

/* The noises that both sides have; with the memorization of the wrong labels at each. */
static size_t list_noises(const struct bm_case *its, double *noises, struct bm_finding *finding)
{
    struct bm_series column =
        bm_series_of_field(BM_OF_RESULT, bm_table_find(&bm_result_table, "memorization_noisy"));
    size_t n = 0;
    for (size_t g = 0; g < its->n; g++) {
        const struct bm_config *config = &its->groups[g]->runs[0]->config;
        const struct bm_group *full = find_group(its, INFINITY, config->label_noise);
        if (config->diversity != 0 || full == NULL)
            continue;
        struct bm_mean a = bm_group_mean(full, &column, NULL);
        struct bm_mean b = bm_group_mean(its->groups[g], &column, NULL);
        noises[n++] = config->label_noise;
        bm_finding_say(
            finding, "%sp=%g",
            n > 1 ? ", " : "memorization of wrong labels, full and none: ", config->label_noise);
        if (a.n > 0 && b.n > 0)
            bm_finding_say(finding, " %.1f %.1f", 100 * a.mean, 100 * b.mean);
        else
            bm_finding_say(finding, " -");
    }
    return n;
}

static void compare_slopes(const struct bm_case *its, const struct bm_series *embedding,
                           const double *noises, size_t n, struct bm_finding *finding)
{
    size_t n_seeds;
    int64_t *seeds = bm_list_seeds(its->groups, its->n, &n_seeds);
    double *full = bm_new_values(n_seeds), *none = bm_new_values(n_seeds);
    double *values = bm_new_values(n_seeds);
    for (size_t i = 0; i < n_seeds; i++) {
        full[i] = slope_of(its, embedding, seeds[i], INFINITY, noises, n);
        none[i] = slope_of(its, embedding, seeds[i], 0, noises, n);
        values[i] = full[i] - none[i];
    }
    bm_finding_add(finding, "slopes %.1f %.1f", 100 * bm_mean_of(full, n_seeds).mean,
                   100 * bm_mean_of(none, n_seeds).mean);
    bm_finding_take(finding, seeds, values, n_seeds);
    free(seeds);
    free(full);
    free(none);
    free(values);
}

void bm_measure_slopes(const struct bm_case *its, struct bm_finding *finding)
{
    struct bm_series embedding;
    if (!bm_find_tap(its, its->probe, "embedding", BM_AT_END, &embedding, finding))
        return;
    double *noises = bm_new_values(its->n);
    size_t n = list_noises(its, noises, finding);
    if (n >= 2)
        compare_slopes(its, &embedding, noises, n, finding);
    else
        bm_finding_add(finding, "less than two noises that both have");
    free(noises);
}
