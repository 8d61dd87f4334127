/* A run's evaluations in memory, with what the probes found in each.
 *
 * Invariants: evaluations are sorted by epoch; taps of evaluation e are taps[first_tap[e]] up to
 * taps[first_tap[e + 1]], and so are pairs; a run that is not finished has the figures of its last
 * evaluation. */
#include "results_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int bm_results_resize(void *array, size_t n, size_t size, struct bm_err *err)
{
    void *memory;
    memcpy(&memory, array, sizeof memory);
    memory = reallocarray(memory, n, size);
    if (memory == NULL)
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for results (%zu rows of %zu bytes)", n,
                       size);
    memcpy(array, &memory, sizeof memory);
    return 0;
}

void bm_run_fini(struct bm_run *run)
{
    free(run->log);
    free(run->evaluations);
    free(run->first_tap);
    free(run->first_pair);
    free(run->taps);
    free(run->pairs);
}

/* ---- adding and replacing ---- */

/* Rows below evaluations: those of evaluation e are rows first[e] … of `rows`. */
struct rows_below {
    size_t size; /* bytes of a row */
    size_t *n;
    size_t **first;
    void *rows; /* where the pointer to them is */
};

/* Makes room for `n_new` rows at evaluation `at` of `n` (before it, if it is new). */
static int make_room_below(const struct rows_below *below, size_t n, size_t at, bool is_new,
                           size_t n_new, struct bm_err *err)
{
    size_t from = n > 0 ? (*below->first)[at] : 0;
    size_t old = is_new ? 0 : (*below->first)[at + 1] - from;
    size_t total = *below->n - old + n_new, behind = *below->n - from - old;
    char *rows;
    /* One more: resizing to nothing would free. */
    if (bm_results_resize(below->first, n + is_new + 1, sizeof **below->first, err) != 0 ||
        bm_results_resize(below->rows, (total > *below->n ? total : *below->n) + 1, below->size,
                          err) != 0)
        return -1;
    memcpy(&rows, below->rows, sizeof rows);
    memmove(rows + (from + n_new) * below->size, rows + (from + old) * below->size,
            behind * below->size);
    size_t *first = *below->first;
    memmove(first + at + is_new, first + at, (n - at) * sizeof *first);
    first[at] = from;
    for (size_t i = at + 1; i < n + is_new; i++)
        first[i] += n_new - old; /* modulo 2^64 when there are fewer */
    *below->n = first[n + is_new] = total;
    return 0;
}

static int make_room(struct bm_run *run, size_t at, bool is_new, const struct bm_frame *frame,
                     struct bm_err *err)
{
    const struct rows_below taps = {sizeof *run->taps, &run->n_taps, &run->first_tap, &run->taps};
    const struct rows_below pairs = {sizeof *run->pairs, &run->n_pairs, &run->first_pair,
                                     &run->pairs};
    size_t n = run->n_evaluations;
    if (bm_results_resize(&run->evaluations, n + 1, sizeof *run->evaluations, err) != 0 ||
        make_room_below(&taps, n, at, is_new, frame->n_taps, err) != 0 ||
        make_room_below(&pairs, n, at, is_new, frame->n_pairs, err) != 0)
        return -1;
    memmove(run->evaluations + at + is_new, run->evaluations + at,
            (n - at) * sizeof *run->evaluations);
    run->n_evaluations += is_new;
    return 0;
}

int bm_run_evaluate(struct bm_run *run, const struct bm_frame *frame, struct bm_err *err)
{
    size_t at = run->n_evaluations;
    while (at > 0 && run->evaluations[at - 1].epoch >= frame->evaluation.epoch)
        at--;
    bool is_new = at == run->n_evaluations || run->evaluations[at].epoch != frame->evaluation.epoch;
    if (make_room(run, at, is_new, frame, err) != 0)
        return -1;
    run->evaluations[at] = frame->evaluation;
    memcpy(run->taps + run->first_tap[at], frame->taps, frame->n_taps * sizeof *frame->taps);
    memcpy(run->pairs + run->first_pair[at], frame->pairs, frame->n_pairs * sizeof *frame->pairs);
    if (!run->finished) {
        const struct bm_evaluation *last = &run->evaluations[run->n_evaluations - 1];
        bm_result_take_evaluation(&run->result, last);
        run->result.epochs_done = last->epoch;
        run->result.wall_s = last->wall_s;
    }
    return 0;
}

/* ---- looking ---- */

struct bm_findings bm_run_findings(const struct bm_run *run, size_t e)
{
    return (struct bm_findings){
        .taps = run->taps + run->first_tap[e],
        .n_taps = run->first_tap[e + 1] - run->first_tap[e],
        .pairs = run->pairs + run->first_pair[e],
        .n_pairs = run->first_pair[e + 1] - run->first_pair[e],
    };
}

/* Its position; n_taps: there is none. */
static size_t find_tap(const struct bm_findings *findings, const char *tap)
{
    size_t t = 0;
    while (t < findings->n_taps && strcmp(findings->taps[t].tap, tap) != 0)
        t++;
    return t;
}

double bm_run_probe(const struct bm_run *run, size_t e, const char *tap,
                    const struct bm_field *column)
{
    struct bm_findings findings = bm_run_findings(run, e);
    size_t t = find_tap(&findings, tap);
    return t < findings.n_taps ? bm_field_number(column, &findings.taps[t]) : NAN;
}

double bm_run_pair(const struct bm_run *run, size_t e, const char *tap, const char *other,
                   const struct bm_field *column)
{
    struct bm_findings findings = bm_run_findings(run, e);
    size_t n = findings.n_taps, a = find_tap(&findings, tap), b = find_tap(&findings, other);
    if (a == n || b == n || a == b || findings.n_pairs == 0)
        return NAN;
    return bm_field_number(column, &findings.pairs[bm_pair_at(n, a < b ? a : b, a < b ? b : a)]);
}

bool bm_run_has_probe(const struct bm_run *run, const struct bm_field *column)
{
    for (size_t t = 0; t < run->n_taps; t++)
        if (!isnan(bm_field_number(column, &run->taps[t])))
            return true;
    return false;
}

bool bm_run_has_pair(const struct bm_run *run, const struct bm_field *column)
{
    for (size_t p = 0; p < run->n_pairs; p++)
        if (!isnan(bm_field_number(column, &run->pairs[p])))
            return true;
    return false;
}
