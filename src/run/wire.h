/* Messages between the ranks of an MPI job. The only file that knows MPI is wire.c; whoever has no
 * launcher never calls it. Nothing here waits, but for bm_wire_fini: MPI's own waiting spins.
 *
 * Messages from one rank to another arrive in the order in which they were sent. An MPI error ends
 * the job (MPI's default). */
#ifndef BM_RUN_WIRE_H
#define BM_RUN_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/bytes.h"

/* MPI_Init and MPI_Finalize. All ranks; the latter only when no rank has anything left to do. */
void bm_wire_init(void);
void bm_wire_fini(void);

int bm_wire_rank(void);
int bm_wire_size(void);
/* "Open MPI v4.1.4"; may be called without bm_wire_init. */
const char *bm_wire_library(void);

/* Sends a copy of the bytes (less than 2 GiB) and returns at once. */
void bm_wire_send(int rank, const void *data, size_t size);
/* Fetches one message, if there is one, and brings pending sends on. `message` is overwritten. */
bool bm_wire_poll(int *from, struct bm_bytes *message);

#endif
