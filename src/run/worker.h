/* What ranks other than 0 do: they train what rank 0 sends, and send back what comes out. */
#ifndef BM_RUN_WORKER_H
#define BM_RUN_WORKER_H

#include "crew.h"
#include "link.h"

struct bm_worker {
    const struct bm_link *link; /* borrowed */
    struct bm_crew crew;        /* of one trainer */
    int nap, longest_nap;       /* milliseconds to wait for events in the next turn */
    uint64_t beats;             /* of its trainer, when rank 0 was last told */
    double told;                /* monotonic seconds */
    bool stopped;               /* starts no trainer any more */
    double patience;            /* then: until when trainers may end by themselves */
    bool owes_bye;              /* as soon as they have */
    bool released;              /* rank 0 has said BYE */
};

/* Serves rank 0 until it says BYE. Prints nothing and cannot fail: whatever goes wrong here is rank
 * 0's to report. Needs bm_signals_init. */
void bm_worker_run(const struct bm_link *link);

/* ---- bm_worker_run in pieces, for tests ---- */

void bm_worker_init(struct bm_worker *worker, const struct bm_link *link);
/* Waits for events and takes them. False once rank 0 has said BYE. */
bool bm_worker_turn(struct bm_worker *worker);
void bm_worker_fini(struct bm_worker *worker);

#endif
