/* Groups of runs by the values of some columns; each has runs that differ in their seed alone. */
#include "group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys ---- */

int bm_key_compare(const struct bm_series *key, const struct bm_report *report,
                   const struct bm_run *a, const struct bm_run *b)
{
    bool in_a = bm_series_has_effect(key, report, a), in_b = bm_series_has_effect(key, report, b);
    char x[BM_CELL_SIZE], y[BM_CELL_SIZE];
    if (!in_a || !in_b)
        return in_a - in_b;
    if (key->source == BM_OF_CONFIG && bm_field_matches(key->field, &a->config, &b->config))
        return 0;
    if (bm_series_is_number(key))
        return bm_order(bm_series_number(key, a), bm_series_number(key, b), false);
    bm_series_text(key, a, x);
    bm_series_text(key, b, y);
    return strcmp(x, y);
}

static int compare_keys(const struct bm_grouping *grouping, const struct bm_run *a,
                        const struct bm_run *b)
{
    int found = 0;
    for (size_t k = 0; k < grouping->n_keys && found == 0; k++)
        found = bm_key_compare(&grouping->keys[k], grouping->report, a, b);
    return found;
}

static bool is_done(const struct bm_run *run)
{
    return run->result.status == BM_STATUS_DONE;
}

static bool is_failed(const struct bm_run *run)
{
    return run->finished && !is_done(run);
}

/* By group; within it those that are done first; within those, as in the report. */
static int compare(const void *a, const void *b, void *context)
{
    const struct bm_run *x = *(const struct bm_run *const *)a,
                        *y = *(const struct bm_run *const *)b;
    int found = compare_keys(context, x, y);
    if (found == 0)
        found = is_done(y) - is_done(x);
    return found != 0 ? found : (x > y) - (x < y);
}

size_t bm_group_size(const struct bm_group *group)
{
    return group->n + group->n_of[BM_FAILED] + group->n_of[BM_UNFINISHED];
}

const char *bm_group_key(const struct bm_grouping *grouping, const struct bm_group *group, size_t k,
                         char text[BM_CELL_SIZE])
{
    const struct bm_series *key = &grouping->keys[k];
    bool has_effect = bm_series_has_effect(key, grouping->report, group->runs[0]);
    if (!has_effect || bm_series_text(key, group->runs[0], text) == BM_CELL_NONE)
        strcpy(text, "-");
    return text;
}

const char *bm_common_key(const struct bm_grouping *grouping, const struct bm_group *const *groups,
                          size_t n, size_t k, char text[BM_CELL_SIZE])
{
    strcpy(text, "-");
    for (size_t g = 0; g < n && strcmp(text, "-") == 0; g++)
        bm_group_key(grouping, groups[g], k, text);
    return text;
}

char *bm_group_label(const struct bm_grouping *grouping, const struct bm_group *group, char *text,
                     size_t size)
{
    char value[BM_CELL_SIZE];
    size_t used = 0;
    text[0] = '\0';
    for (size_t k = 0; k < grouping->n_keys && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", k ? ", " : "",
                                 grouping->keys[k].name, bm_group_key(grouping, group, k, value));
    return text;
}

char *bm_setting_keys(const struct bm_report *report)
{
    char *keys = NULL;
    size_t size;
    FILE *text = open_memstream(&keys, &size);
    if (text == NULL)
        return NULL;
    fputs("label_noise,diversity", text);
    for (size_t v = 0; v < report->n_varying; v++)
        if (strcmp(report->varying[v]->key, "seed") != 0 &&
            !bm_makes_no_difference(report, report->varying[v]))
            fprintf(text, ",%s", bm_field_column(report->varying[v]));
    return fclose(text) == 0 ? keys : NULL;
}

/* ---- what must not be mixed ---- */

static bool is_key(const struct bm_grouping *grouping, const char *name)
{
    for (size_t k = 0; k < grouping->n_keys; k++)
        if (strcmp(grouping->keys[k].name, name) == 0)
            return true;
    return false;
}

bool bm_makes_no_difference(const struct bm_report *report, const struct bm_field *field)
{
    if (strcmp(field->key, "probe_every") == 0)
        return !report->stops;
    return strcmp(field->key, "probes") == 0 || strcmp(field->key, "knn_also") == 0;
}

static const struct bm_run *find_other(const struct bm_grouping *grouping,
                                       const struct bm_group *group, const struct bm_series *series)
{
    size_t n = bm_group_size(group);
    const struct bm_run *known = NULL; /* one where the setting has an effect */
    for (size_t i = 0; i < n; i++) {
        if (!bm_series_has_effect(series, grouping->report, group->runs[i]))
            continue;
        if (known != NULL &&
            !bm_field_matches(series->field, &known->config, &group->runs[i]->config))
            return group->runs[i];
        known = group->runs[i];
    }
    return NULL;
}

static int check_settings(const struct bm_grouping *grouping, const struct bm_group *group,
                          struct bm_err *err)
{
    char names[300] = "", label[300];
    size_t used = 0, n = 0;
    for (size_t v = 0; v < grouping->report->n_varying; v++) {
        const struct bm_field *field = grouping->report->varying[v];
        struct bm_series series = bm_series_of_field(BM_OF_CONFIG, field);
        if (strcmp(field->key, "seed") == 0 || bm_makes_no_difference(grouping->report, field) ||
            is_key(grouping, bm_field_column(field)) ||
            find_other(grouping, group, &series) == NULL)
            continue;
        n++;
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? "," : "",
                                     bm_field_column(field));
    }
    if (n == 0)
        return 0;
    return bm_fail(err, BM_EXIT_USAGE,
                   "the runs of %s differ in %s, not in their seed alone: add %s to --group-by, or "
                   "choose with --where",
                   bm_group_label(grouping, group, label, sizeof label), names,
                   n == 1 ? "it" : "them");
}

