/* A snapshot in memory, with what all commands ask of it. */
#include "report.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bm/store.h"

/* Settings whose values are not the same in all runs. Each run is looked at once: there are many,
 * and they are large. */
static int find_varying(struct bm_report *report, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    bool varies[BM_MOST_SETTINGS] = {false};
    size_t n = bm_config_table.n_fields;
    report->varying = calloc(n, sizeof *report->varying);
    if (report->varying == NULL)
        return bm_fail_errno(err, "no memory for %s", report->path);
    for (size_t i = 1; i < results->n_runs; i++)
        for (size_t f = 0; f < n; f++)
            varies[f] =
                varies[f] || !bm_field_equal(&bm_config_table.fields[f], &results->runs[0].config,
                                             &results->runs[i].config);
    for (size_t f = 0; f < n; f++)
        if (varies[f])
            report->varying[report->n_varying++] = &bm_config_table.fields[f];
    for (size_t i = 0; i < results->n_runs; i++)
        report->stops |= results->runs[i].config.stop_memorized > 0;
    return 0;
}

/* Those of the columns that say something in any run; NULL: no memory. */
static const struct bm_field **find_columns(
    const struct bm_results *results, const struct bm_field *(*column)(size_t i),
    bool (*says)(const struct bm_run *run, const struct bm_field *column), size_t *n)
{
    bool any[BM_MOST_SETTINGS] = {false};
    size_t all = 0;
    while (column(all) != NULL)
        all++;
    assert(all <= BM_MOST_SETTINGS);
    const struct bm_field **found = calloc(all + 1, sizeof *found);
    for (size_t i = 0; i < results->n_runs; i++) /* each run's rows once: there are many */
        for (size_t c = 0; c < all; c++)
            any[c] = any[c] || says(&results->runs[i], column(c));
    for (size_t c = 0; c < all && found != NULL; c++)
        if (any[c])
            found[(*n)++] = column(c);
    return found;
}

/* Probes that were taken in any run. */
static int find_probes(struct bm_report *report, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    report->probes = find_columns(results, bm_probe_column, bm_run_has_probe, &report->n_probes);
    report->pairs = find_columns(results, bm_pair_column, bm_run_has_pair, &report->n_pairs);
    if (report->probes == NULL || report->pairs == NULL)
        return bm_fail_errno(err, "no memory for %s", report->path);
    return 0;
}

size_t bm_report_tap(const struct bm_report *report, const char *name)
{
    size_t t = 0;
    while (t < report->n_taps && strcmp(report->taps[t], name) != 0)
        t++;
    return t;
}

/* The place of a tap's name; `place`: where it is looked for first, and put if it is new. SIZE_MAX:
 * no memory. */
static size_t enter_tap(struct bm_report *report, const char *name, size_t place)
{
    size_t n = report->n_taps;
    if (place < n && strcmp(report->taps[place], name) == 0)
        return place;
    size_t t = bm_report_tap(report, name);
    if (t < n)
        return t;
    const char **more = realloc(report->taps, (n + 1) * sizeof *more);
    if (more == NULL)
        return SIZE_MAX;
    report->taps = more;
    memmove(more + place + 1, more + place, (n - place) * sizeof *more);
    more[place] = name;
    report->n_taps++;
    return place;
}

/* Names of all taps of all runs, those of each in its order: a new one is put behind the one before
 * it. */
static int find_taps(struct bm_report *report, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    for (size_t i = 0; i < results->n_runs; i++)
        for (size_t t = 0, place = 0; t < results->runs[i].n_taps; t++) {
            place = enter_tap(report, results->runs[i].taps[t].tap, t > 0 ? place + 1 : 0);
            if (place == SIZE_MAX)
                return bm_fail_errno(err, "no memory for %s", report->path);
        }
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    return bm_id_compare(a, b);
}

