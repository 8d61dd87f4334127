/* A run's evaluations in memory, with what the probes found in each.
 *
 * Invariants: evaluations are sorted by epoch; taps of evaluation e are taps[first_tap[e]] up to
 * taps[first_tap[e + 1]], and so are pairs; a run that is not finished has the figures of its last
 * evaluation. */
#include "results_run.h"

#include <math.h>
#include <stdio.h>
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
    free(run->memory);
}

/* ---- memory ---- */

/* Carves a run's arrays from the arena, or counts them. */
static void carve(struct bm_run *run, struct bm_rows_of room, struct bm_arena *arena)
{
    size_t firsts = room.evaluations + 1;
    run->evaluations = bm_arena_take(arena, room.evaluations * sizeof *run->evaluations);
    run->first_tap = bm_arena_take(arena, firsts * sizeof *run->first_tap);
    run->first_pair = bm_arena_take(arena, firsts * sizeof *run->first_pair);
    run->taps = bm_arena_take(arena, room.taps * sizeof *run->taps);
    run->pairs = bm_arena_take(arena, room.pairs * sizeof *run->pairs);
    run->room = room;
}

static size_t size_of(struct bm_rows_of room)
{
    struct bm_arena count = {0};
    struct bm_run run;
    carve(&run, room, &count);
    return count.used;
}

int bm_results_reserve(struct bm_results *results, size_t n_runs, struct bm_rows_of all,
                       struct bm_err *err)
{
    enum { ROUNDED = 6 * BM_ALIGN /* at most, of a run */ };
    if (results->rows.base != NULL)
        return 0;
    return bm_arena_init(&results->rows, size_of(all) + n_runs * ROUNDED, "results", err);
}

void bm_results_lend(struct bm_results *results, struct bm_run *run, struct bm_rows_of rows)
{
    struct bm_arena *arena = &results->rows;
    if (arena->base != NULL && run->memory == NULL && run->n_evaluations == 0 &&
        size_of(rows) <= arena->size - arena->used)
        carve(run, rows, arena);
}

/* Moves the rows into memory of the run's own, with that room. */
static int move_rows(struct bm_run *run, struct bm_rows_of room, struct bm_err *err)
{
    const struct bm_run old = *run;
    size_t size = size_of(room), n = old.n_evaluations;
    run->memory = aligned_alloc(BM_ALIGN, size);
    if (run->memory == NULL) {
        run->memory = old.memory;
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for a run's results (%zu bytes)", size);
    }
    struct bm_arena arena = bm_arena_lent(run->memory, size);
    carve(run, room, &arena);
    if (n > 0) {
        memcpy(run->evaluations, old.evaluations, n * sizeof *old.evaluations);
        memcpy(run->first_tap, old.first_tap, (n + 1) * sizeof *old.first_tap);
        memcpy(run->first_pair, old.first_pair, (n + 1) * sizeof *old.first_pair);
        memcpy(run->taps, old.taps, old.n_taps * sizeof *old.taps);
        memcpy(run->pairs, old.pairs, old.n_pairs * sizeof *old.pairs);
    }
    free(old.memory);
    return 0;
}