static int check_origin(const struct bm_grouping *grouping, const struct bm_group *group,
                        struct bm_err *err)
{
    const char *digest = "";
    char label[300];
    for (size_t i = 0; i < group->n; i++) {
        const char *other = group->runs[i]->result.data_digest;
        int a = bm_report_traits(grouping->report, group->runs[0])->algorithm;
        int b = bm_report_traits(grouping->report, group->runs[i])->algorithm;
        if (a != b)
            return bm_fail(
                err, BM_EXIT_USAGE,
                "the runs of %s are of versions %d and %d of the algorithm (0: unknown), "
                "which do not mean the same: add algorithm to --group-by, or choose with "
                "--where algorithm=%d",
                bm_group_label(grouping, group, label, sizeof label), a < b ? a : b, a < b ? b : a,
                a < b ? b : a);
        if (digest[0] != '\0' && other[0] != '\0' && strcmp(digest, other) != 0)
            return bm_fail(err, BM_EXIT_USAGE,
                           "the runs of %s are of different data (digests %.8s… and %.8s…): add "
                           "data_digest to --group-by, or choose with --where",
                           bm_group_label(grouping, group, label, sizeof label), digest, other);
        if (other[0] != '\0')
            digest = other;
    }
    return 0;
}

/* ---- making ---- */

static void add_run(struct bm_grouping *grouping, const struct bm_run **run)
{
    struct bm_group *group = grouping->n > 0 ? &grouping->groups[grouping->n - 1] : NULL;
    if (group == NULL || compare_keys(grouping, group->runs[0], *run) != 0) {
        group = &grouping->groups[grouping->n++];
        *group = (struct bm_group){.runs = run};
    }
    if (is_done(*run))
        group->n++;
    else if (is_failed(*run))
        group->n_of[BM_FAILED]++;
    else
        group->n_of[BM_UNFINISHED]++;
}

static int compare_seeds(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

size_t bm_seeds_unique(int64_t *seeds, size_t n)
{
    size_t different = 0;
    if (n > 0)
        qsort(seeds, n, sizeof *seeds, compare_seeds);
    for (size_t i = 0; i < n; i++)
        if (different == 0 || seeds[i] != seeds[different - 1])
            seeds[different++] = seeds[i];
    return different;
}

/* How many different seeds `n` runs have; `seeds`: room for as many. */
static size_t count_seeds(const struct bm_run *const *runs, size_t n, int64_t *seeds)
{
    for (size_t i = 0; i < n; i++)
        seeds[i] = runs[i]->config.seed;
    return bm_seeds_unique(seeds, n);
}

static int count_missing(struct bm_grouping *grouping, size_t n_runs, struct bm_err *err)
{
    int64_t *seeds = calloc(n_runs + 1, sizeof *seeds);
    if (seeds == NULL)
        return bm_fail_errno(err, "no memory for %zu seeds", n_runs);
    size_t n = count_seeds(grouping->runs, n_runs, seeds);
    for (size_t g = 0; g < grouping->n && !is_key(grouping, "seed"); g++) {
        struct bm_group *group = &grouping->groups[g];
        size_t of_group = bm_group_size(group);
        group->n_of[BM_MISSING] = n - count_seeds(group->runs, of_group, seeds);
    }
    free(seeds);
    return 0;
}

static int make(struct bm_grouping *grouping, const struct bm_selection *selection,
                struct bm_err *err)
{
    grouping->runs = calloc(selection->n + 1, sizeof *grouping->runs);
    grouping->groups = calloc(selection->n + 1, sizeof *grouping->groups);
    if (grouping->runs == NULL || grouping->groups == NULL)
        return bm_fail_errno(err, "no memory for %zu runs", selection->n);
    memcpy(grouping->runs, selection->runs, selection->n * sizeof *grouping->runs);
    qsort_r(grouping->runs, selection->n, sizeof *grouping->runs, compare, grouping);
    for (size_t i = 0; i < selection->n; i++)
        add_run(grouping, &grouping->runs[i]);
    for (size_t g = 0; g < grouping->n; g++)
        if (check_origin(grouping, &grouping->groups[g], err) != 0 ||
            check_settings(grouping, &grouping->groups[g], err) != 0)
            return -1;
    return count_missing(grouping, selection->n, err);
}

int bm_grouping_make(struct bm_grouping *grouping, const struct bm_report *report,
                     const struct bm_selection *selection, const char *group_by, struct bm_err *err)
{
    *grouping = (struct bm_grouping){.report = report};
    if (bm_series_list(report, group_by, "--group-by", &grouping->keys, &grouping->n_keys, err) ==
        0)
        return make(grouping, selection, err);
    return -1;
}

void bm_grouping_fini(struct bm_grouping *grouping)
{
    free(grouping->keys);
    free(grouping->groups);
    free(grouping->runs);
    *grouping = (struct bm_grouping){0};
}
