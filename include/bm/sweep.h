/* A sweep: what its file says. */
#ifndef BM_SWEEP_H
#define BM_SWEEP_H

#include <stddef.h>

#include "bm/config.h"
#include "bm/err.h"
#include "bm/grid.h"

struct bm_sweep {
    char name[64];
    char results[1024]; /* path, with ~ and variables expanded */
    char *text;         /* the file verbatim; owned */
    char **places;      /* for bm_sweep_place, by row; owned */
    struct bm_launch launch;
    struct bm_grid *grid; /* owned */
};

/* Reads a sweep file. `set` are n_set overrides "key=value" of the command line (they replace a
 * fixed value or an axis; keys of `run:` are valid, too). Errors name file:line:column
 * (BM_EXIT_DATA). */
int bm_sweep_read(const char *path, const char *const *set, size_t n_set, struct bm_sweep *sweep,
                  struct bm_err *err);
void bm_sweep_fini(struct bm_sweep *sweep);

/* Where the setting, of either table, has its value from, "sweep.yaml:4:20" or "--set lr=0.1", of
 * several places the first; NULL: it has its default everywhere. Borrowed. */
const char *bm_sweep_place(const struct bm_sweep *sweep, const struct bm_field *field);

#endif
