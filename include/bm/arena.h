/* Arenas: one allocation, carved from the front, freed as a whole. What is planned once needs no
 * allocation while it works. */
#ifndef BM_ARENA_H
#define BM_ARENA_H

#include <stddef.h>

#include "bm/err.h"

enum { BM_ALIGN = 64 }; /* bytes: a cache line and an AVX-512 register */

struct bm_arena {
    unsigned char *base; /* owned */
    size_t size, used;   /* bytes */
};

/* The size that `bytes` take in an arena: rounded up to BM_ALIGN. */
size_t bm_arena_need(size_t bytes);

/* Allocates `size` zeroed bytes. Fails when the memory is not to be had, naming `what` it was for.
 */
int bm_arena_init(struct bm_arena *arena, size_t size, const char *what, struct bm_err *err);
/* BM_ALIGN-aligned bytes, owned by the arena. Asking for more than was planned is a bug. */
void *bm_arena_take(struct bm_arena *arena, size_t bytes);
void bm_arena_fini(struct bm_arena *arena);

#endif
