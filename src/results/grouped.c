/* Statistics over groups: of each column its mean over the seeds, and the mean of its differences
 * to the partners. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "remarks.h"

/* ---- values ---- */

static double value_at(const struct bm_series *column, const struct bm_run *run, int64_t epoch)
{
    if (epoch == BM_LAST_EPOCH)
        return bm_series_number(column, run);
    for (size_t e = 0; e < run->n_evaluations; e++)
        if (run->evaluations[e].epoch == epoch)
            return bm_series_number_at(column, run, e);
    return NAN;
}

static bool is_gain_of(const struct bm_series *gain, const struct bm_series *column)
{
    return gain->source == BM_OF_TAP && gain->moment == BM_GAIN && column->source == BM_OF_TAP &&
           gain->field == column->field && gain->place == column->place &&
           gain->other == column->other;
}

/* NaN as well where the gain is shown beside it, and is not defined: both are over the same runs.
 */
static double value_of(const struct bm_grouped *grouped, const struct bm_series *column,
                       const struct bm_run *run, int64_t epoch)
{
    for (size_t c = 0; c < grouped->n_columns; c++)
        if (is_gain_of(&grouped->columns[c], column) &&
            isnan(value_at(&grouped->columns[c], run, epoch)))
            return NAN;
    return value_at(column, run, epoch);
}

/* ---- statistics ---- */

struct bm_statistic bm_grouped_statistic(const struct bm_grouped *grouped,
                                         const struct bm_group *group,
                                         const struct bm_series *column, int64_t epoch)
{
    const struct bm_partners *partners = &grouped->partners;
    const struct bm_run *one = NULL;
    double *values = grouped->values, *differences = grouped->values + group->n;
    for (size_t i = 0; i < group->n; i++) {
        const struct bm_run *run = group->runs[i];
        size_t at = (size_t)(run - grouped->grouping.report->results.runs);
        values[i] = value_of(grouped, column, run, epoch);
        differences[i] = NAN;
        if (partners->text != NULL && !partners->is_base[at]) {
            const struct bm_run *partner = partners->of[at];
            differences[i] =
                partner != NULL ? values[i] - value_of(grouped, column, partner, epoch) : NAN;
            if (isnan(differences[i]))
                values[i] = NAN;
        }
        if (!isnan(values[i]))
            one = run;
    }
    struct bm_statistic found = {.error = NAN};
    found.mean = bm_mean_of(values, group->n);
    found.difference = bm_mean_of(differences, group->n);
    if (found.mean.n == 1)
        found.error = bm_binomial_error(found.mean.mean, bm_series_trials(column, one));
    return found;
}

/* ---- making ---- */

static int make_room(struct bm_grouped *grouped, struct bm_err *err)
{
    size_t most = 0;
    for (size_t g = 0; g < grouped->grouping.n; g++) {
        const struct bm_group *group = &grouped->grouping.groups[g];
        if (group->n > most)
            most = group->n;
        for (enum bm_lack lack = 0; lack < BM_N_LACKS; lack++)
            grouped->lacks[lack] |= group->n_of[lack] > 0;
    }
    grouped->values = calloc(2 * most + 1, sizeof *grouped->values);
    return grouped->values ? 0 : bm_fail_errno(err, "no memory for %zu values", most);
}

static int check_columns(const struct bm_grouped *grouped, struct bm_err *err)
{
    for (size_t c = 0; c < grouped->n_columns; c++)
        if (!bm_series_is_number(&grouped->columns[c]))
            return bm_fail(err, BM_EXIT_USAGE, "--columns %s: a text has no mean over seeds",
                           grouped->columns[c].name);
    return 0;
}

enum { DEFAULT_COLUMNS = 200 };

static const char *default_columns(const struct bm_report *report, char columns[DEFAULT_COLUMNS])
{
    static const char accuracies[] = "memorization,fit,test_accuracy";
    bool has_embedding = bm_report_tap(report, "embedding") < report->n_taps;
    char gain[DEFAULT_COLUMNS / 2];
    struct bm_series series;
    snprintf(columns, DEFAULT_COLUMNS, "%s", accuracies);
    if (!has_embedding || report->n_probes == 0)
        return columns;
    snprintf(gain, sizeof gain, "gain_%s_embedding", report->probes[0]->key);
    bool has_gain = bm_series_find(report, gain, "", &series, NULL) == 0;
    snprintf(columns, DEFAULT_COLUMNS, "%s,%s_embedding%s%s", accuracies, report->probes[0]->key,
             has_gain ? "," : "", has_gain ? gain : "");
    return columns;
}

