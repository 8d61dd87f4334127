/* A random projection of rows to fewer features: each is added to one of the sums, or subtracted
 * (Weinberger et al., "Feature hashing for large scale multitask learning", 2009). The same of all
 * rows of a length, in every run. */
#ifndef BM_PROBE_COMMON_PROJECTION_H
#define BM_PROBE_COMMON_PROJECTION_H

#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"

struct bm_projection {
    size_t from, to;
    int32_t *place; /* from: 1 + where each is added, negative: subtracted; NULL: rows stay */
};

/* Of rows of `from` features to `to`, at most as many: takes the memory, or counts it. */
struct bm_projection bm_projection_begin(size_t from, size_t to, struct bm_arena *arena);
void bm_projection_draw(struct bm_projection *projection);
/* row: from values; out: to. */
void bm_projection_apply(const struct bm_projection *projection, const float *row, double *out);

#endif