int bm_run_own(struct bm_run *run, struct bm_err *err)
{
    bool is_lent = run->memory == NULL && run->n_evaluations > 0;
    return is_lent ? move_rows(run, run->room, err) : 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Rows mostly come one evaluation after the other: with half as much more room, few are moved. */
static int ensure(struct bm_run *run, struct bm_rows_of needed, struct bm_err *err)
{
    const struct bm_rows_of *old = &run->room;
    if (run->room.evaluations > 0 && needed.evaluations <= old->evaluations &&
        needed.taps <= old->taps && needed.pairs <= old->pairs)
        return 0;
    return move_rows(run,
                     (struct bm_rows_of){
                         larger(needed.evaluations, old->evaluations + old->evaluations / 2),
                         larger(needed.taps, old->taps + old->taps / 2),
                         larger(needed.pairs, old->pairs + old->pairs / 2),
                     },
                     err);
}

/* ---- adding and replacing ---- */

/* Rows below evaluations: those of evaluation e are rows first[e] … of `rows`. */
struct rows_below {
    size_t size; /* bytes of a row */
    size_t *n, *first;
    void *rows;
};

/* Makes a gap for `n_new` rows at evaluation `at` of `n` (before it, if it is new). */
static void make_gap(const struct rows_below *below, size_t n, size_t at, bool is_new, size_t n_new)
{
    size_t *first = below->first, from = n > 0 ? first[at] : 0;
    size_t old = is_new ? 0 : first[at + 1] - from;
    size_t total = *below->n - old + n_new, behind = *below->n - from - old;
    char *rows = below->rows;
    memmove(rows + (from + n_new) * below->size, rows + (from + old) * below->size,
            behind * below->size);
    memmove(first + at + is_new, first + at, (n - at) * sizeof *first);
    first[at] = from;
    for (size_t i = at + 1; i < n + is_new; i++)
        first[i] += n_new - old; /* modulo 2^64 when there are fewer */
    *below->n = first[n + is_new] = total;
}

static int make_room(struct bm_run *run, size_t at, bool is_new, size_t n_taps, size_t n_pairs,
                     struct bm_err *err)
{
    size_t n = run->n_evaluations;
    if (ensure(run, (struct bm_rows_of){n + is_new, run->n_taps + n_taps, run->n_pairs + n_pairs},
               err) != 0)
        return -1;
    const struct rows_below taps = {sizeof *run->taps, &run->n_taps, run->first_tap, run->taps};
    const struct rows_below pairs = {sizeof *run->pairs, &run->n_pairs, run->first_pair,
                                     run->pairs};
    make_gap(&taps, n, at, is_new, n_taps);
    make_gap(&pairs, n, at, is_new, n_pairs);
    memmove(run->evaluations + at + is_new, run->evaluations + at,
            (n - at) * sizeof *run->evaluations);
    run->n_evaluations += is_new;
    return 0;
}

int bm_run_evaluate(struct bm_run *run, const struct bm_measured *measured, struct bm_err *err)
{
    size_t at = run->n_evaluations;
    int64_t epoch = measured->evaluation.epoch;
    while (at > 0 && run->evaluations[at - 1].epoch >= epoch)
        at--;
    bool is_new = at == run->n_evaluations || run->evaluations[at].epoch != epoch;
    if (make_room(run, at, is_new, measured->n_taps, measured->n_pairs, err) != 0)
        return -1;
    run->evaluations[at] = measured->evaluation;
    memcpy(run->taps + run->first_tap[at], measured->taps,
           measured->n_taps * sizeof *measured->taps);
    memcpy(run->pairs + run->first_pair[at], measured->pairs,
           measured->n_pairs * sizeof *measured->pairs);
    if (!run->finished) {
        const struct bm_evaluation *last = &run->evaluations[run->n_evaluations - 1];
        bm_result_take_evaluation(&run->result, last);
        run->result.epochs_done = last->epoch;
        run->result.wall_s = last->wall_s;
    }
    return 0;
}

/* ---- further probes ---- */

/* The position of the evaluation with these taps; n_evaluations: there is none. */
static size_t find_evaluation(const struct bm_run *run, const struct bm_measured *measured)
{
    size_t e = 0;
    while (e < run->n_evaluations && run->evaluations[e].epoch != measured->evaluation.epoch)
        e++;
    if (e == run->n_evaluations)
        return e;
    struct bm_findings old = bm_run_findings(run, e);
    bool same = old.n_taps == measured->n_taps;
    for (size_t t = 0; t < old.n_taps && same; t++)
        same = strcmp(old.taps[t].tap, measured->taps[t].tap) == 0;
    return same ? e : run->n_evaluations;
}

/* The run's settings with those probes as well: lists of what is measured are joined. */
static int extend_config(const struct bm_run *run, const struct bm_config *config,
                         struct bm_config *extended, struct bm_err *err)
{
    *extended = *config;
    for (size_t f = 0; f < bm_config_table.n_fields; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        char words[2 * sizeof config->probes];
        if (field->type != BM_WORDS || field->role != BM_OBSERVED)
            continue;
        const char *old = bm_field_string(field, &run->config);
        snprintf(words, sizeof words, "%s%s%s", old, old[0] != '\0' ? "," : "",
                 bm_field_string(field, config));
        if (bm_field_set(field, extended, words, err) != 0)
            return -1;
    }
    return 0;
}

bool bm_run_is_done(const struct bm_run *run)
{
    return run != NULL && run->finished && run->result.status == BM_STATUS_DONE;
}

int bm_run_can_extend(const struct bm_run *run, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_config extended;
    if (!bm_run_is_done(run))
        return bm_fail(err, BM_EXIT_IO, "further probes of a run that is not done");
    if (!bm_config_has_id(&frame->config, &run->id))
        return bm_fail(err, BM_EXIT_IO, "further probes of other settings than the run's");
    for (size_t m = 0; m < frame->n_measured; m++)
        if (find_evaluation(run, &frame->measured[m]) == run->n_evaluations)
            return bm_fail(err, BM_EXIT_IO, "further probes of an evaluation that the run has not");
    return extend_config(run, &frame->config, &extended, err);
}

/* What is defined in `from` goes into `to`. */
static void take_defined(const struct bm_table *table, void *to, const void *from)
{
    for (size_t f = 0; f < table->n_fields; f++) {
        const struct bm_field *field = &table->fields[f];
        if (field->type == BM_REAL && !isnan(bm_field_number(field, from)))
            memcpy((char *)to + field->offset, (const char *)from + field->offset, field->size);
    }
}

static int extend_evaluation(struct bm_run *run, const struct bm_measured *measured,
                             struct bm_err *err)
{
    size_t e = find_evaluation(run, measured), n_taps = measured->n_taps;
    size_t old = run->first_pair[e + 1] - run->first_pair[e], n = measured->n_pairs;
    if (old == 0 && make_room(run, e, false, n_taps, n, err) != 0)
        return -1;
    struct bm_tap_probe *taps = run->taps + run->first_tap[e];
    struct bm_tap_pair *pairs = run->pairs + run->first_pair[e];
    for (size_t t = 0; t < n_taps; t++)
        take_defined(&bm_tap_probe_table, &taps[t], &measured->taps[t]);
    for (size_t p = 0; p < n; p++) {
        if (old == 0)
            pairs[p] = measured->pairs[p];
        take_defined(&bm_tap_pair_table, &pairs[p], &measured->pairs[p]);
    }
    return 0;
}

int bm_run_extend(struct bm_run *run, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_config extended;
    if (bm_run_can_extend(run, frame, err) != 0 ||
        extend_config(run, &frame->config, &extended, err) != 0)
        return -1;
    for (size_t m = 0; m < frame->n_measured; m++)
        if (extend_evaluation(run, &frame->measured[m], err) != 0)
            return -1;
    run->config = extended;
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

size_t bm_findings_tap(const struct bm_findings *findings, const char *tap)
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
    size_t t = bm_findings_tap(&findings, tap);
    return t < findings.n_taps ? bm_field_number(column, &findings.taps[t]) : NAN;
}

double bm_run_pair(const struct bm_run *run, size_t e, const char *tap, const char *other,
                   const struct bm_field *column)
{
    struct bm_findings findings = bm_run_findings(run, e);
    size_t a = bm_findings_tap(&findings, tap), b = bm_findings_tap(&findings, other);
    size_t n = findings.n_taps;
    if (a == n || b == n || a == b || findings.n_pairs == 0)
        return NAN;
    return bm_field_number(column, &findings.pairs[bm_pair_at(n, a < b ? a : b, a < b ? b : a)]);
}

/* Reports ask this of millions of records: numbers are read where they are. */
static bool is_any_defined(const void *records, size_t n, size_t size,
                           const struct bm_field *column)
{
    const char *at = (const char *)records + column->offset;
    double value;
    if (column->type != BM_REAL)
        return n > 0 && !isnan(bm_field_number(column, records));
    for (size_t i = 0; i < n; i++, at += size) {
        memcpy(&value, at, sizeof value);
        if (!isnan(value))
            return true;
    }
    return false;
}

bool bm_run_has_probe(const struct bm_run *run, const struct bm_field *column)
{
    return is_any_defined(run->taps, run->n_taps, sizeof *run->taps, column);
}

bool bm_run_has_pair(const struct bm_run *run, const struct bm_field *column)
{
    return is_any_defined(run->pairs, run->n_pairs, sizeof *run->pairs, column);
}
