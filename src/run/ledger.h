/* When what came gets onto the disk: finished runs at once, evaluations of running ones in groups,
 * snapshots so seldom that they cost little. What the disk does not take is told, and tried again
 * now and then. After a failure of the store that no later try can mend nothing is written any
 * more. */
#ifndef BM_RUN_LEDGER_H
#define BM_RUN_LEDGER_H

#include "bm/bytes.h"
#include "bm/store.h"

struct bm_ledger {
    struct bm_store *store; /* borrowed */
    struct bm_err *err;     /* borrowed; a failure of the store ends up here: one that cannot be
                               mended, or at the end, one that was not */
    struct bm_trouble {
        struct bm_err err;   /* code 0: none; what was said of it */
        double next_try;     /* monotonic seconds */
    } records, picture;      /* journal and snapshot could not be written */
    bool only_probes;        /* all but PROBES is dropped: runs that are there stay as they are */
    double unsynced_since;   /* monotonic seconds; 0: everything is on disk */
    bool snapshot_is_behind; /* of what is on disk */
    double next_snapshot;
    /* Results of runs that may not be at fault: not written yet. */
    struct bm_held {
        size_t run; /* the schedule's */
        struct bm_bytes frame;
    } * held;
    size_t n_held;
};

void bm_ledger_fini(struct bm_ledger *ledger);

/* True once something failed for good. */
bool bm_ledger_has_failed(const struct bm_ledger *ledger);
void bm_ledger_append(struct bm_ledger *ledger, const void *frame, size_t size);
/* Something was appended by others: it is to be made durable, and shown. */
void bm_ledger_touch(struct bm_ledger *ledger);
/* Keeps a run's frame back, in place of one that it had: until bm_ledger_release appends it, or
 * bm_ledger_forget drops it. */
void bm_ledger_hold(struct bm_ledger *ledger, size_t run, const void *frame, size_t size);
void bm_ledger_release(struct bm_ledger *ledger, size_t run);
/* What is kept back of it (borrowed); NULL: nothing is. */
const struct bm_bytes *bm_ledger_held(const struct bm_ledger *ledger, size_t run);
void bm_ledger_forget(struct bm_ledger *ledger, size_t run);
/* Makes durable what was appended. -1: it is not. */
int bm_ledger_sync(struct bm_ledger *ledger);
void bm_ledger_snapshot(struct bm_ledger *ledger);
/* The last try: what cannot be written now is a failure. `waiting`: runs that finished and are not
 * on the disk. 0: all is there. */
int bm_ledger_settle(struct bm_ledger *ledger, size_t waiting);

/* Whether it is time for either. */
bool bm_ledger_wants_sync(const struct bm_ledger *ledger);
bool bm_ledger_wants_snapshot(const struct bm_ledger *ledger);

#endif
