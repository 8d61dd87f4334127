/* The results of a sweep in memory: runs by id, with their evaluations. Built by applying frames,
 * from the journal or as they come. */
#ifndef BM_RESULTS_H
#define BM_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/frame.h"

struct bm_run {
    struct bm_id id;
    bool finished; /* result and log are there */
    struct bm_config config;
    struct bm_result result;
    char *log;                         /* owned; NULL: nothing was printed */
    size_t n_evaluations, n_taps;      /* taps of all evaluations together */
    struct bm_evaluation *evaluations; /* sorted by epoch; owned */
    size_t *first_tap;                 /* n_evaluations + 1 positions in `taps`; owned */
    struct bm_tap_probe *taps;         /* owned */
};

struct bm_results {
    size_t n_runs, capacity;
    struct bm_run *runs;    /* in the order in which they began */
    size_t *slots, n_slots; /* hash table of positions in `runs` */
    struct bm_meta {
        char name[64];
        char *text; /* owned */
    } * meta;
    size_t n_meta;
};

/* BEGIN starts the run over; EVALUATION replaces one of the same epoch; RESULT finishes it; META
 * replaces its name's text. SCHEMA, JOB and PROGRESS change nothing. An unfinished run's `result`
 * has the status `running` and the figures of its last evaluation. */
int bm_results_apply(struct bm_results *results, const struct bm_frame *frame, struct bm_err *err);
/* NULL: none. Valid until the next BEGIN. */
struct bm_run *bm_results_find(const struct bm_results *results, const struct bm_id *id);
const char *bm_results_meta(const struct bm_results *results, const char *name); /* NULL: none */
/* What a column of the probes (bm_probe_column) says at the tap of that name, in evaluation `e` of
 * the run; NaN: nothing. */
double bm_run_probe(const struct bm_run *run, size_t e, const char *tap,
                    const struct bm_field *column);
/* Whether the column is defined anywhere in the run. */
bool bm_run_has_probe(const struct bm_run *run, const struct bm_field *column);
void bm_results_fini(struct bm_results *results);

#endif
