/* Whether an MPI launcher started this process, by its environment: without one MPI_Init would
 * start a daemon and take more than a second. */
#ifndef BM_RUN_LAUNCHER_H
#define BM_RUN_LAUNCHER_H

#include <stdbool.h>

#include "bm/err.h"

/* True when MPI_Init is to be called. A job step of several tasks that no MPI launcher knows of is
 * an error (BM_EXIT_USAGE): each task would take itself for the whole sweep. */
int bm_launcher_find(bool *is_there, struct bm_err *err);
/* After MPI_Init: that several processes did not become several jobs of one rank, as those of
 * another MPI's launcher do. `library` is the MPI that this program is built with. */
int bm_launcher_check(int ranks, const char *library, struct bm_err *err);
/* The rank of this process by its environment, for programs that do not call MPI_Init; 0 without an
 * MPI launcher. */
int bm_launcher_rank(void);
/* Ranks on this machine, as far as the environment says: at least 1. */
int bm_launcher_local_ranks(void);
/* The process that started the ranks of this machine (mpirun, or the daemon that it has there),
 * among the parents of this one; -1 when none of them is known as such. */
int bm_launcher_pid(void);

#endif
