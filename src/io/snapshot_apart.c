/* Reading a snapshot that may be damaged, in a child process: libhdf5 loops for ever on some
 * damaged files and crashes on others. The child has a limit of CPU time (a file server that is
 * slow costs none), and hands over frames: u32 size, frame; at the end a size of 0 and a `struct
 * verdict`. */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bm/clock.h"
#include "bm/file.h"

/* Seconds, more than ten times of what it takes: of CPU time, and by the clock. */
static double cpu_limit(double bytes)
{
    return 0.5 + bytes / 20e6;
}
static double wall_limit(double bytes)
{
    return 60 + bytes / 1e6;
}

struct verdict {
    int status;
    struct bm_snapshot_info info;
    struct bm_err err;
};

/* ---- the child ---- */

static void limit_child(double cpu_s)
{
    sigset_t none;
    struct itimerval timer = {.it_value.tv_sec = (time_t)cpu_s,
                              .it_value.tv_usec =
                                  (suseconds_t)(1e6 * (cpu_s - (double)(time_t)cpu_s))};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    signal(SIGPROF, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setitimer(ITIMER_PROF, &timer, NULL);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDERR_FILENO); /* for the last words of a library */
}

static int send_frame(void *context, const void *frame, size_t size, struct bm_err *err)
{
    uint32_t length = (uint32_t)size;
    if (fwrite(&length, sizeof length, 1, context) != 1 || fwrite(frame, size, 1, context) != 1)
        return bm_fail_errno(err, "cannot hand on");
    return 0;
}

static _Noreturn void run_child(int pipe, const char *path, double cpu_s)
{
    struct bm_results results = {0};
    struct verdict verdict = {0};
    const uint32_t end = 0;
    limit_child(cpu_s);
    FILE *out = fdopen(pipe, "w");
    if (out == NULL)
        _exit(1);
    verdict.status = bm_snapshot_read(path, &results, &verdict.info, &verdict.err);
    if (verdict.status == 0)
        verdict.status = bm_results_replay(&results, send_frame, out, &verdict.err);
    fwrite(&end, sizeof end, 1, out);
    fwrite(&verdict, sizeof verdict, 1, out);
    _exit(fflush(out) != 0);
}

/* ---- the parent ---- */

struct reader {
    struct bm_results *results;
    struct bm_schemas schemas;
    struct bm_frame frame;
    struct bm_bytes bytes; /* that came and were not taken yet */
    struct verdict verdict;
    bool has_verdict;
};

/* Takes the frames that are whole. */
static int take_frames(struct reader *reader, struct bm_err *err)
{
    size_t at = 0;
    int status = 0;
    while (status == 0 && !reader->has_verdict && reader->bytes.size - at >= sizeof(uint32_t)) {
        uint32_t size;
        const unsigned char *body = reader->bytes.data + at + sizeof size;
        memcpy(&size, reader->bytes.data + at, sizeof size);
        size_t needed = size > 0 ? size : sizeof reader->verdict;
        if (reader->bytes.size - at - sizeof size < needed)
            break;
        if (size == 0) {
            memcpy(&reader->verdict, body, sizeof reader->verdict);
            reader->has_verdict = true;
        } else {
            status = bm_frame_decode(body, size, &reader->schemas, &reader->frame, err);
            if (status == 0)
                status = bm_results_apply(reader->results, &reader->frame, err);
        }
        at += sizeof size + needed;
    }
    bm_bytes_drop(&reader->bytes, at);
    return status;
}

/* Reads until the pipe's end, the verdict or the end of the time. */
static int listen(struct reader *reader, int pipe, double seconds, struct bm_err *err)
{
    unsigned char block[65536];
    struct bm_stint stint = {0};
    while (!reader->has_verdict && bm_stint_look(&stint) < seconds) {
        struct pollfd poll_for = {.fd = pipe, .events = POLLIN};
        if (poll(&poll_for, 1, 100) <= 0)
            continue;
        ssize_t n = read(pipe, block, sizeof block);
        if (n == 0)
            break;
        if (n > 0)
            bm_bytes_add(&reader->bytes, block, (size_t)n);
        if (take_frames(reader, err) != 0)
            return -1;
    }
    return 0;
}

/* Ends the child. The wait status, or -1 when there is none: nobody waits for ever for a process
 * that hangs in a dead file server. */
static int bury(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    for (int i = 0; i < 100; i++) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended != 0)
            return ended == pid ? status : -1;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    return -1;
}

/* Why there is no verdict. */
static int fail_for_child(const char *path, int wait_status, double cpu_s, struct bm_err *err)
{
    if (wait_status >= 0 && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGPROF)
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: HDF5 comes to no end (after %.2g s)", path,
                       cpu_s);
    if (wait_status >= 0 && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) != SIGKILL)
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: HDF5 crashes on it", path);
    return bm_fail(err, BM_EXIT_IO, "%s: cannot be read in time", path);
}

/* Starts the child; `*pipe` is what it writes to. */
static pid_t start(const char *path, double cpu_s, int *pipe)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        run_child(pipes[1], path, cpu_s);
    close(pipes[1]);
    *pipe = pipes[0];
    if (pid < 0)
        close(pipes[0]);
    return pid;
}

static int read_apart(struct reader *reader, const char *path, double bytes, struct bm_err *err)
{
    int pipe, status;
    pid_t pid = start(path, cpu_limit(bytes), &pipe);
    if (pid < 0)
        return bm_fail_errno(err, "no process for reading %s", path);
    status = listen(reader, pipe, wall_limit(bytes), err);
    int wait_status = bury(pid);
    close(pipe);
    if (status != 0)
        return -1;
    if (!reader->has_verdict)
        return fail_for_child(path, wait_status, cpu_limit(bytes), err);
    const struct verdict *verdict = &reader->verdict;
    return verdict->status == 0 ? 0 : bm_fail(err, verdict->err.code, "%s", verdict->err.text);
}

int bm_snapshot_read_apart(const char *path, struct bm_results *results,
                           struct bm_snapshot_info *info, struct bm_err *err)
{
    struct stat file;
    int is_there = bm_file_find(path, &file, err);
    *info = (struct bm_snapshot_info){0};
    if (is_there == 0)
        return bm_fail(err, BM_EXIT_IO, "cannot open %s: %s", path, strerror(ENOENT));
    struct reader *reader = is_there > 0 ? calloc(1, sizeof *reader) : NULL;
    if (reader == NULL)
        return bm_fail_errno(err, "no memory for %s", path);
    reader->results = results;
    bm_schemas_init(&reader->schemas);
    int status = read_apart(reader, path, (double)file.st_size, err);
    *info = reader->verdict.info;
    bm_bytes_fini(&reader->bytes);
    free(reader);
    return status;
}
