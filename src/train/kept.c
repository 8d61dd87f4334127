#include "kept.h"

static void carve(struct bm_kept *kept, struct bm_arena *arena)
{
    for (int w = 0; w < BM_WALKS; w++) {
        struct bm_kept_walk *walk = &kept->walks[w];
        walk->rows = bm_arena_take(arena, walk->n * kept->dimension * sizeof *walk->rows);
        walk->is_kept = bm_arena_take(arena, (walk->n / kept->batch + 1) * sizeof *walk->is_kept);
    }
}

int bm_kept_init(struct bm_kept *kept, const struct bm_rounds *rounds, struct bm_err *err)
{
    struct bm_arena count = {0};
    *kept = (struct bm_kept){0};
    if (!rounds->keeps)
        return 0;
    kept->tap = rounds->memory.stretch.resume;
    kept->dimension = rounds->sizes.taps[kept->tap].dimension;
    kept->batch = rounds->sizes.most_rows;
    for (int w = 0; w < BM_WALKS; w++)
        kept->walks[w].n = rounds->kept_rows[w];
    carve(kept, &count);
    if (bm_arena_init(&kept->arena, count.used, "features of all images", err) != 0)
        return -1;
    carve(kept, &kept->arena);
    return 0;
}

void bm_kept_fini(struct bm_kept *kept)
{
    bm_arena_fini(&kept->arena);
}

const float *bm_kept_find(const struct bm_kept *kept, enum bm_walk over, size_t first)
{
    const struct bm_kept_walk *walk = &kept->walks[over];
    if (kept->tap == 0 || first >= walk->n || !walk->is_kept[first / kept->batch])
        return NULL;
    return walk->rows + first * kept->dimension;
}

float *bm_kept_room(struct bm_kept *kept, enum bm_walk over, int tap, size_t first, size_t n)
{
    struct bm_kept_walk *walk = &kept->walks[over];
    if (kept->tap == 0 || tap != kept->tap || first + n > walk->n ||
        walk->is_kept[first / kept->batch])
        return NULL;
    walk->is_kept[first / kept->batch] = true;
    return walk->rows + first * kept->dimension;
}
