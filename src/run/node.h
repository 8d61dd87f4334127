/* The trainers of one process: starting them, waiting for what they send, ending them. Every rank
 * has a node; whom its frames go to (the store, or rank 0) is the owner's business. */
#ifndef BM_RUN_NODE_H
#define BM_RUN_NODE_H

#include <poll.h>

#include "trainer.h"

struct bm_node {
    const char *program; /* of the trainers: BM_TRAINER_SELF */
    int rank;
    size_t n_slots;
    struct bm_trainer *trainers; /* n_slots; owned */
    struct pollfd *polls;        /* owned */
    /* Called with a run's frames: EVALUATIONs and PROGRESS as they come, then LOG if it printed
     * anything, then RESULT: the slot is free. */
    void (*frame)(void *context, size_t slot, const void *frame, size_t size);
    void *context;
};

/* Allocates for n_slots; the caller fills in the other members. */
void bm_node_init(struct bm_node *node, size_t n_slots);
/* Kills what runs. */
void bm_node_fini(struct bm_node *node);

/* Starts a run in a free slot. */
int bm_node_start(struct bm_node *node, size_t slot, const struct bm_job *job, struct bm_err *err);
/* Waits up to timeout_ms for its trainers or for `wake_fd`, and handles what came. True when
 * something did. */
bool bm_node_pump(struct bm_node *node, int wake_fd, int timeout_ms);
/* Kills all trainers and waits for their ends. Their runs are unfinished, not failed: no frame. */
void bm_node_kill(struct bm_node *node);

#endif
