/* What the environment may say to OpenMP and to the BLAS: a trainer's threads are what `threads:`
 * says, on the cores that its rank was started on, whatever variables are set. */
#ifndef BM_RUN_ENVIRONMENT_H
#define BM_RUN_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"

struct bm_environment {
    char **variables; /* for posix_spawn: owned array of borrowed texts, NULL-terminated */
    char added[3][40];
};

/* The environment of a trainer with so many threads, from this process's. Returns 0 or an errno. */
int bm_environment_init(struct bm_environment *environment, int64_t threads);
void bm_environment_fini(struct bm_environment *environment);

/* Lists the variables that ask for something else than trainers with so many threads do:
 * "OMP_PROC_BIND=true, OMP_NUM_THREADS=8"; "" when there are none. Returns `text`. */
char *bm_environment_ignored(int64_t threads, char *text, size_t size);

/* That the BLAS kernel which OPENBLAS_CORETYPE asks for does not crash on this CPU
 * (BM_EXIT_USAGE). */
int bm_environment_check(struct bm_err *err);

#endif
