#include "bm/arena.h"

#include <assert.h>
#include <sys/mman.h>

size_t bm_arena_need(size_t bytes)
{
    return (bytes + BM_ALIGN - 1) / BM_ALIGN * BM_ALIGN;
}

int bm_arena_init(struct bm_arena *arena, size_t size, const char *what, struct bm_err *err)
{
    *arena = (struct bm_arena){0};
    if (size == 0)
        return 0;
    /* mmap rather than malloc: zeroed, page-aligned, and handed back to the system at once. */
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return bm_fail_errno(err, "no memory for %s (%.1f MiB)", what, (double)size / 0x1p20);
    /* Huge pages where the system grants them; without them it is only slower. */
    (void)madvise(base, size, MADV_HUGEPAGE);
    arena->base = base;
    arena->size = size;
    return 0;
}

void *bm_arena_take(struct bm_arena *arena, size_t bytes)
{
    size_t need = bm_arena_need(bytes);
    assert(need <= arena->size - arena->used);
    void *memory = arena->base + arena->used;
    arena->used += need;
    return memory;
}

void bm_arena_fini(struct bm_arena *arena)
{
    if (arena->base != NULL)
        munmap(arena->base, arena->size);
    *arena = (struct bm_arena){0};
}