int bm_grouped_make(struct bm_grouped *grouped, struct bm_report *report,
                    const struct bm_query *query, const char *columns, struct bm_err *err)
{
    struct bm_selection selection;
    char defaults[DEFAULT_COLUMNS];
    *grouped = (struct bm_grouped){.is_usual = query->columns == NULL && columns == NULL};
    if (query->columns != NULL)
        columns = query->columns;
    else if (columns == NULL)
        columns = default_columns(report, defaults);
    int status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_grouping_make(&grouped->grouping, report, &selection, query->group_by, err);
    if (status == 0)
        status = bm_partners_find(&grouped->partners, &grouped->grouping, query, err);
    if (status == 0 && (query->columns != NULL || columns[0] != '\0'))
        status = bm_series_list(report, columns, "--columns", &grouped->columns,
                                &grouped->n_columns, err);
    if (status == 0)
        status = check_columns(grouped, err);
    if (status == 0)
        status = make_room(grouped, err);
    if (status == 0)
        status = bm_grouped_sort(grouped, query->sort, err);
    if (status == 0)
        bm_remark(grouped);
    bm_selection_fini(&selection);
    if (status != 0)
        bm_grouped_fini(grouped);
    return status;
}

int bm_grouped_by_settings(struct bm_grouped *grouped, struct bm_report *report,
                           const struct bm_query *query, struct bm_err *err)
{
    struct bm_query by_settings = *query;
    char *keys = bm_setting_keys(report);
    if (keys == NULL)
        return bm_fail_errno(err, "no memory for %s", report->path);
    by_settings.group_by = keys;
    int status = bm_grouped_make(grouped, report, &by_settings, "", err);
    free(keys);
    return status;
}

void bm_grouped_fini(struct bm_grouped *grouped)
{
    bm_grouping_fini(&grouped->grouping);
    bm_partners_fini(&grouped->partners);
    free(grouped->columns);
    free(grouped->values);
    *grouped = (struct bm_grouped){0};
}

/* ---- sorting ---- */

struct ranked {
    struct bm_group group;
    double mean;
    size_t place;
};

struct order {
    const struct bm_report *report;
    struct bm_series series;
    bool is_key, falls;
};

static int compare_ranked(const void *a, const void *b, void *context)
{
    const struct ranked *x = a, *y = b;
    const struct order *order = context;
    int found = bm_order(x->mean, y->mean, order->falls);
    if (order->is_key) {
        found = bm_key_compare(&order->series, order->report, x->group.runs[0], y->group.runs[0]);
        found = order->falls ? -found : found;
    }
    return found != 0 ? found : (x->place > y->place) - (x->place < y->place);
}

static int sort_by(struct bm_grouped *grouped, struct order *order, struct bm_err *err)
{
    struct bm_grouping *grouping = &grouped->grouping;
    struct ranked *ranked = calloc(grouping->n + 1, sizeof *ranked);
    if (ranked == NULL)
        return bm_fail_errno(err, "no memory for %zu groups", grouping->n);
    for (size_t g = 0; g < grouping->n; g++) {
        struct bm_group *group = &grouping->groups[g];
        ranked[g] = (struct ranked){.group = *group, .place = g};
        if (!order->is_key)
            ranked[g].mean =
                bm_grouped_statistic(grouped, group, &order->series, BM_LAST_EPOCH).mean.mean;
    }
    qsort_r(ranked, grouping->n, sizeof *ranked, compare_ranked, order);
    for (size_t g = 0; g < grouping->n; g++)
        grouping->groups[g] = ranked[g].group;
    free(ranked);
    return 0;
}

int bm_grouped_sort(struct bm_grouped *grouped, const char *sort, struct bm_err *err)
{
    struct bm_grouping *grouping = &grouped->grouping;
    struct order order = {.report = grouping->report, .falls = sort != NULL && sort[0] == '-'};
    if (sort == NULL)
        return 0;
    if (bm_series_find(grouping->report, sort + order.falls, "--sort", &order.series, err) != 0)
        return -1;
    for (size_t k = 0; k < grouping->n_keys; k++)
        order.is_key |= strcmp(grouping->keys[k].name, order.series.name) == 0;
    if (!order.is_key && !bm_series_is_number(&order.series))
        return bm_fail(err, BM_EXIT_USAGE, "--sort %s: a text has no mean over seeds",
                       order.series.name);
    return sort_by(grouped, &order, err);
}