/* Neighbours in sorted order share the longest beginnings. */
static int count_digits(struct bm_report *report, struct bm_err *err)
{
    size_t n = report->results.n_runs;
    struct bm_id *ids = calloc(n + 1, sizeof *ids);
    if (ids == NULL)
        return bm_fail_errno(err, "no memory for %s", report->path);
    for (size_t i = 0; i < n; i++)
        ids[i] = report->results.runs[i].id;
    qsort(ids, n, sizeof *ids, compare_ids);
    report->id_digits = 8;
    for (size_t i = 1; i < n; i++) {
        char a[BM_ID_TEXT], b[BM_ID_TEXT];
        bm_id_text(&ids[i - 1], a);
        bm_id_text(&ids[i], b);
        while (strncmp(a, b, report->id_digits) == 0)
            report->id_digits++;
    }
    free(ids);
    return 0;
}

/* ---- opening ---- */

void bm_report_say(const char *sentence)
{
    fprintf(stderr, "bm-results: %s\n", sentence);
}

/* What all commands ask of the results. */
static int examine(struct bm_report *report, struct bm_err *err)
{
    if (find_varying(report, err) == 0 && find_probes(report, err) == 0 &&
        find_taps(report, err) == 0 && count_digits(report, err) == 0)
        return 0;
    bm_report_fini(report);
    return -1;
}

/* To what is of `before`. */
static int add_file(struct bm_results *results, const char *before, const char *path,
                    struct bm_err *err)
{
    struct bm_results more;
    size_t taken;
    if (bm_store_view(path, bm_report_say, &more, err) != 0)
        return -1;
    int status = bm_check_agreement(results, &more, before, path, err);
    if (status == 0 && bm_results_merge(results, &more, &taken, err) != 0)
        status = bm_fail_at(err, "%s", path);
    bm_results_fini(&more);
    return status;
}

int bm_report_open_all(char **paths, size_t n, struct bm_report *report, struct bm_err *err)
{
    *report = (struct bm_report){.path = paths[0]};
    int status = bm_store_view(paths[0], bm_report_say, &report->results, err);
    for (size_t i = 1; status == 0 && i < n; i++)
        status =
            add_file(&report->results, i == 1 ? paths[0] : "the files before it", paths[i], err);
    if (n > 1)
        bm_results_sort(&report->results);
    if (status == 0 && n == 1)
        bm_report_find_strangers(report);
    if (status == 0)
        return examine(report, err);
    bm_report_fini(report);
    return -1;
}

int bm_report_open(const char *path, struct bm_report *report, struct bm_err *err)
{
    char *paths[] = {(char *)path};
    return bm_report_open_all(paths, 1, report, err);
}

int bm_report_over(const char *path, const struct bm_results *results, struct bm_report *report,
                   struct bm_err *err)
{
    *report = (struct bm_report){.path = path, .results = *results, .is_borrowed = true};
    return examine(report, err);
}

void bm_report_fini(struct bm_report *report)
{
    if (!report->is_borrowed)
        bm_results_fini(&report->results);
    free(report->varying);
    free(report->probes);
    free(report->pairs);
    free(report->taps);
    free(report->traits);
}

/* ---- runs ---- */

const char *bm_report_id(const struct bm_report *report, const struct bm_run *run)
{
    static char text[BM_ID_TEXT];
    bm_id_text(&run->id, text);
    text[report->id_digits] = '\0';
    return text;
}

const struct bm_run *bm_report_find(const struct bm_report *report, const char *prefix,
                                    struct bm_err *err)
{
    const struct bm_run *found = NULL;
    char names[400] = "";
    size_t n = 0, used = 0;
    for (size_t i = 0; i < report->results.n_runs; i++) {
        const struct bm_run *run = &report->results.runs[i];
        char text[BM_ID_TEXT];
        if (strncmp(bm_id_text(&run->id, text), prefix, strlen(prefix)) != 0)
            continue;
        found = run;
        if (n++ < 8)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", n > 1 ? ", " : "",
                                     bm_report_id(report, run));
    }
    if (n == 1)
        return found;
    if (n == 0)
        bm_fail(err, BM_EXIT_USAGE,
                "%s: no run's id begins with '%s'; 'bm-results table %s' lists them", report->path,
                prefix, report->path);
    else
        bm_fail(err, BM_EXIT_USAGE, "%s: '%s' is the beginning of %zu ids: %s%s", report->path,
                prefix, n, names, n > 8 ? ", …" : "");
    return NULL;
}
