/* A sweep: what its file says. */
#ifndef BM_SWEEP_H
#define BM_SWEEP_H

#include <stddef.h>

#include "bm/config.h"
#include "bm/err.h"
#include "bm/grid.h"

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

#endif
