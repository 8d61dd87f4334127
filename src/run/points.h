/* The points of a sweep: each different run once, with its cost and with what is known of it. */
#ifndef BM_RUN_POINTS_H
#define BM_RUN_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "bm/results.h"
#include "bm/sweep.h"

enum bm_point_state { BM_POINT_TODO, BM_POINT_DONE, BM_POINT_FAILED, BM_POINT_STATES };

struct bm_point {
    struct bm_id id;
    uint64_t index; /* in the grid; of several with one id, the first */
    size_t kind;    /* of speed (estimate.h): bm_points_kind */
    double cost;    /* FLOP */
    double memory;  /* bytes of its trainer */
    enum bm_point_state state;
    bool needs_bf16;
    bool timed_out; /* it has failed by that */
    bool is_asked;  /* this session is about it */
};

struct bm_points {
    const struct bm_sweep *sweep; /* borrowed */
    size_t n;
    struct bm_point *points; /* in the order of the grid; owned */
    size_t n_merged;         /* points that were duplicates of others */
    size_t n_strangers;      /* stored runs that are no points (strangers.h) */
    size_t count[BM_POINT_STATES];
    size_t n_asked, asked[BM_POINT_STATES]; /* the same of those that the session is about */
    double disk;                            /* bytes: of all results and saved weights */
    double state;                           /* of the largest checkpoint */
};

/* Makes all points; all are BM_POINT_TODO. A point that is not possible is an error that names its
 * varying settings (BM_EXIT_DATA). `sweep->launch` is resolved. */
int bm_points_init(struct bm_points *points, const struct bm_sweep *sweep, struct bm_err *err);
void bm_points_fini(struct bm_points *points);

/* Sets the states from what is stored, and counts the strangers; the session is about no point yet.
 */
void bm_points_match(struct bm_points *points, const struct bm_results *results);
void bm_points_set_state(struct bm_points *points, size_t i, enum bm_point_state state);
/* The session is about point i. Once a point. */
void bm_points_ask(struct bm_points *points, size_t i);

/* The kind of speed of a run with this configuration, and its name: "resnet18 in bf16". */
size_t bm_points_kind(const struct bm_config *config);
char *bm_points_kind_text(size_t kind, char *text, size_t size); /* returns `text` */

/* The point meant by `text`: its index in the grid, or the beginning of its id, as long as it is
 * unique. -1 and BM_EXIT_USAGE when there is none. */
int bm_points_find(const struct bm_points *points, const char *text, size_t *found,
                   struct bm_err *err);

/* "diversity=none seed=2": the settings that vary over the sweep and have an effect here. Returns
 * `text`. */
char *bm_points_text(const struct bm_points *points, const struct bm_config *config, char *text,
                     size_t size);

/* The configuration of point i. */
void bm_points_config(const struct bm_points *points, size_t i, struct bm_config *config);

#endif
