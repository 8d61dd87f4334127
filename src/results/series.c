/* Columns of runs: their names, and their values in a run. */
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static const char *const moments[] = {"", "init_", "gain_"};

struct bm_series bm_series_of_field(enum bm_source source, const struct bm_field *field)
{
    struct bm_series series = {.source = source, .field = field};
    snprintf(series.name, sizeof series.name, "%s", bm_field_column(field));
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

static struct bm_series special(enum bm_source source, const char *name)
{
    struct bm_series series = {.source = source};
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

/* Puts all names into `list`: first what csv has, then those that are only understood. */
static size_t add_all(const struct bm_report *report, struct bm_series *list, size_t *n_of_csv)
{
    size_t n = 0;
    list[n++] = special(BM_OF_ID, "id");
    for (size_t f = 0; f < bm_config_table.n_fields; f++)
        list[n++] = bm_series_of_field(BM_OF_CONFIG, &bm_config_table.fields[f]);
    for (size_t f = 0; f < bm_result_table.n_fields; f++)
        list[n++] = bm_series_of_field(BM_OF_RESULT, &bm_result_table.fields[f]);
    for (enum bm_moment moment = BM_AT_END; moment <= BM_GAIN; moment++) {
        if (moment == BM_GAIN)
            *n_of_csv = n;
        for (size_t p = 0; p < report->n_probes; p++)
            n += add_taps(report, report->probes[p], moment, list + n);
        for (size_t p = 0; p < report->n_pairs; p++)
            n += add_pairs(report, report->pairs[p], moment, list + n);
    }
    list[n++] = special(BM_OF_ALGORITHM, "algorithm");
    return n;
}

static struct bm_series *all_names(const struct bm_report *report, size_t *n, size_t *n_of_csv,
                                   struct bm_err *err)
{
    size_t most =
        2 + bm_config_table.n_fields + bm_result_table.n_fields +
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

/* ---- finding ---- */

static int fail_unknown(const char *where, const char *name, const struct bm_series *all, size_t n,
                        struct bm_err *err)
{
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

static const struct bm_series *find(const struct bm_series *all, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
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
        fail_unknown(where, name, all, n, err);
    free(all);
    return found != NULL ? 0 : -1;
}

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
    size_t n_all, n_of_csv;
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
            status = fail_unknown(where, name, all, n_all, err);
    }
    free(copy);
    free(all);
    return status;
}

const struct bm_field *bm_clean_probe(const struct bm_report *report)
{
    static const char *const names[] = {"knn", "linear", "centroid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t p = 0; p < report->n_probes; p++)
            if (strcmp(report->probes[p]->key, names[i]) == 0)
                return report->probes[p];
    return NULL;
}

/* ---- values ---- */

bool bm_series_is_number(const struct bm_series *series)
{
    return series->field != NULL ? bm_is_number(series->field->type)
                                 : series->source == BM_OF_ALGORITHM;
}

bool bm_series_is_fraction(const struct bm_series *series)
{
    return series->field != NULL && bm_field_is_fraction(series->field);
}

static const void *record_of(const struct bm_series *series, const struct bm_run *run)
{
    return series->source == BM_OF_CONFIG ? (const void *)&run->config : &run->result;
}

/* Runs of one architecture have their taps at the same places. */
static double probe_of(const struct bm_series *series, const struct bm_run *run, size_t e)
{
    if (series->other != NULL)
        return bm_run_pair(run, e, series->tap, series->other, series->field);
    struct bm_findings found = bm_run_findings(run, e);
    if (series->place < found.n_taps && strcmp(found.taps[series->place].tap, series->tap) == 0)
        return bm_field_number(series->field, &found.taps[series->place]);
    return bm_run_probe(run, e, series->tap, series->field);
}

static double probe_at(const struct bm_series *series, const struct bm_run *run,
                       enum bm_moment moment)
{
    size_t n = run->n_evaluations;
    if (n == 0 || (moment == BM_AT_INIT && run->evaluations[0].epoch != 0))
        return NAN;
    return probe_of(series, run, moment == BM_AT_INIT ? 0 : n - 1);
}

double bm_series_number(const struct bm_series *series, const struct bm_run *run)
{
    const char *keys[BM_MOST_SETTINGS + 1];
    if (!bm_series_is_number(series))
        return NAN;
    if (series->source == BM_OF_ALGORITHM)
        return bm_config_algorithm(&run->config, &run->id, keys);
    if (series->source != BM_OF_TAP)
        return bm_field_number(series->field, record_of(series, run));
    if (series->moment == BM_GAIN)
        return probe_at(series, run, BM_AT_END) - probe_at(series, run, BM_AT_INIT);
    return probe_at(series, run, series->moment);
}

double bm_series_number_at(const struct bm_series *series, const struct bm_run *run, size_t e)
{
    if (series->source == BM_OF_TAP && series->moment == BM_AT_END)
        return probe_of(series, run, e);
    if (series->source == BM_OF_TAP && series->moment == BM_GAIN)
        return probe_of(series, run, e) - probe_at(series, run, BM_AT_INIT);
    const struct bm_field *field = series->source == BM_OF_RESULT
                                       ? bm_table_find(&bm_evaluation_table, series->field->key)
                                       : NULL;
    return field ? bm_field_number(field, &run->evaluations[e]) : NAN;
}

static enum bm_cell kind_of(const struct bm_field *field, const char *text)
{
    if (text[0] == '\0')
        return BM_CELL_NONE;
    /* Named values of numbers (inf, all) are words. */
    bool number = bm_is_number(field->type) && text[strspn(text, "0123456789+-.e")] == '\0';
    return number ? BM_CELL_NUMBER : BM_CELL_TEXT;
}

enum bm_cell bm_number_text(double value, char text[BM_CELL_SIZE])
{
    static const struct bm_field field = {.type = BM_REAL, .size = sizeof value};
    return kind_of(&field, bm_field_text(&field, &value, text, BM_CELL_SIZE));
}

enum bm_cell bm_series_text(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE])
{
    if (series->source == BM_OF_ID) {
        bm_id_text(&run->id, text);
        return BM_CELL_TEXT;
    }
    if (series->source == BM_OF_ALGORITHM || series->source == BM_OF_TAP)
        return bm_number_text(bm_series_number(series, run), text);
    bm_field_text(series->field, record_of(series, run), text, BM_CELL_SIZE);
    return kind_of(series->field, text);
}

void bm_sheet_series(struct bm_sheet *sheet, const struct bm_series *series,
                     const struct bm_run *run)
{
    char text[BM_CELL_SIZE];
    if (series->source == BM_OF_TAP && series->moment == BM_GAIN && bm_series_is_fraction(series)) {
        double gain = bm_series_number(series, run);
        snprintf(text, sizeof text, "%+.1f", 100 * gain);
        bm_sheet_text(sheet, isnan(gain) ? "" : text);
    } else if (series->source == BM_OF_TAP ||
               (series->source == BM_OF_RESULT && series->field->type == BM_REAL)) {
        bm_sheet_number(sheet, series->field, bm_series_number(series, run));
    } else {
        bm_sheet_text(sheet, bm_series_text(series, run, text) == BM_CELL_NONE ? "" : text);
    }
}
