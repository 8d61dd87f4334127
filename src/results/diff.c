/* bm-results diff: whether two files hold the same runs with the same results, apart from
 * circumstance (times, hosts). Unfinished runs count as absent. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

enum { MOST_LINES = 20 };

static const char *name_build(const char *build)
{
    return build[0] != '\0' ? build : "one that was not recorded";
}

/* Floating-point results depend on the instruction set, on the number of threads and on the build:
 * says so when that is what differs. */
static void explain(const struct bm_results *a, const struct bm_results *b, FILE *out)
{
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *other = bm_results_find(b, &a->runs[i].id);
        if (other == NULL || !other->finished || !a->runs[i].finished)
            continue;
        const struct bm_result *x = &a->runs[i].result, *y = &other->result;
        bool same_machine = strcmp(x->isa, y->isa) == 0 && x->threads == y->threads;
        bool same_build = strcmp(x->build, y->build) == 0;
        if (same_machine && same_build)
            continue;
        if (!same_machine)
            fprintf(out,
                    "runs repeat exactly on one instruction set with one number of threads: A has "
                    "%s, %lld; B has %s, %lld\n",
                    x->isa, (long long)x->threads, y->isa, (long long)y->threads);
        if (!same_build)
            fprintf(out, "last digits depend on the build: A has %s; B has %s\n",
                    name_build(x->build), name_build(y->build));
        return;
    }
}

/* ---- names: a short id, and the settings that are not the same everywhere ---- */

struct names {
    const struct bm_report *a, *b;
    bool tells[BM_MOST_SETTINGS]; /* by the rows of bm_config_table */
};

static bool varies(const struct bm_report *report, const struct bm_field *field)
{
    for (size_t i = 0; i < report->n_varying; i++)
        if (report->varying[i] == field)
            return true;
    return false;
}

static bool differs_anywhere(const struct names *names, const struct bm_field *field)
{
    const struct bm_results *a = &names->a->results, *b = &names->b->results;
    return varies(names->a, field) || varies(names->b, field) ||
           (a->n_runs > 0 && b->n_runs > 0 &&
            !bm_field_equal(field, &a->runs[0].config, &b->runs[0].config));
}

static void name_run(const void *context, const struct bm_run *run, char *text, size_t size)
{
    const struct names *names = context;
    size_t a = names->a->id_digits, b = names->b->id_digits, used = a > b ? a : b;
    const char *before = " (";
    char id[BM_ID_TEXT], value[BM_CELL_SIZE];
    snprintf(text, size, "%.*s", (int)used, bm_id_text(&run->id, id));
    for (size_t f = 0; f < bm_config_table.n_fields && used < size; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        if (!names->tells[f])
            continue;
        bm_field_text(field, &run->config, value, sizeof value);
        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", before,
                                 bm_field_column(field), value);
        before = ", ";
    }
    if (before[0] == ',' && used < size)
        snprintf(text + used, size - used, ")");
}

/* ---- settings ---- */

static int compare_values(const void *a, const void *b, void *field)
{
    struct bm_series key = bm_series_of_field(BM_OF_CONFIG, field);
    const struct bm_run *x = *(const struct bm_run *const *)a,
                        *y = *(const struct bm_run *const *)b;
    if (bm_field_matches(field, &x->config, &y->config))
        return 0;
    if (bm_series_is_number(&key))
        return bm_order(bm_series_number(&key, x), bm_series_number(&key, y), false);
    return strcmp(bm_field_string(field, &x->config), bm_field_string(field, &y->config));
}

/* The runs sorted by the setting; the caller's to free. */
static const struct bm_run **sort_runs(const struct bm_results *results,
                                       const struct bm_field *field)
{
    const struct bm_run **runs = calloc(results->n_runs + 1, sizeof *runs);
    if (runs == NULL)
        abort(); /* as sheets do */
    for (size_t i = 0; i < results->n_runs; i++)
        runs[i] = &results->runs[i];
    qsort_r(runs, results->n_runs, sizeof *runs, compare_values, (void *)field);
    return runs;
}

