/* Columns of runs: their names, and who is meant by one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

/* ---- names ---- */

static const char *const moments[] = {"", "init_", "gain_"};

struct bm_series bm_series_of_field(enum bm_source source, const struct bm_field *field)
{
    struct bm_series series = {.source = source, .field = field};
    if (source == BM_OF_RESULT)
        series.over = bm_table_find(&bm_evaluation_table, field->key);
    snprintf(series.name, sizeof series.name, "%s", bm_field_column(field));
    return series;
}

struct bm_series bm_series_of_word(const struct bm_field *field)
{
    struct bm_series series = bm_series_of_field(BM_OF_WORD, field);
    strcat(series.name, BM_WORD_COLUMN);
    return series;
}

struct bm_series bm_series_of_tap(const struct bm_report *report, const struct bm_field *probe,
                                  size_t place, enum bm_moment moment)
{
    struct bm_series series = {.source = BM_OF_TAP,
                               .field = probe,
                               .place = place,
                               .tap = report->taps[place],
                               .moment = moment};
    snprintf(series.name, sizeof series.name, "%s%s_%s", moments[moment], probe->key, series.tap);
    return series;
}

static const char *const answers[] = {"yes", "no", NULL};
static const struct bm_field in_sweep = {
    .key = "in_sweep", .type = BM_WORD, .size = BM_WORD_SIZE, .words = answers};

static struct bm_series special(const struct bm_report *report, enum bm_source source,
                                const char *name)
{
    struct bm_series series = {.source = source, .report = report};
    snprintf(series.name, sizeof series.name, "%s", name);
    return series;
}

static size_t add_taps(const struct bm_report *report, const struct bm_field *probe,
                       enum bm_moment moment, struct bm_series *list)
{
    for (size_t t = 0; t < report->n_taps; t++)
        list[t] = bm_series_of_tap(report, probe, t, moment);
    return report->n_taps;
}

static size_t add_pairs(const struct bm_report *report, const struct bm_field *probe,
                        enum bm_moment moment, struct bm_series *list)
{
    size_t n = 0;
    for (size_t a = 0; a < report->n_taps; a++)
        for (size_t b = a + 1; b < report->n_taps; b++, n++) {
            list[n] = bm_series_of_tap(report, probe, a, moment);
            list[n].other = report->taps[b];
            snprintf(list[n].name, sizeof list[n].name, "%s%s_%s_%s", moments[moment], probe->key,
                     list[n].tap, list[n].other);
        }
    return n;
}

/* Whether the column says anything before training; not where it is taken at the end alone. */
static bool is_known_before(const struct bm_report *report, const struct bm_field *probe)
{
    for (size_t i = 0; i < report->results.n_runs; i++) {
        const struct bm_run *run = &report->results.runs[i];
        if (run->n_evaluations == 0 || run->evaluations[0].epoch != 0)
            continue;
        struct bm_findings first = bm_run_findings(run, 0);
        for (size_t t = 0; t < first.n_taps; t++)
            if (!isnan(bm_field_number(probe, &first.taps[t])))
                return true;
    }
    return false;
}

/* A setting, and the words that stand for some of its numbers. */
static size_t add_setting(const struct bm_field *field, struct bm_series *list)
{
    list[0] = bm_series_of_field(BM_OF_CONFIG, field);
    if (field->named == NULL)
        return 1;
    list[1] = bm_series_of_word(field);
    return 2;
}

