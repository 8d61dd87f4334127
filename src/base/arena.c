#include "bm/arena.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

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
    bm_memory_expect(base, size);
    arena->base = base;
    arena->size = size;
    return 0;
}

struct bm_arena bm_arena_lent(void *memory, size_t size)
{
    return (struct bm_arena){.base = memory, .size = size};
}

void *bm_arena_take(struct bm_arena *arena, size_t bytes)
{
    size_t need = bm_arena_need(bytes), at = arena->used;
    assert(arena->base == NULL || need <= arena->size - at);
    arena->used += need;
    return arena->base == NULL ? NULL : arena->base + at;
}

struct bm_arena bm_arena_part(struct bm_arena *arena, size_t bytes, int n, int i)
{
    size_t part = bm_arena_need(bytes);
    unsigned char *memory = bm_arena_take(arena, part * (size_t)n);
    return bm_arena_lent(memory == NULL ? NULL : memory + part * (size_t)i, part);
}

/* Whole pages alone: others may be somebody else's as well. Where it is refused, all is only
 * slower.
 */
void bm_memory_expect(void *memory, size_t size)
{
    enum { HUGE_PAGE = 2 << 20 }; /* of most machines; less has none */
    if (size < HUGE_PAGE)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)memory + page - 1) / page,
              end = ((uintptr_t)memory + size) / page;
    if (end > first)
        (void)madvise((void *)(first * page), (end - first) * page, MADV_HUGEPAGE);
}

void bm_arena_fini(struct bm_arena *arena)
{
    if (arena->base != NULL)
        munmap(arena->base, arena->size);
    *arena = (struct bm_arena){0};
}
