/* The results of a sweep in memory: runs by id, with their evaluations. Built by applying frames,
 * from the journal or as they come. */
#ifndef BM_RESULTS_H
#define BM_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/arena.h"
#include "bm/frame.h"

/* Numbers of rows. */
struct bm_rows_of {
    size_t evaluations, taps, pairs;
};

struct bm_run {
    struct bm_id id;
    bool finished; /* result and log are there */
    struct bm_config config;
    struct bm_result result;
    char *log; /* owned; NULL: nothing was printed */
    size_t n_evaluations;
    struct bm_evaluation *evaluations; /* sorted by epoch */
    /* Those of all evaluations together; of each the first, as n_evaluations + 1 positions. */
    size_t n_taps, n_pairs;
    size_t *first_tap, *first_pair;
    struct bm_tap_probe *taps;
    struct bm_tap_pair *pairs; /* of each evaluation all of its taps (bm_pair_at), or none */
    struct bm_rows_of room;    /* for as many rows there is memory */
    void *memory;              /* of all these; owned. NULL: lent by the results, or none */
};

struct bm_results {
    size_t n_runs, capacity;
    struct bm_run *runs;    /* in the order in which they began, until one is dropped */
    size_t *slots, n_slots; /* hash table of positions in `runs` */
    struct bm_meta {
        char name[64];
        char *text; /* owned */
    } * meta;
    size_t n_meta;
    struct bm_arena memory, rows; /* of runs; what is lent to them */
};

/* The META text that lists the runs that the sweep did not have at its last start: their ids in
 * order, with a space between two of them, or "none". */
#define BM_META_STRANGERS "not_in_sweep"

/* BEGIN starts the run over; EVALUATION replaces one of the same epoch; RESULT finishes it; PROBES
 * adds to evaluations of a done run what is defined in it, its `probes` to the run's, and leaves
 * all else as it is; DROP takes the run away, if it is there; META replaces its name's text.
 * SCHEMA, JOB and PROGRESS change nothing. An unfinished run's `result` has the status `running`
 * and the figures of its last evaluation. */
int bm_results_apply(struct bm_results *results, const struct bm_frame *frame, struct bm_err *err);
/* For those who know what is to come: takes memory for the rows of all runs in one piece, unless it
 * was taken; and lends some of it to a run that has just begun. Without this, and for what goes
 * beyond it, runs have memory of their own. */
int bm_results_reserve(struct bm_results *results, size_t n_runs, struct bm_rows_of all,
                       struct bm_err *err);
void bm_results_lend(struct bm_results *results, struct bm_run *run, struct bm_rows_of rows);
/* Whether a PROBES frame can be applied to the run (BM_EXIT_IO). */
int bm_run_can_extend(const struct bm_run *run, const struct bm_frame *frame, struct bm_err *err);
/* NULL: none. Valid until the next BEGIN or DROP. */
struct bm_run *bm_results_find(const struct bm_results *results, const struct bm_id *id);
const char *bm_results_meta(const struct bm_results *results, const char *name); /* NULL: none */
/* What a column of the probes (bm_probe_column) says at the tap of that name, in evaluation `e` of
 * the run; NaN: nothing. */
double bm_run_probe(const struct bm_run *run, size_t e, const char *tap,
                    const struct bm_field *column);
/* The same of a column of pairs (bm_pair_column) at two taps, in any order. */
double bm_run_pair(const struct bm_run *run, size_t e, const char *tap, const char *other,
                   const struct bm_field *column);
/* Whether the column is defined anywhere in the run. */
bool bm_run_has_probe(const struct bm_run *run, const struct bm_field *column);
bool bm_run_has_pair(const struct bm_run *run, const struct bm_field *column);
/* The first of evaluation `e`'s taps where the column is largest; n_taps: it is defined at none. */
size_t bm_run_best_tap(const struct bm_run *run, size_t e, const struct bm_field *column);
/* Whether it is finished and nothing went wrong; of NULL: no. */
bool bm_run_is_done(const struct bm_run *run);
void bm_run_summarize(const struct bm_run *run, struct bm_summary *summary);
/* What was found in evaluation `e`. */
struct bm_findings bm_run_findings(const struct bm_run *run, size_t e);
/* Nothing runs any more: what is not finished gets the status `interrupted`. */
void bm_results_interrupt(struct bm_results *results);
void bm_results_fini(struct bm_results *results);

/* The order of rows: by settings, in the order of their table, then by id. */
int bm_run_compare(const struct bm_run *a, const struct bm_run *b);
void bm_results_sort(struct bm_results *results);

/* Moves to `into` what `from` has more: runs that are not there, done ones for failed ones, those
 * with further probes, finished ones for others, those with more evaluations for those with fewer,
 * and else the later ones; copies texts whose name is not there. `from` stays valid. `*taken`: how
 * many runs. Fails (BM_EXIT_IO) with nothing moved where they have different data. */
int bm_results_merge(struct bm_results *into, struct bm_results *from, size_t *taken,
                     struct bm_err *err);
/* Whether a record of a run is worth more than another one of it (NULL: there is none). */
bool bm_run_has_more(const struct bm_run *run, const struct bm_run *than);
/* Before that, where both are to be kept: joins texts that differ, each part of them once, and
 * finds the runs that no sweep of both has. */
int bm_results_join_texts(struct bm_results *into, const struct bm_results *from,
                          struct bm_err *err);
/* Whether a text is the digest of a data set. */
bool bm_meta_is_data_digest(const char *name);

/* What two records of one run say of each other: of what is reproducible, with its evaluations. */
struct bm_agreement {
    bool differs;                /* they contradict each other */
    bool a_has_more, b_has_more; /* what the other one says nothing of */
    char where[300]; /* the first contradiction: "fit in epoch 10 is 0.5 and 0.6"; else "" */
};
void bm_runs_agree(const struct bm_run *a, const struct bm_run *b, struct bm_agreement *agreement);

/* Fails (BM_EXIT_IO) with the first run whose id is not the digest of its settings. */
int bm_results_check_ids(const struct bm_results *results, struct bm_err *err);

/* Hands frames that lead to `results` to `take`, one at a time, without SCHEMA frames. */
int bm_results_replay(const struct bm_results *results,
                      int (*take)(void *context, const void *frame, size_t size,
                                  struct bm_err *err),
                      void *context, struct bm_err *err);
/* The same of one run. */
int bm_run_replay(const struct bm_run *run,
                  int (*take)(void *context, const void *frame, size_t size, struct bm_err *err),
                  void *context, struct bm_err *err);

#endif