static const struct bm_series *find(const struct bm_series *all, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

/* What runs have without their taps, but for what is there as a probe of one. */
static size_t add_summary(struct bm_series *list, size_t n)
{
    for (size_t f = 0; f < bm_summary_table.n_fields; f++)
        if (find(list, n, bm_summary_table.fields[f].key) == NULL)
            list[n++] = bm_series_of_field(BM_OF_SUMMARY, &bm_summary_table.fields[f]);
    return n;
}

/* Puts all names into `list`: first what csv has, then those that are only understood. */
static size_t add_all(const struct bm_report *report, struct bm_series *list, size_t *n_of_csv)
{
    size_t n = 0;
    list[n++] = special(report, BM_OF_ID, "id");
    for (size_t f = 0; f < bm_config_table.n_fields; f++)
        n += add_setting(&bm_config_table.fields[f], list + n);
    for (size_t f = 0; f < bm_result_table.n_fields; f++)
        list[n++] = bm_series_of_field(BM_OF_RESULT, &bm_result_table.fields[f]);
    list[n] = special(report, BM_OF_SWEEP, in_sweep.key);
    list[n++].field = &in_sweep;
    for (enum bm_moment moment = BM_AT_END; moment <= BM_GAIN; moment++) {
        if (moment == BM_GAIN)
            *n_of_csv = n = add_summary(list, n);
        for (size_t p = 0; p < report->n_probes; p++)
            if (moment == BM_AT_END || is_known_before(report, report->probes[p]))
                n += add_taps(report, report->probes[p], moment, list + n);
        for (size_t p = 0; p < report->n_pairs; p++)
            n += add_pairs(report, report->pairs[p], moment, list + n);
    }
    list[n++] = special(report, BM_OF_ALGORITHM, "algorithm");
    return n;
}

static struct bm_series *all_names(const struct bm_report *report, size_t *n, size_t *n_of_csv,
                                   struct bm_err *err)
{
    size_t most =
        3 + 2 * bm_config_table.n_fields + bm_result_table.n_fields + bm_summary_table.n_fields +
        3 * (report->n_probes * report->n_taps + report->n_pairs * bm_pairs_of(report->n_taps));
    struct bm_series *list = calloc(most, sizeof *list);
    if (list == NULL)
        bm_fail_errno(err, "no memory for %zu columns", most);
    else
        *n = add_all(report, list, n_of_csv);
    return list;
}

struct bm_series *bm_series_all(const struct bm_report *report, size_t *n, struct bm_err *err)
{
    size_t all;
    return all_names(report, &all, n, err);
}

static bool is_varying(const struct bm_report *report, const struct bm_series *series)
{
    bool is_setting = series->source == BM_OF_CONFIG || series->source == BM_OF_WORD;
    for (size_t v = 0; v < report->n_varying && is_setting; v++)
        if (report->varying[v] == series->field)
            return true;
    return false;
}

/* Adds those of `from` that `is_wanted`. */
static size_t add_wanted(bool (*is_wanted)(const struct bm_report *report,
                                           const struct bm_series *series),
                         const struct bm_report *report, const struct bm_series *from,
                         size_t n_from, struct bm_series *list)
{
    size_t n = 0;
    for (size_t i = 0; i < n_from; i++)
        if (is_wanted(report, &from[i]))
            list[n++] = from[i];
    return n;
}

/* Id and epoch come first in any case, and so do settings that vary where no columns are named. */
static bool is_other(const struct bm_report *report, const struct bm_series *series)
{
    (void)report;
    return series->source != BM_OF_ID && series->source != BM_OF_EPOCH;
}

static bool is_measured(const struct bm_report *report, const struct bm_series *series)
{
    (void)report;
    return bm_series_is_of_evaluations(series);
}

int bm_series_of_evaluations(const struct bm_report *report, const char *names,
                             struct bm_series **list, size_t *n, struct bm_err *err)
{
    struct bm_series *from = NULL;
    size_t n_from = 0;
    int status = 0;
    *n = 0;
    *list = NULL;
    if (names != NULL)
        status = bm_series_list(report, names, "--columns", &from, &n_from, err);
    else if ((from = bm_series_all(report, &n_from, err)) == NULL)
        status = -1;
    if (status == 0 && (*list = calloc(n_from + 2, sizeof **list)) == NULL)
        status = bm_fail_errno(err, "no memory for %zu columns", n_from + 2);
    if (status == 0) {
        (*list)[(*n)++] = special(report, BM_OF_ID, "id");
        if (names == NULL)
            *n += add_wanted(is_varying, report, from, n_from, *list + *n);
        (*list)[(*n)++] = special(report, BM_OF_EPOCH, "epoch");
        *n += add_wanted(names ? is_other : is_measured, report, from, n_from, *list + *n);
    }
    free(from);
    return status;
}

/* ---- finding ---- */

static bool is_probe(const struct bm_report *report, const char *name)
{
    for (size_t p = 0; p < report->n_probes; p++)
        if (strcmp(report->probes[p]->key, name) == 0)
            return true;
    for (size_t p = 0; p < report->n_pairs; p++)
        if (strcmp(report->pairs[p]->key, name) == 0)
            return true;
    return false;
}

/* What may follow a probe's name: nothing, or "_" and a tap. */
static bool is_of_tap(const struct bm_report *report, const char *rest)
{
    bool is_of_any = rest[0] == '\0' || (rest[0] == '_' && report->n_taps == 0);
    for (size_t t = 0; t < report->n_taps && rest[0] == '_'; t++)
        is_of_any |= strncmp(rest + 1, report->taps[t], strlen(report->taps[t])) == 0;
    return is_of_any;
}

/* The probe that the name is about, where no run has it; NULL: it is about none. */
static const struct bm_field *find_untaken(const struct bm_report *report, const char *name)
{
    const struct bm_field *(*const columns[])(size_t) = {bm_probe_column, bm_pair_column};
    for (enum bm_moment moment = BM_AT_INIT; moment <= BM_GAIN; moment++)
        if (strncmp(name, moments[moment], strlen(moments[moment])) == 0)
            name += strlen(moments[moment]);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        for (size_t c = 0; columns[k](c) != NULL; c++) {
            const char *key = columns[k](c)->key;
            size_t length = strlen(key);
            if (strncmp(name, key, length) == 0 && is_of_tap(report, name + length) &&
                !is_probe(report, key))
                return columns[k](c);
        }
    return NULL;
}

static int fail_unknown(const struct bm_report *report, const char *where, const char *name,
                        const struct bm_series *all, size_t n, struct bm_err *err)
{
    const struct bm_field *untaken = find_untaken(report, name);
    if (untaken != NULL)
        return bm_fail(err, BM_EXIT_USAGE, "%s: no run has '%s': %s was not taken in any", where,
                       name, untaken->key);
    const char **names = calloc(n + 1, sizeof *names);
    if (names == NULL)
        return bm_fail_errno(err, "no memory for %zu columns", n);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i].name;
    const char *nearest = bm_nearest(name, names);
    bm_fail(err, BM_EXIT_USAGE, "%s: there is no column '%s'%s%s%s ('bm-results csv' has them all)",
            where, name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
            nearest ? "'?" : "");
    free(names);
    return -1;
}

