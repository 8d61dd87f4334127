/* One trainer process, seen from its parent. A run trains in a process of its own, so that a crash,
 * an out-of-memory kill or a time-out is a wait status and ends nothing but that run.
 *
 * The child gets a JOB frame on its standard input; it writes records (u32 length, frame) to
 * descriptor 3; what it prints on stdout and stderr comes through a second pipe, of which the tail
 * is kept. Both ends of this are the same program (trainer_main.c). */
#ifndef BM_RUN_TRAINER_H
#define BM_RUN_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bm/beat.h"
#include "bm/bytes.h"
#include "bm/clock.h"
#include "bm/config.h"
#include "bm/frame.h"

enum {
    BM_TRAINER_RECORDS = 3, /* the child's descriptors for records, and for beats */
    BM_TRAINER_BEATS = 4,
    BM_TRAINER_TAIL = 16384, /* bytes of output that are kept */
    BM_TRAINER_UNSAVED = 73 /* its exit code for BM_FAULT_OUTPUT; of BM_FAULT_MACHINE: BM_EXIT_IO */
};
/* What the cause of a run says whose trainer was killed, behind the signal. */
#define BM_TRAINER_BY_WHOM ": by whom is not known; out of memory?"
/* What it begins with where that is known. */
#define BM_TRAINER_NO_MEMORY "out of memory: "
/* Whose trainer died before it had read what it was to do. */
#define BM_TRAINER_BEFORE ", before it had its job"
#define BM_TRAINER_OPTION "--trainer=" /* followed by the parent's process id */

/* Whose fault it is that a run was not done. */
enum bm_fault {
    BM_FAULT_RUN,     /* it would fail in the same way elsewhere: its result says how */
    BM_FAULT_MACHINE, /* another machine may do it: data that cannot be read from here */
    BM_FAULT_OUTPUT,  /* no machine can: weights that cannot be saved, where all save theirs */
    BM_FAULT_STOPPED, /* nobody's: a signal asked it to stop */
}; /* But for the first the result says what happened, but is none of the run's. */

struct bm_trainer {
    pid_t pid; /* 0: no trainer here */
    struct bm_id id;
    struct bm_launch launch;       /* threads resolved */
    int records_fd, output_fd;     /* -1: closed */
    struct bm_bytes records;       /* received, not yet a whole record */
    struct bm_bytes output;        /* at most twice the tail */
    bool garbage, timed_out, hung; /* why it was killed */
    long oom_kills;                /* bm_oom_kills when it was started */
    bool spoke;                    /* it has sent something */
    bool has_result;               /* it has sent `result` */
    enum bm_fault fault;           /* once it has ended */
    struct bm_result result;
    double began;          /* monotonic seconds */
    double earlier_s;      /* for which, as it says, earlier sessions could work */
    struct bm_stint stint; /* in which it could run */
    bool stopped;          /* by a signal */
    struct bm_pulse pulse;
    uint64_t beats;         /* of its pulse, when they were last seen to advance */
    struct bm_stint silent; /* since then */
    char started[32];       /* UTC */
};

/* Evaluation, probes, progress and warning frames as they come. */
typedef void bm_trainer_sink(void *context, const void *frame, size_t size);

/* Starts `program` (BM_TRAINER_SELF, or a test's) for one run. `trainer` must be zeroed or ended.
 * BM_EXIT_IO when the system has no more processes or descriptors. */
#define BM_TRAINER_SELF "/proc/self/exe"
int bm_trainer_start(struct bm_trainer *trainer, const char *program, const struct bm_job *job,
                     struct bm_err *err);

/* Reads what its pipes have, without waiting. True when there was something. */
bool bm_trainer_read(struct bm_trainer *trainer, bm_trainer_sink *sink, void *context);

/* Kills it when its run took too long, with what earlier sessions of it took; time in which it was
 * suspended does not count. Kills it, too, when it has made no progress for too long, suspended or
 * not. In neither counts time in which this process was suspended, so this is to be called at least
 * once a second. True once it has ended: then `result` says how (status, cause, and of the
 * circumstances those that the parent knows), `fault` whose fault that is where the run is not
 * done, `output` holds what it printed, and the trainer is free once bm_trainer_free was called. */
bool bm_trainer_ended(struct bm_trainer *trainer, bm_trainer_sink *sink, void *context,
                      struct bm_result *result);

/* Whether a run that ended so, by its own words or by a crash, did so by itself as far as is known:
 * its trainer had begun to work, nobody killed it, and its instructions are the machine's. */
bool bm_trainer_is_own_fault(const struct bm_result *result);
/* Whether it ended for want of memory: it said so, or the system did when it killed it. */
bool bm_trainer_is_out_of_memory(const struct bm_result *result);

/* The last BM_TRAINER_TAIL bytes that it printed (borrowed). */
const char *bm_trainer_tail(const struct bm_trainer *trainer, size_t *size);

/* Asks it to save its state and to end, if there is one. */
void bm_trainer_stop(const struct bm_trainer *trainer);
/* Sends SIGKILL to its process group, if there is one. It ends soon. */
void bm_trainer_kill(struct bm_trainer *trainer);
/* Waits for the end of a killed trainer, or clears up after an ended one. */
void bm_trainer_free(struct bm_trainer *trainer);

#endif
