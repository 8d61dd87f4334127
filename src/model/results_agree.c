/* Whether two records of one run say the same: what is reproducible, where both say something. A
 * run is a function of its settings, so that what differs is wrong somewhere. */
#include "results_run.h"

#include <math.h>
#include <stdio.h>

struct sides {
    const struct bm_run *a, *b;
    struct bm_agreement *agreement;
};

static void differ(const struct sides *sides, const char *place, const struct bm_field *field,
                   const void *a, const void *b)
{
    char x[300], y[300];
    struct bm_agreement *agreement = sides->agreement;
    if (agreement->differs)
        return; /* the first one is told */
    agreement->differs = true;
    bm_field_text(field, a, x, sizeof x);
    bm_field_text(field, b, y, sizeof y);
    snprintf(agreement->where, sizeof agreement->where, "%s%s is %.60s and %.60s",
             bm_field_column(field), place, x, y);
}

static bool is_defined(const struct bm_field *field, const void *record)
{
    return bm_is_number(field->type) ? !isnan(bm_field_number(field, record))
                                     : bm_field_string(field, record)[0] != '\0';
}

static void compare_records(const struct sides *sides, const struct bm_table *table,
                            const char *place, const void *a, const void *b)
{
    for (size_t f = 0; f < table->n_fields; f++) {
        const struct bm_field *field = &table->fields[f];
        if (field->role != BM_REPRODUCIBLE || bm_field_equal(field, a, b))
            continue;
        bool in_a = is_defined(field, a), in_b = is_defined(field, b);
        if (in_a && in_b)
            differ(sides, place, field, a, b);
        sides->agreement->a_has_more |= in_a && !in_b;
        sides->agreement->b_has_more |= in_b && !in_a;
    }
}

/* Of the same taps. */
static void compare_pairs(const struct sides *sides, int64_t epoch, const struct bm_findings *a,
                          const struct bm_findings *b)
{
    char place[100];
    sides->agreement->a_has_more |= a->n_pairs > 0 && b->n_pairs == 0;
    sides->agreement->b_has_more |= b->n_pairs > 0 && a->n_pairs == 0;
    if (a->n_pairs != b->n_pairs)
        return;
    snprintf(place, sizeof place, " of two taps in epoch %lld", (long long)epoch);
    for (size_t p = 0; p < a->n_pairs; p++)
        compare_records(sides, &bm_tap_pair_table, place, &a->pairs[p], &b->pairs[p]);
}

static void compare_evaluations(const struct sides *sides, size_t e, size_t f)
{
    char place[100];
    const struct bm_evaluation *evaluation = &sides->a->evaluations[e];
    const struct bm_findings a = bm_run_findings(sides->a, e), b = bm_run_findings(sides->b, f);
    size_t common = 0;
    snprintf(place, sizeof place, " in epoch %lld", (long long)evaluation->epoch);
    compare_records(sides, &bm_evaluation_table, place, evaluation, &sides->b->evaluations[f]);
    for (size_t t = 0; t < a.n_taps; t++) {
        size_t other = bm_findings_tap(&b, a.taps[t].tap);
        if (other == b.n_taps)
            continue;
        snprintf(place, sizeof place, " at tap %s in epoch %lld", a.taps[t].tap,
                 (long long)evaluation->epoch);
        compare_records(sides, &bm_tap_probe_table, place, &a.taps[t], &b.taps[other]);
        common++;
    }
    sides->agreement->a_has_more |= a.n_taps > common;
    sides->agreement->b_has_more |= b.n_taps > common;
    if (a.n_taps == common && b.n_taps == common)
        compare_pairs(sides, evaluation->epoch, &a, &b);
}

void bm_runs_agree(const struct bm_run *a, const struct bm_run *b, struct bm_agreement *agreement)
{
    const struct sides sides = {a, b, agreement};
    size_t e = 0, f = 0;
    *agreement = (struct bm_agreement){.differs = false};
    compare_records(&sides, &bm_result_table, "", &a->result, &b->result);
    while (e < a->n_evaluations || f < b->n_evaluations) { /* both are sorted by epoch */
        int64_t x = e < a->n_evaluations ? a->evaluations[e].epoch : INT64_MAX;
        int64_t y = f < b->n_evaluations ? b->evaluations[f].epoch : INT64_MAX;
        if (x == y)
            compare_evaluations(&sides, e, f);
        agreement->a_has_more |= x < y;
        agreement->b_has_more |= y < x;
        e += x <= y;
        f += y <= x;
    }
}
