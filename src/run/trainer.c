/* Listening to and burying one trainer; its birth is in spawn.c. What happens with its records is
 * the caller's business (crew.c); what the child does is in trainer_main.c. */
#include "trainer.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bm/machine.h"
#include "bm/provenance.h"
#include "spawn.h"

enum { LARGEST_RECORD = 1 << 20 }; /* bytes; a longer one is garbage */

/* ---- start ---- */

int bm_trainer_start(struct bm_trainer *trainer, const char *program, const struct bm_job *job,
                     struct bm_err *err)
{
    assert(trainer->pid == 0);
    *trainer = (struct bm_trainer){.id = job->id, .launch = job->launch, .began = bm_seconds()};
    trainer->records_fd = trainer->output_fd = -1;
    if (trainer->launch.threads == 0)
        trainer->launch.threads = bm_cores();
    trainer->oom_kills = bm_oom_kills("");
    bm_utc(trainer->started, sizeof trainer->started);

    struct bm_job resolved = *job;
    struct bm_bytes frame = {0};
    struct bm_spawned spawned;
    int error = bm_pulse_init(&trainer->pulse);
    resolved.launch = trainer->launch;
    bm_frame_add_job(&frame, &resolved);
    if (error == 0)
        error =
            bm_spawn_trainer(program, &frame, trainer->launch.threads, trainer->pulse.fd, &spawned);
    bm_bytes_fini(&frame);
    if (error != 0) {
        bm_pulse_fini(&trainer->pulse);
        errno = error;
        return bm_fail_errno(err, "a trainer process cannot be started");
    }
    trainer->pid = spawned.pid;
    trainer->records_fd = spawned.records_fd;
    trainer->output_fd = spawned.output_fd;
    return 0;
}

/* ---- listening ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Appends what the pipe has; closes it at its end. True when there was something. */
static bool read_pipe(int *fd, struct bm_bytes *into)
{
    unsigned char block[16384];
    while (*fd >= 0) {
        ssize_t n = read(*fd, block, sizeof block);
        if (n > 0) {
            bm_bytes_add(into, block, (size_t)n);
            return true;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || errno != EAGAIN)
            close_fd(fd);
        return false;
    }
    return false;
}

/* One record. False when this is not what a trainer writes. */
static bool take_record(struct bm_trainer *trainer, const unsigned char *data, size_t size,
                        bm_trainer_sink *sink, void *context)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    if (trainer->has_result || bm_frame_decode(data, size, &schemas, &frame, NULL) != 0 ||
        bm_id_compare(&frame.id, &trainer->id) != 0)
        return false;
    trainer->spoke = true;
    if (frame.kind == BM_FRAME_EVALUATION || frame.kind == BM_FRAME_PROBES ||
        frame.kind == BM_FRAME_PROGRESS || frame.kind == BM_FRAME_WARNING) {
        if (frame.kind == BM_FRAME_PROGRESS && frame.progress.earlier_s > trainer->earlier_s)
            trainer->earlier_s = frame.progress.earlier_s;
        if (frame.kind == BM_FRAME_PROGRESS && frame.progress.epochs == 0)
            return true; /* it tells of earlier sessions alone */
        sink(context, data, size);
        return true;
    }
    if (frame.kind != BM_FRAME_RESULT)
        return false;
    trainer->has_result = true;
    trainer->result = frame.result;
    return true;
}

static void take_records(struct bm_trainer *trainer, bm_trainer_sink *sink, void *context)
{
    size_t at = 0;
    while (!trainer->garbage && trainer->records.size - at >= sizeof(uint32_t)) {
        uint32_t size;
        memcpy(&size, trainer->records.data + at, sizeof size);
        if (size <= LARGEST_RECORD && trainer->records.size - at - sizeof size < size)
            break;
        if (size > LARGEST_RECORD ||
            !take_record(trainer, trainer->records.data + at + sizeof size, size, sink, context)) {
            trainer->garbage = true;
            bm_trainer_kill(trainer);
        }
        at += sizeof size + size;
    }
    if (trainer->garbage)
        at = trainer->records.size;
    bm_bytes_drop(&trainer->records, at);
}

bool bm_trainer_read(struct bm_trainer *trainer, bm_trainer_sink *sink, void *context)
{
    bool any = false;
    if (read_pipe(&trainer->output_fd, &trainer->output)) {
        if (trainer->output.size > 2 * BM_TRAINER_TAIL)
            bm_bytes_drop(&trainer->output, trainer->output.size - BM_TRAINER_TAIL);
        any = true;
    }
    if (read_pipe(&trainer->records_fd, &trainer->records)) {
        take_records(trainer, sink, context);
        any = true;
    }
    return any;
}

