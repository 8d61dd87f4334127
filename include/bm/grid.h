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

/* ---- building, for the reader of sweep files ----
 *
 * A block is a product of axes; its points are numbered after those of the blocks before it. An
 * axis is one list of values, or several lists (columns) that advance together. Everything added
 * belongs to the block, axis or exclusion that was added last. */

/* Every point starts from `base` (copied). Fields given to the functions below are rows of
 * bm_config_table (borrowed). Memory running out aborts. */
struct bm_grid *bm_grid_new(const struct bm_config *base);
void bm_grid_free(struct bm_grid *grid); /* NULL is legal */

/* `excludable`: exclusions apply to its points. */
void bm_grid_add_block(struct bm_grid *grid, bool excludable);
void bm_grid_add_axis(struct bm_grid *grid);
void bm_grid_add_column(struct bm_grid *grid, const struct bm_field *field);
/* Appends the field's member of `value` to the column. */
void bm_grid_add_value(struct bm_grid *grid, const struct bm_config *value);
/* Values in the column that was added last. */
size_t bm_grid_column_length(const struct bm_grid *grid);
/* Whether two places of the last axis have the same values in all its columns (of equal length);
 * their numbers, from 0, to `first` < `second`. */
bool bm_grid_axis_repeats(const struct bm_grid *grid, size_t *first, size_t *second);

void bm_grid_add_exclusion(struct bm_grid *grid);
/* The exclusion matches points whose member equals that of `value`, for all its conditions. */
void bm_grid_add_condition(struct bm_grid *grid, const struct bm_field *field,
                           const struct bm_config *value);

/* Numbers the points; to be called once, after the last addition and before any use. Fails when
 * there are more than BM_MOST_POINTS (BM_EXIT_DATA). */
int bm_grid_finish(struct bm_grid *grid, struct bm_err *err);

#endif
