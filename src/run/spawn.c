#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "environment.h"
#include "signals.h"
#include "trainer.h"

/* ---- pipes ---- */

/* A descriptor that is out of the way of the child's 0 … 4, and closed by exec. */
static int move_up(int fd)
{
    if (fd < 0 || fd > BM_TRAINER_BEATS)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, BM_TRAINER_BEATS + 1);
    close(fd);
    return moved;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

struct pipe_ends {
    int read, write;
};

static int open_pipe(struct pipe_ends *ends)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    ends->read = move_up(fds[0]);
    ends->write = move_up(fds[1]);
    return ends->read < 0 || ends->write < 0 ? -1 : 0;
}

struct pipes {
    struct pipe_ends job, records, output;
};

static void close_pipes(struct pipes *pipes)
{
    struct pipe_ends *all[] = {&pipes->job, &pipes->records, &pipes->output};
    for (size_t i = 0; i < 3; i++) {
        close_fd(&all[i]->read);
        close_fd(&all[i]->write);
    }
}

/* Opens the pipes; the job already lies in its pipe, so that nobody waits for the child to read. */
static int open_pipes(struct pipes *pipes, const struct bm_bytes *job)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (open_pipe(&pipes->job) != 0 || open_pipe(&pipes->records) != 0 ||
        open_pipe(&pipes->output) != 0)
        return -1;
    if (job->size > 4096) { /* the smallest capacity of a pipe */
        errno = E2BIG;
        return -1;
    }
    if (write(pipes->job.write, job->data, job->size) != (ssize_t)job->size)
        return -1;
    close_fd(&pipes->job.write);
    fcntl(pipes->records.read, F_SETFL, O_NONBLOCK);
    fcntl(pipes->output.read, F_SETFL, O_NONBLOCK);
    return 0;
}

/* ---- start ---- */

/* None of the parent's signal handling, and a process group of its own. Signals that ask the sweep
 * to stop are blocked: Slurm and shells send them to all processes, but they are for the rank
 * alone, and a trainer that died of one would count as crashed. Returns an errno. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, blocked;
    sigfillset(&all);
    bm_signals_set(&blocked);
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &blocked);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct pipes *pipes, int beats)
{
    const struct {
        int from, to;
    } moves[] = {{pipes->job.read, STDIN_FILENO},
                 {pipes->output.write, STDOUT_FILENO},
                 {pipes->output.write, STDERR_FILENO},
                 {beats, BM_TRAINER_BEATS},
                 {pipes->records.write, BM_TRAINER_RECORDS}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        int error = posix_spawn_file_actions_adddup2(actions, moves[i].from, moves[i].to);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Returns an errno. */
static int spawn(pid_t *pid, const char *program, const struct pipes *pipes, int beats,
                 char **variables)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    char option[40];
    snprintf(option, sizeof option, BM_TRAINER_OPTION "%ld", (long)getpid());
    char name[] = "bm-sweep";
    char *arguments[] = {name, option, NULL};
    int error = posix_spawnattr_init(&attributes);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = set_attributes(&attributes);
        if (error == 0)
            error = set_actions(&actions, pipes, beats);
        if (error == 0)
            error = posix_spawn(pid, program, &actions, &attributes, arguments, variables);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return error;
}

int bm_spawn_trainer(const char *program, const struct bm_bytes *job, int64_t threads, int beats,
                     struct bm_spawned *spawned)
{
    struct pipes pipes;
    struct bm_environment environment = {0};
    int error = open_pipes(&pipes, job) == 0 ? bm_environment_init(&environment, threads) : errno;
    if (error == 0)
        error = spawn(&spawned->pid, program, &pipes, beats, environment.variables);
    if (error == 0) {
        spawned->records_fd = pipes.records.read;
        spawned->output_fd = pipes.output.read;
        pipes.records.read = pipes.output.read = -1;
    }
    close_pipes(&pipes);
    bm_environment_fini(&environment);
    return error;
}