/* Prints the values that only runs of `a` have; how many they are. */
static size_t print_values(const struct bm_field *field, const struct bm_results *a,
                           const struct bm_results *b, const char *where, size_t before, FILE *out)
{
    enum { MOST_VALUES = 8 };
    const struct bm_run **x = sort_runs(a, field), **y = sort_runs(b, field);
    char text[BM_CELL_SIZE];
    size_t n = 0, j = 0;
    for (size_t i = 0; i < a->n_runs; i++) {
        while (j < b->n_runs && compare_values(&y[j], &x[i], (void *)field) < 0)
            j++;
        bool is_known = j < b->n_runs && compare_values(&y[j], &x[i], (void *)field) == 0;
        if (is_known || (i > 0 && compare_values(&x[i - 1], &x[i], (void *)field) == 0))
            continue;
        if (n++ >= MOST_VALUES)
            continue;
        bm_field_text(field, &x[i]->config, text, sizeof text);
        if (before == 0 && n == 1)
            fprintf(out, "setting %s:", bm_field_column(field));
        fprintf(out, "%s %s", n > 1 ? "," : before > 0 ? ";" : "", text);
    }
    if (n > MOST_VALUES)
        fprintf(out, " and %zu more", n - MOST_VALUES);
    if (n > 0)
        fprintf(out, " only in %s", where);
    free(x);
    free(y);
    return n;
}

static void print_settings(const struct names *names, FILE *out)
{
    const struct bm_results *a = &names->a->results, *b = &names->b->results;
    for (size_t f = 0; f < bm_config_table.n_fields; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        if (!names->tells[f] || a->n_runs == 0 || b->n_runs == 0)
            continue;
        size_t n = print_values(field, a, b, "A", 0, out);
        if (n + print_values(field, b, a, "B", n, out) > 0)
            putc('\n', out);
    }
}

/* ---- metrics ---- */

static void print_deltas(const struct bm_comparison *comparison, FILE *out)
{
    struct bm_sheet sheet = {0};
    if (comparison->n_deltas == 0)
        return;
    bm_sheet_column(&sheet, "metric", true);
    bm_sheet_column(&sheet, "differs", false);
    bm_sheet_column(&sheet, "mean of B - A", false);
    bm_sheet_column(&sheet, "largest", false);
    for (size_t i = 0; i < comparison->n_deltas; i++) {
        const struct bm_delta *delta = &comparison->deltas[i];
        bool is_defined = delta->n_defined > 0;
        char name[3 * BM_WORD_SIZE];
        snprintf(name, sizeof name, "%s/%s", delta->table->name, delta->field->key);
        bm_sheet_text(&sheet, name);
        bm_sheet_int(&sheet, (int64_t)delta->n);
        bm_sheet_real(&sheet, is_defined ? delta->sum / (double)delta->n_defined : NAN);
        bm_sheet_real(&sheet, is_defined ? delta->largest : NAN);
    }
    bm_sheet_print(&sheet, out);
}

/* ---- the command ---- */

int bm_command_diff(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report a, b;
    if (bm_report_open(args[0], &a, err) != 0)
        return -1;
    if (bm_report_open(args[1], &b, err) != 0) {
        bm_report_fini(&a);
        return -1;
    }
    struct names names = {.a = &a, .b = &b};
    for (size_t f = 0; f < bm_config_table.n_fields; f++)
        names.tells[f] = differs_anywhere(&names, &bm_config_table.fields[f]);
    struct bm_comparison comparison = {.roles = 1u << BM_IDENTITY | 1u << BM_OBSERVED |
                                                1u << BM_REPRODUCIBLE,
                                       .out = out,
                                       .most = MOST_LINES,
                                       .name = name_run,
                                       .context = &names};
    bm_compare(&comparison, &a.results, &b.results);
    if (comparison.differences > MOST_LINES)
        fprintf(out, "… and %zu more\n", comparison.differences - MOST_LINES);
    if (comparison.differences > 0) {
        print_settings(&names, out);
        print_deltas(&comparison, out);
    }
    if (comparison.differences > 0)
        explain(&a.results, &b.results, out);
    bm_report_fini(&a);
    bm_report_fini(&b);
    if (comparison.differences > 0)
        fprintf(out, "%zu difference%s between A (%s) and B (%s)\n", comparison.differences,
                comparison.differences == 1 ? "" : "s", args[0], args[1]);
    else
        fprintf(out, "no difference in %zu runs, %zu evaluations, %zu probes\n", comparison.runs,
                comparison.evaluations, comparison.probes);
    return comparison.differences > 0 ? BM_EXIT_FAILED : 0;
}
