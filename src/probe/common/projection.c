#include "projection.h"

#include <string.h>

#include "bm/random.h"

struct bm_projection bm_projection_begin(size_t from, size_t to, struct bm_arena *arena)
{
    struct bm_projection projection = {from, to, NULL};
    if (from > to)
        projection.place = bm_arena_take(arena, from * sizeof *projection.place);
    return projection;
}

void bm_projection_draw(struct bm_projection *projection)
{
    for (size_t i = 0; i < projection->from && projection->place != NULL; i++) {
        struct bm_random random = bm_random_of(0, BM_RANDOM_PROJECTION, i, 0);
        int32_t to = 1 + (int32_t)bm_random_below(&random, projection->to);
        projection->place[i] = bm_random_u64(&random) & 1 ? to : -to;
    }
}

void bm_projection_apply(const struct bm_projection *projection, const float *row, double *out)
{
    const int32_t *place = projection->place;
    if (place == NULL) {
        for (size_t k = 0; k < projection->to; k++)
            out[k] = (double)row[k];
        return;
    }
    memset(out, 0, projection->to * sizeof *out);
    for (size_t k = 0; k < projection->from; k++)
        out[(place[k] > 0 ? place[k] : -place[k]) - 1] +=
            place[k] > 0 ? (double)row[k] : -(double)row[k];
}
