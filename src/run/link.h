/* How the ranks of a job reach each other: two functions. MPI's are in wire.c; tests have a loop in
 * one process, which may as well lose, repeat, delay or reorder. */
#ifndef BM_RUN_LINK_H
#define BM_RUN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/bytes.h"

struct bm_link {
    void *context;
    int rank, ranks;       /* of this process; in all, at least 1 */
    const char *library;   /* what carries the messages, for the record; NULL: nothing does */
    const uint64_t *hosts; /* by rank: equal on one machine; NULL: not known */
    const bool *has_bf16;  /* by rank: bm_isa_has_bf16 there; NULL: as here */
    /* Sends a copy of the bytes and returns at once. Not called while there is one rank. */
    void (*send)(void *context, int to, const void *data, size_t size);
    /* Fetches one message, if there is one, without waiting. `message` is overwritten. Not called
     * while there is one rank. */
    bool (*poll)(void *context, int *from, struct bm_bytes *message);
    /* The other rank is given up: nobody waits for what was sent to it, nor for its end. */
    void (*abandon)(void *context, int rank);
};

/* Whether trainers of the rank have instructions for bfloat16. */
bool bm_link_has_bf16(const struct bm_link *link, int rank);

/* A process without others. */
extern const struct bm_link bm_link_alone;

#endif
