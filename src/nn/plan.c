#include "plan.h"

#include <stdint.h>

#include "bm/arena.h"

static const size_t NOT_PLACED = SIZE_MAX;

static struct bm_block *largest_not_placed(struct bm_block *blocks, size_t n)
{
    struct bm_block *largest = NULL;
    for (size_t i = 0; i < n; i++)
        if (blocks[i].offset == NOT_PLACED && (largest == NULL || blocks[i].size > largest->size))
            largest = &blocks[i];
    return largest;
}

/* A placed block that is alive together with `block` and would overlap it at `offset`. */
static const struct bm_block *obstacle(const struct bm_block *blocks, size_t n,
                                       const struct bm_block *block, size_t offset)
{
    for (size_t i = 0; i < n; i++) {
        const struct bm_block *other = &blocks[i];
        if (other->offset != NOT_PLACED && other->first <= block->last &&
            block->first <= other->last && other->offset < offset + block->size &&
            offset < other->offset + other->size)
            return other;
    }
    return NULL;
}

size_t bm_plan(struct bm_block *blocks, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        blocks[i].offset = NOT_PLACED;
    for (struct bm_block *block; (block = largest_not_placed(blocks, n)) != NULL;) {
        /* Every offset below an obstacle's end meets it again, so this finds the lowest one. */
        size_t offset = 0;
        for (const struct bm_block *other; (other = obstacle(blocks, n, block, offset)) != NULL;)
            offset = bm_arena_need(other->offset + other->size);
        block->offset = offset;
        size_t end = bm_arena_need(offset + block->size);
        total = end > total ? end : total;
    }
    return total;
}
