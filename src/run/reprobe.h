/* Further probes of finished runs (--reprobe): which runs lack some that the sweep file asks for
 * now, and whether these can be taken without training. Changes nothing. */
#ifndef BM_RUN_REPROBE_H
#define BM_RUN_REPROBE_H

#include "points.h"

enum bm_reprobe_need {
    BM_REPROBE_NOT_DONE, /* the run is still to be trained, or failed */
    BM_REPROBE_NOTHING,  /* it has all probes that are asked for */
    BM_REPROBE_POSSIBLE, /* it lacks some, and they can be taken */
    BM_REPROBE_REFUSED,  /* it lacks some, and they cannot */
};

/* Of point i. `config`, where it is possible: the settings by which probes are taken; its `probes`
 * are those that the run lacks. `why`, where it is refused: the reason. Both may be NULL. */
enum { BM_REPROBE_WHY = 300 };
enum bm_reprobe_need bm_reprobe_need(const struct bm_points *points,
                                     const struct bm_results *results, size_t i,
                                     struct bm_config *config, char why[BM_REPROBE_WHY]);
/* What the trainer of point i is told; where it is possible. `launch`, `results` and the seal are
 * there already. */
void bm_reprobe_job(const struct bm_points *points, const struct bm_results *results, size_t i,
                    struct bm_job *job);
/* Floating-point operations, for point i where it is possible. */
double bm_reprobe_cost(const struct bm_points *points, const struct bm_results *results, size_t i);
/* Of the points in the state `done`, for how many it is possible. */
size_t bm_reprobe_count(const struct bm_points *points, const struct bm_results *results);

/* A sentence for each point that the session is about and that is refused. */
void bm_reprobe_refusals(const struct bm_points *points, const struct bm_results *results,
                         void (*say)(void *context, const char *sentence), void *context);

#endif
