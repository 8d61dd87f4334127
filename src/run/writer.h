/* Writing a checkpoint beside training. That stops while its state is copied; a thread writes the
 * copy, one at a time. The thread does nothing else: it computes nothing, takes no signals, and
 * dies with its process. Thanks to the copy, what it writes is the state of one step.
 *
 * Memory that was never used is slow to write to, as the system has to find it: the thread does
 * that as well, before the first copy, and the memory is kept for the next ones. */
#ifndef BM_RUN_WRITER_H
#define BM_RUN_WRITER_H

#include <pthread.h>

#include "bm/arena.h"
#include "bm/checkpoint.h"

/* What became of a checkpoint. */
struct bm_written {
    int64_t step;
    int status; /* 0, or -1 and `err` */
    struct bm_err err;
    double wall_s; /* since it was begun */
    double cpu_s;  /* of the thread: where all cores train, training lacks it */
};

struct bm_writer {
    bool is_busy; /* the thread was started, and not yet collected */
    bool writes;  /* it writes a checkpoint; else it prepares the memory */
    pthread_t thread;
    bool has_ended; /* set by the thread */
    struct bm_checkpoint_of of;
    struct bm_arena copy;                /* no base: not yet prepared */
    struct bm_span spans[BM_MOST_SPANS]; /* in the copy */
    size_t n;
    struct bm_bytes records; /* owned */
    double began;
    struct bm_written written;
};

/* All functions but the last two are for a writer that is not busy.
 *
 * Begins to prepare the memory for spans of these sizes. -1: there is none, or no thread. */
int bm_writer_prepare(struct bm_writer *writer, const struct bm_span *spans, size_t n,
                      struct bm_err *err);
bool bm_writer_is_prepared(const struct bm_writer *writer);
/* Begins to write what bm_checkpoint_write would; returns once all is copied but `of->results`.
 * Memory has been prepared for these spans. -1: no thread. */
int bm_writer_begin(struct bm_writer *writer, const struct bm_checkpoint_of *of, int64_t step,
                    const struct bm_span *spans, size_t n, const struct bm_bytes *records,
                    struct bm_err *err);
/* What became of the one that was begun, once; NULL: there is none, or it has not ended, for which
 * `waits` waits. Valid until the next is begun. */
const struct bm_written *bm_writer_collect(struct bm_writer *writer, bool waits);
/* Waits, and frees the memory. */
void bm_writer_fini(struct bm_writer *writer);

#endif