int bm_series_find(const struct bm_report *report, const char *name, const char *where,
                   struct bm_series *series, struct bm_err *err)
{
    size_t n, n_of_csv;
    struct bm_series *all = all_names(report, &n, &n_of_csv, err);
    if (all == NULL)
        return -1;
    const struct bm_series *found = find(all, n, name);
    if (found != NULL)
        *series = *found;
    else
        fail_unknown(report, where, name, all, n, err);
    free(all);
    return found != NULL ? 0 : -1;
}

/* Whether `name` stands for the column: its own name, or its probe's (then no other column's). */
static bool stands_for(const struct bm_report *report, const char *name,
                       const struct bm_series *series)
{
    if (!is_probe(report, name))
        return strcmp(name, series->name) == 0;
    return series->source == BM_OF_TAP && series->moment == BM_AT_END &&
           strcmp(name, series->field->key) == 0;
}

int bm_series_list(const struct bm_report *report, const char *names, const char *where,
                   struct bm_series **list, size_t *n, struct bm_err *err)
{
    size_t n_all = 0, n_of_csv = 0;
    struct bm_series *all = all_names(report, &n_all, &n_of_csv, err);
    *n = 0;
    *list = all ? calloc(n_all, sizeof **list) : NULL;
    char *copy = strdup(names), *rest = copy;
    int status = 0;
    if (*list == NULL || copy == NULL)
        status = bm_fail_errno(err, "no memory for columns");
    for (char *name; status == 0 && (name = strsep(&rest, ",")) != NULL;) {
        bool is_known = false;
        for (size_t i = 0; i < n_all; i++) {
            if (!stands_for(report, name, &all[i]))
                continue;
            is_known = true;
            if (find(*list, *n, all[i].name) == NULL)
                (*list)[(*n)++] = all[i];
        }
        if (!is_known)
            status = fail_unknown(report, where, name, all, n_all, err);
    }
    free(copy);
    free(all);
    return status;
}

const struct bm_field *bm_clean_probe(const struct bm_report *report)
{
    for (size_t i = 0; i < BM_CLEAN_PROBES; i++)
        for (size_t p = 0; p < report->n_probes; p++)
            if (strcmp(report->probes[p]->key, bm_clean_probes[i]) == 0)
                return report->probes[p];
    return NULL;
}
