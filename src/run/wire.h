/* Messages between the ranks of an MPI job. The only file that knows MPI is wire.c; whoever has no
 * launcher never calls it. Nothing here waits, but for bm_wire_fini: MPI's own waiting spins.
 *
 * Messages from one rank to another arrive in the order in which they were sent. An MPI error ends
 * the job (MPI's default). */
#ifndef BM_RUN_WIRE_H
#define BM_RUN_WIRE_H

#include "link.h"

/* MPI_Init and MPI_Finalize. All ranks; the latter only when no rank has anything left to do. Where
 * a rank was abandoned, MPI would wait for it for ever: then the whole job is ended at once, with
 * the exit code. */
void bm_wire_init(void);
void bm_wire_fini(int exit_code);

/* The link between all ranks, after bm_wire_init. Messages are smaller than 2 GiB; a poll also
 * brings pending sends on. */
struct bm_link bm_wire_link(void);

#endif
