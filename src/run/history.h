/* What stored runs tell about those to come. */
#ifndef BM_RUN_HISTORY_H
#define BM_RUN_HISTORY_H

#include "bm/results.h"
#include "estimate.h"
#include "points.h"

/* A kind of machine, as far as speed goes; what the columns of these names say. */
struct bm_machine {
    char cpu[96], isa[32], blas_kernel[32];
    const char *conv; /* static */
    int64_t threads;  /* of a trainer */
};

/* This one. */
void bm_machine_here(const struct bm_launch *launch, struct bm_machine *machine);
/* Adds the runs that were done on such a machine, whether the sweep still has them or not: their
 * duration, and to `work` (may be NULL) the seconds of a core. Returns how many. */
size_t bm_history_pace(const struct bm_results *results, const struct bm_launch *launch,
                       const struct bm_machine *machine, struct bm_pace *pace,
                       struct bm_pace *work);

/* A sentence where one of `n` finished points was made on another kind of machine than this one, so
 * that its bits are others; else "". Returns `text`. */
char *bm_history_other_machine(const struct bm_results *results, const struct bm_points *points,
                               const size_t *some, size_t n, char *text, size_t size);

/* Whether point i is done, but measured otherwise than the sweep says now: by settings that are not
 * in its id, like `probes`. */
bool bm_history_is_otherwise(const struct bm_points *points, const struct bm_results *results,
                             size_t i);
/* A sentence about all that are, and what to do; "": there are none. Returns `text`. */
enum { BM_HISTORY_SIZE = 5000 };
char *bm_history_warning(const struct bm_points *points, const struct bm_results *results,
                         char *text, size_t size);

/* A sentence about those of `n` points that had begun, and begin anew because their checkpoints are
 * of other settings, which it names where they are recorded; "": there are none. Returns `text`. */
char *bm_history_anew(const struct bm_results *results, const struct bm_points *points,
                      const size_t *some, size_t n, char *text, size_t size);

#endif