const char *bm_trainer_tail(const struct bm_trainer *trainer, size_t *size)
{
    size_t kept = trainer->output.size;
    if (kept > BM_TRAINER_TAIL)
        kept = BM_TRAINER_TAIL;
    *size = kept;
    return kept ? (const char *)trainer->output.data + trainer->output.size - kept : "";
}

/* ---- end ---- */

static void set_outcome(struct bm_result *result, enum bm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void set_outcome(struct bm_result *result, enum bm_status status, const char *format, ...)
{
    va_list args;
    result->status = status;
    va_start(args, format);
    vsnprintf(result->cause, sizeof result->cause, format, args);
    va_end(args);
}

/* What ended for want of memory says so in its first words. */
static void name_want_of_memory(const struct bm_trainer *trainer, int status,
                                struct bm_result *result)
{
    char cause[sizeof result->cause];
    bool is_told = result->status == BM_STATUS_ERROR && WIFEXITED(status) &&
                   WEXITSTATUS(status) == BM_EXIT_MEMORY;
    bool is_killed =
        strstr(result->cause, BM_TRAINER_BY_WHOM) != NULL && bm_oom_kills("") > trainer->oom_kills;
    if (!is_told && !is_killed)
        return;
    if (is_killed)
        set_outcome(result, BM_STATUS_CRASHED, "killed by signal %d (%s)", SIGKILL,
                    strsignal(SIGKILL));
    memcpy(cause, result->cause, sizeof cause);
    snprintf(result->cause, sizeof result->cause, BM_TRAINER_NO_MEMORY "%.*s",
             (int)(sizeof cause - sizeof BM_TRAINER_NO_MEMORY), cause);
}

/* How the run ended. Only a trainer that sent its result and then exited by itself is believed. */
static void judge(const struct bm_trainer *trainer, int status, struct bm_result *result)
{
    if (trainer->has_result && WIFEXITED(status) && !trainer->garbage) {
        *result = trainer->result;
        return;
    }
    const char *before = trainer->beats == 0 && !trainer->spoke ? BM_TRAINER_BEFORE : "";
    bm_table_init(&bm_result_table, result);
    if (trainer->garbage)
        set_outcome(result, BM_STATUS_CRASHED, "wrote bytes that are no record");
    else if (trainer->timed_out)
        set_outcome(result, BM_STATUS_TIMEOUT, "longer than run_timeout: %g s",
                    trainer->launch.run_timeout);
    else if (trainer->hung)
        set_outcome(result, BM_STATUS_CRASHED, "no progress for %g s (heartbeat_timeout)",
                    trainer->launch.heartbeat_timeout);
    else if (WIFSIGNALED(status))
        set_outcome(result, BM_STATUS_CRASHED, "killed by signal %d (%s)%s", WTERMSIG(status),
                    strsignal(WTERMSIG(status)),
                    WTERMSIG(status) == SIGKILL ? BM_TRAINER_BY_WHOM : before);
    else
        set_outcome(result, BM_STATUS_CRASHED, "exited with code %d and without a result%s",
                    WEXITSTATUS(status), before);
}

bool bm_trainer_is_own_fault(const struct bm_result *result)
{
    char illegal[40];
    snprintf(illegal, sizeof illegal, "killed by signal %d ", SIGILL);
    if (bm_trainer_is_out_of_memory(result))
        return false;
    if (result->status != BM_STATUS_CRASHED)
        return result->status == BM_STATUS_ERROR;
    return strstr(result->cause, BM_TRAINER_BY_WHOM) == NULL &&
           strstr(result->cause, BM_TRAINER_BEFORE) == NULL &&
           strstr(result->cause, illegal) == NULL;
}

bool bm_trainer_is_out_of_memory(const struct bm_result *result)
{
    return strncmp(result->cause, BM_TRAINER_NO_MEMORY, strlen(BM_TRAINER_NO_MEMORY)) == 0;
}

/* A trainer that cannot read or write says so by its exit code. Reading mapped data that are not to
 * be had any more (a disk that fails, a file that was shortened) ends it by SIGBUS. */
static enum bm_fault fault_of(const struct bm_trainer *trainer, int status)
{
    if (trainer->garbage || trainer->timed_out || trainer->hung)
        return BM_FAULT_RUN;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGBUS ? BM_FAULT_MACHINE : BM_FAULT_RUN;
    if (WEXITSTATUS(status) == BM_EXIT_AGAIN && !trainer->has_result)
        return BM_FAULT_STOPPED;
    return WEXITSTATUS(status) == BM_EXIT_IO           ? BM_FAULT_MACHINE
           : WEXITSTATUS(status) == BM_TRAINER_UNSAVED ? BM_FAULT_OUTPUT
                                                       : BM_FAULT_RUN;
}

/* What the parent knows better, or at least always. The child reports its own peak of memory: the
 * wait status counts this process's memory, too, from before exec. */
static void add_circumstances(const struct bm_trainer *trainer, const struct rusage *usage,
                              struct bm_result *result)
{
    /* A trainer that sent a result says what earlier sessions of the run took; one that did not may
     * have said so before. */
    double earlier_s = isfinite(result->wall_s) ? result->wall_s : trainer->earlier_s,
           earlier_cpu_s = isfinite(result->cpu_s) ? result->cpu_s : 0;
    result->wall_s = earlier_s + bm_seconds() - trainer->began;
    result->cpu_s = earlier_cpu_s + (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
                    1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
    if (result->peak_memory == 0)
        result->peak_memory = (int64_t)usage->ru_maxrss * 1024;
    snprintf(result->started, sizeof result->started, "%s", trainer->started);
    bm_utc(result->finished, sizeof result->finished);
    bm_host(result->host, sizeof result->host);
    bm_cpu(result->cpu, sizeof result->cpu);
    result->threads = trainer->launch.threads;
    snprintf(result->program_version, sizeof result->program_version, "%s", bm_version());
    snprintf(result->git_revision, sizeof result->git_revision, "%s", bm_revision());
    snprintf(result->build, sizeof result->build, "%s", bm_build());
}

static void watch_time(struct bm_trainer *trainer)
{
    double limit = trainer->launch.run_timeout;
    if (trainer->stopped)
        bm_stint_skip(&trainer->stint);
    else
        bm_stint_look(&trainer->stint);
    bm_pulse_tell(&trainer->pulse, trainer->stint.seconds);
    if (trainer->stint.seconds + trainer->earlier_s > limit && limit > 0 && !trainer->timed_out) {
        trainer->timed_out = true;
        bm_trainer_kill(trainer);
    }
}

static void watch_beats(struct bm_trainer *trainer)
{
    double limit = trainer->launch.heartbeat_timeout;
    uint64_t beats = bm_pulse_read(&trainer->pulse);
    if (beats != trainer->beats)
        trainer->silent = (struct bm_stint){0};
    trainer->beats = beats;
    if (bm_stint_look(&trainer->silent) > limit && limit > 0 && !trainer->timed_out &&
        !trainer->hung) {
        trainer->hung = true;
        bm_trainer_kill(trainer);
    }
}

/* True when it has ended. */
static bool wait_for(struct bm_trainer *trainer, int *status, struct rusage *usage)
{
    while (wait4(trainer->pid, status, WNOHANG | WUNTRACED | WCONTINUED, usage) == trainer->pid) {
        if (WIFEXITED(*status) || WIFSIGNALED(*status))
            return true;
        watch_time(trainer); /* up to the change */
        trainer->stopped = WIFSTOPPED(*status);
    }
    return false;
}

bool bm_trainer_ended(struct bm_trainer *trainer, bm_trainer_sink *sink, void *context,
                      struct bm_result *result)
{
    int status;
    struct rusage usage;
    pid_t pid = trainer->pid;
    if (!wait_for(trainer, &status, &usage)) {
        watch_time(trainer);
        watch_beats(trainer);
        return false;
    }
    trainer->pid = 0; /* from here on, the number may be another process's */
    while (bm_trainer_read(trainer, sink, context))
        ;
    trainer->beats = bm_pulse_read(&trainer->pulse);
    judge(trainer, status, result);
    name_want_of_memory(trainer, status, result);
    trainer->fault = fault_of(trainer, status);
    add_circumstances(trainer, &usage, result);
    result->pid = pid;
    return true;
}

void bm_trainer_stop(const struct bm_trainer *trainer)
{
    if (trainer->pid != 0)
        kill(trainer->pid, SIGTERM);
}

void bm_trainer_kill(struct bm_trainer *trainer)
{
    if (trainer->pid != 0)
        kill(-trainer->pid, SIGKILL);
}

void bm_trainer_free(struct bm_trainer *trainer)
{
    if (trainer->pid != 0)
        while (waitpid(trainer->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    close_fd(&trainer->records_fd);
    close_fd(&trainer->output_fd);
    bm_bytes_fini(&trainer->records);
    bm_bytes_fini(&trainer->output);
    bm_pulse_fini(&trainer->pulse);
    trainer->pid = 0;
}
