/* The birth of a trainer process: environment, pipes, posix_spawn. */
#ifndef BM_RUN_SPAWN_H
#define BM_RUN_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "bm/bytes.h"

struct bm_spawned {
    pid_t pid;
    int records_fd, output_fd; /* ends to read from; close-on-exec and non-blocking */
};

/* Starts `program --trainer=PID` in a process group of its own, with `job` (at most 4096 bytes) on
 * its standard input and `beats` as descriptor BM_TRAINER_BEATS. Returns 0, or an errno: then
 * nothing is left behind. */
int bm_spawn_trainer(const char *program, const struct bm_bytes *job, int64_t threads, int beats,
                     struct bm_spawned *spawned);

#endif
