/* A grid: base settings and axes, and the points that they span. Points are numbered 0 … n-1 in the
 * order of the grid (last axis fastest) and made on demand. Pure. */
#ifndef BM_GRID_H
#define BM_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/config.h"
#include "bm/err.h"

enum { BM_MOST_POINTS = 10 * 1000 * 1000 };

struct bm_grid;

/* Points before duplicates are merged (two points with one id: settings without effect). */
uint64_t bm_grid_points(const struct bm_grid *grid);
/* Fills the configuration of one point; false when an exclusion removes it. */
bool bm_grid_point(const struct bm_grid *grid, uint64_t point, struct bm_config *config);
/* Keys that vary over the grid, NULL-terminated, in the order of the file (borrowed). */
const char *const *bm_grid_axes(const struct bm_grid *grid);

/* An item of exclude: that no point of the grid matches. All is borrowed. */
struct bm_grid_idle {
    const char *place;            /* "sweep.yaml:9:5" */
    const struct bm_field *field; /* its first setting that no point has with the value that it
                                     has in `values`; NULL: none has all of them together */
    const struct bm_config *values;
};
/* The next one from item *at (from 0) on, and *at behind it; false when there are no more. */
bool bm_grid_idle_exclusion(const struct bm_grid *grid, size_t *at, struct bm_grid_idle *idle);

/* An item of include: and its points. */
struct bm_grid_inclusion {
    const char *place; /* borrowed */
    uint64_t first, n;
};
/* Item i (from 0); false when there are not so many. */
bool bm_grid_inclusion(const struct bm_grid *grid, size_t i, struct bm_grid_inclusion *inclusion);
/* Whether there is a point whose settings all match (bm_field_matches) those of `config`, in the
 * grid or in an item of include: whose points all have numbers below `end`. */
bool bm_grid_has(const struct bm_grid *grid, const struct bm_config *config, uint64_t end);

/* ---- building, for the reader of sweep files ----
 *
 * A block is a product of axes; its points are numbered after those of the blocks before it. An
 * axis is one list of values, or several lists (columns) that advance together. Everything added
 * belongs to the block, axis or exclusion that was added last. */

/* Every point starts from `base` (copied). Fields given to the functions below are rows of
 * bm_config_table (borrowed). Memory running out aborts. */
struct bm_grid *bm_grid_new(const struct bm_config *base);
void bm_grid_free(struct bm_grid *grid); /* NULL is legal */

/* The block of the sections grid: and zip:, to which exclusions apply, has no place; others are
 * items of include:, at `place` ("sweep.yaml:9:5", copied). */
void bm_grid_add_block(struct bm_grid *grid, const char *place);
void bm_grid_add_axis(struct bm_grid *grid);
void bm_grid_add_column(struct bm_grid *grid, const struct bm_field *field);
/* Appends the field's member of `value` to the column. */
void bm_grid_add_value(struct bm_grid *grid, const struct bm_config *value);
/* Values in the column that was added last. */
size_t bm_grid_column_length(const struct bm_grid *grid);
/* Whether two places of the last axis have values that match (bm_field_matches) in all its columns
 * (of equal length); their numbers, from 0, to `first` < `second`. */
bool bm_grid_axis_repeats(const struct bm_grid *grid, size_t *first, size_t *second);

/* Whether a column of the last axis has real numbers, which match to 12 digits. */
bool bm_grid_axis_is_real(const struct bm_grid *grid);

/* `place` is copied. */
void bm_grid_add_exclusion(struct bm_grid *grid, const char *place);
/* The exclusion applies to points whose member matches that of `value`, for all its conditions. */
void bm_grid_add_condition(struct bm_grid *grid, const struct bm_field *field,
                           const struct bm_config *value);

/* Numbers the points; to be called once, after the last addition and before any use. Fails when
 * there are more than BM_MOST_POINTS (BM_EXIT_DATA). */
int bm_grid_finish(struct bm_grid *grid, struct bm_err *err);

#endif
