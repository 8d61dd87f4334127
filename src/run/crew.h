/* The trainers of one process: starting them, waiting for what they send, ending them. Every rank
 * has a crew; whom its frames go to (the store, or rank 0) is the owner's business. */
#ifndef BM_RUN_CREW_H
#define BM_RUN_CREW_H

#include <poll.h>

#include "trainer.h"

struct bm_crew {
    const char *program; /* of the trainers: BM_TRAINER_SELF */
    int rank;
    size_t n_slots;
    struct bm_trainer *trainers; /* n_slots; owned */
    struct pollfd *polls;        /* owned */
    bool stopping;               /* runs that do not finish any more are unfinished, never failed */
    /* Called with a run's frames: EVALUATIONs, PROBES, PROGRESS and WARNINGs as they come, then LOG
     * if it printed anything, then RESULT: the slot is free. */
    void (*frame)(void *context, size_t slot, const void *frame, size_t size);
    /* Called in place of a RESULT when the run was not done and is not at fault: why, in a
     * sentence. The slot is free. */
    void (*give_back)(void *context, size_t slot, enum bm_fault fault, const char *sentence);
    void *context;
};

/* Allocates for n_slots; the caller fills in the other members. */
void bm_crew_init(struct bm_crew *crew, size_t n_slots);
/* Kills what runs. */
void bm_crew_fini(struct bm_crew *crew);

/* Starts a run in a free slot. */
int bm_crew_start(struct bm_crew *crew, size_t slot, const struct bm_job *job, struct bm_err *err);
/* Waits up to timeout_ms for its trainers or for `wake_fd`, and handles what came. True when
 * something did. */
bool bm_crew_pump(struct bm_crew *crew, int wake_fd, int timeout_ms);
/* Asks all trainers to save their state and to end. From here on only runs that still finish give a
 * RESULT; the others are unfinished, not failed. */
void bm_crew_stop(struct bm_crew *crew);
bool bm_crew_is_idle(const struct bm_crew *crew);
/* Kills all trainers and waits for their ends. Their runs are unfinished, not failed: no frame. */
void bm_crew_kill(struct bm_crew *crew);

#endif
