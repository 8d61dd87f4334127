/* Arenas: one allocation, carved from the front, freed as a whole. What is planned once needs no
 * allocation while it works.
 *
 * An arena without a base counts: bm_arena_take adds up what it would take and returns NULL. So a
 * function that carves is also the one that says how much it carves, and the two cannot disagree:
 *
 *     struct bm_arena count = {0};
 *     carve(&count, …);
 *     if (bm_arena_init(&arena, count.used, "what", err) != 0) …
 *     carve(&arena, …);
 *
 * What such a function does with its pieces beside taking them has to bear that they are NULL. */
#ifndef BM_ARENA_H
#define BM_ARENA_H

#include <stddef.h>

#include "bm/err.h"

enum { BM_ALIGN = 64 }; /* bytes: a cache line and an AVX-512 register */

struct bm_arena {
    unsigned char *base; /* owned, unless it is lent; NULL: counts */
    size_t size, used;   /* bytes */
};

/* The size that `bytes` take in an arena: rounded up to BM_ALIGN. */
size_t bm_arena_need(size_t bytes);

/* Allocates `size` zeroed bytes. Fails when the memory is not to be had, naming `what` it was for.
 */
int bm_arena_init(struct bm_arena *arena, size_t size, const char *what, struct bm_err *err);
/* An arena in memory of somebody else, BM_ALIGN-aligned; it has no bm_arena_fini. NULL: counts. */
struct bm_arena bm_arena_lent(void *memory, size_t size);
/* BM_ALIGN-aligned bytes, owned by the arena. Asking for more than was planned is a bug. */
void *bm_arena_take(struct bm_arena *arena, size_t bytes);
/* Takes `n` parts of `bytes` each, and gives part i as an arena (one that counts, where this one
 * does): for what each of several threads carves in the same way. */
struct bm_arena bm_arena_part(struct bm_arena *arena, size_t bytes, int n, int i);
void bm_arena_fini(struct bm_arena *arena);

/* Says of memory of any kind that all of it is going to be used: the system is to give it in huge
 * pages, where it can. */
void bm_memory_expect(void *memory, size_t size);

#endif
