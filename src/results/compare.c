/* Comparison of runs by id, column by column, for diff and verify. */
#include <math.h>
#include <stdarg.h>

#include "report.h"

/* Where something differs. What it is called is put together only when that is told. */
struct place {
    const struct bm_run *run;
    int64_t epoch;           /* -1: of the run itself */
    const char *tap, *other; /* NULL: none */
};

static void print_place(const struct bm_comparison *comparison, const struct place *place)
{
    char name[BM_CELL_SIZE];
    FILE *out = comparison->out;
    if (comparison->name != NULL)
        comparison->name(comparison->context, place->run, name, sizeof name);
    else
        bm_id_text(&place->run->id, name);
    fputs(name, out);
    if (place->epoch >= 0)
        fprintf(out, ", epoch %lld", (long long)place->epoch);
    if (place->other != NULL)
        fprintf(out, ", taps %s and %s", place->tap, place->other);
    else if (place->tap != NULL)
        fprintf(out, ", tap %s", place->tap);
}

static void differ(struct bm_comparison *comparison, const struct place *place, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));

static void differ(struct bm_comparison *comparison, const struct place *place, const char *format,
                   ...)
{
    if (comparison->out != NULL && comparison->differences < comparison->most) {
        va_list args;
        print_place(comparison, place);
        fputs(": ", comparison->out);
        va_start(args, format);
        vfprintf(comparison->out, format, args);
        va_end(args);
        putc('\n', comparison->out);
    }
    comparison->differences++;
}

/* Notes by how much a metric differs; the difference, NaN: there is none. */
static double note_delta(struct bm_comparison *comparison, const struct bm_table *table,
                         const struct bm_field *field, const void *a, const void *b)
{
    size_t at = 0;
    if (!bm_is_number(field->type) || field->role != BM_REPRODUCIBLE)
        return NAN;
    while (at < comparison->n_deltas && comparison->deltas[at].field != field)
        at++;
    if (at == BM_MOST_SETTINGS)
        return NAN;
    struct bm_delta *delta = &comparison->deltas[at];
    if (at == comparison->n_deltas)
        comparison->deltas[comparison->n_deltas++] =
            (struct bm_delta){.table = table, .field = field};
    double difference = bm_field_number(field, b) - bm_field_number(field, a);
    delta->n++;
    if (isnan(difference))
        return NAN;
    delta->n_defined++;
    delta->sum += difference;
    if (fabs(difference) > fabs(delta->largest))
        delta->largest = difference;
    return difference;
}

static void compare_records(struct bm_comparison *comparison, const struct bm_table *table,
                            const struct place *place, const void *a, const void *b)
{
    char x[BM_CELL_SIZE], y[BM_CELL_SIZE];
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        if (!(comparison->roles & 1u << field->role) || bm_field_equal(field, a, b))
            continue;
        char by[40] = "";
        double delta = note_delta(comparison, table, field, a, b);
        bm_field_text(field, a, x, sizeof x);
        bm_field_text(field, b, y, sizeof y);
        if (!isnan(delta))
            snprintf(by, sizeof by, " (%+.3g)", delta);
        differ(comparison, place, "%s is %s in A, %s in B%s", bm_field_column(field),
               x[0] ? x : "undefined", y[0] ? y : "undefined", by);
    }
}

/* Of the same number of taps. */
static void compare_pairs(struct bm_comparison *comparison, struct place place,
                          const struct bm_findings *x, const struct bm_findings *y)
{
    size_t n = x->n_taps;
    if (x->n_pairs != y->n_pairs)
        differ(comparison, &place, "%zu pairs of taps in A, %zu in B", x->n_pairs, y->n_pairs);
    for (size_t a = 0; a < n && x->n_pairs == y->n_pairs && x->n_pairs > 0; a++)
        for (size_t b = a + 1; b < n; b++) {
            size_t at = bm_pair_at(n, a, b);
            place.tap = x->taps[a].tap;
            place.other = x->taps[b].tap;
            compare_records(comparison, &bm_tap_pair_table, &place, &x->pairs[at], &y->pairs[at]);
        }
}

static void compare_taps(struct bm_comparison *comparison, struct place place,
                         const struct bm_run *a, size_t e, const struct bm_run *b, size_t f)
{
    struct bm_findings x = bm_run_findings(a, e), y = bm_run_findings(b, f);
    size_t n = x.n_taps, m = y.n_taps;
    if (n != m)
        differ(comparison, &place, "%zu taps in A, %zu in B", n, m);
    for (size_t t = 0; t < n && t < m; t++) {
        comparison->probes++;
        place.tap = x.taps[t].tap;
        compare_records(comparison, &bm_tap_probe_table, &place, &x.taps[t], &y.taps[t]);
    }
    place.tap = NULL;
    if (n == m)
        compare_pairs(comparison, place, &x, &y);
}

/* Both sides are sorted by epoch. */
static void compare_evaluations(struct bm_comparison *comparison, const struct bm_run *a,
                                const struct bm_run *b)
{
    size_t e = 0, f = 0;
    while (e < a->n_evaluations || f < b->n_evaluations) {
        bool in_a = e < a->n_evaluations, in_b = f < b->n_evaluations;
        int64_t x = in_a ? a->evaluations[e].epoch : INT64_MAX;
        int64_t y = in_b ? b->evaluations[f].epoch : INT64_MAX;
        struct place place = {.run = a, .epoch = x < y ? x : y};
        if (x == y) {
            compare_records(comparison, &bm_evaluation_table, &place, &a->evaluations[e],
                            &b->evaluations[f]);
            compare_taps(comparison, place, a, e, b, f);
            comparison->evaluations++;
        } else {
            differ(comparison, &place, "an evaluation only in %s", x < y ? "A" : "B");
        }
        e += x <= y;
        f += y <= x;
    }
}

static const struct bm_run *counterpart(const struct bm_comparison *comparison,
                                        const struct bm_results *results, const struct bm_run *run)
{
    const struct bm_run *other = bm_results_find(results, &run->id);
    return other && (other->finished || comparison->unfinished) ? other : NULL;
}

void bm_compare(struct bm_comparison *comparison, const struct bm_results *a,
                const struct bm_results *b)
{
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *run = &a->runs[i], *other = counterpart(comparison, b, run);
        const struct place place = {.run = run, .epoch = -1};
        if (!run->finished && !comparison->unfinished)
            continue;
        if (other == NULL) {
            differ(comparison, &place, "only in A");
            continue;
        }
        compare_records(comparison, &bm_config_table, &place, &run->config, &other->config);
        compare_records(comparison, &bm_result_table, &place, &run->result, &other->result);
        compare_evaluations(comparison, run, other);
        comparison->runs++;
    }
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct bm_run *run = &b->runs[i];
        const struct place place = {.run = run, .epoch = -1};
        if ((run->finished || comparison->unfinished) && counterpart(comparison, a, run) == NULL)
            differ(comparison, &place, "only in B");
    }
}
