/* A sweep: base settings and axes, and the points that they span. Points are numbered 0 … n-1 in
 * the order of the grid (last axis fastest) and made on demand. */
#ifndef BM_SWEEP_H
#define BM_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "bm/config.h"
#include "bm/err.h"

struct bm_grid; /* model/grid.c: axes, zips, exclusions, inclusions; pure */

struct bm_sweep {
    char name[64];
    char results[1024]; /* path as written */
    char *text;         /* the file verbatim; owned */
    struct bm_launch launch;
    struct bm_grid *grid; /* owned */
};

/* Reads a sweep file. `set` are n_set overrides "key=value" of the command line (they replace a
 * fixed value or an axis; keys of `run:` are valid, too). Errors name file:line:column
 * (BM_EXIT_DATA). */
int bm_sweep_read(const char *path, const char *const *set, size_t n_set, struct bm_sweep *sweep,
                  struct bm_err *err);
void bm_sweep_fini(struct bm_sweep *sweep);

/* Points before duplicates are merged (two points with one id: settings without effect). */
uint64_t bm_grid_points(const struct bm_grid *grid);
/* Fills the configuration of one point; false when an exclusion removes it. */
bool bm_grid_point(const struct bm_grid *grid, uint64_t point, struct bm_config *config);
/* Keys that vary over the grid, NULL-terminated, in the order of the file (borrowed). */
const char *const *bm_grid_axes(const struct bm_grid *grid);

#endif
