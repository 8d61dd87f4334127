/* What the files of results in memory share. */
#ifndef BM_MODEL_RESULTS_RUN_H
#define BM_MODEL_RESULTS_RUN_H

#include "bm/results.h"

/* Grows the array behind a pointer, which is at `array`, to `n` elements; the contents stay. */
int bm_results_resize(void *array, size_t n, size_t size, struct bm_err *err);

/* Takes an EVALUATION frame in: replaces the evaluation of its epoch, or adds one. */
int bm_run_evaluate(struct bm_run *run, const struct bm_measured *measured, struct bm_err *err);
/* Takes a PROBES frame in. */
int bm_run_extend(struct bm_run *run, const struct bm_frame *frame, struct bm_err *err);
void bm_run_fini(struct bm_run *run);

/* Makes the memory of its rows the run's own, where it is lent. */
int bm_run_own(struct bm_run *run, struct bm_err *err);

/* The position of the tap of that name; n_taps: there is none. */
size_t bm_findings_tap(const struct bm_findings *findings, const char *tap);

#endif
