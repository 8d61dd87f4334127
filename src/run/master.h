/* Rank 0, or the only process: owns the schedule, the results and the progress, and has trainers of
 * its own like every other rank. */
#ifndef BM_RUN_MASTER_H
#define BM_RUN_MASTER_H

#include "bm/checkpoint.h"
#include "bm/claim.h"
#include "console.h"
#include "crew.h"
#include "deadline.h"
#include "ledger.h"
#include "link.h"
#include "losses.h"
#include "retries.h"
#include "silence.h"
#include "status.h"
#include "time_left.h"

/* Slots are numbered: this process's trainers first, then one for each other rank. */
struct bm_master {
    struct bm_session *session;  /* borrowed; the states of its points are kept up to date */
    const struct bm_link *link;  /* borrowed */
    struct bm_console *console;  /* borrowed */
    struct bm_schedule schedule; /* of session->todo */
    struct bm_ledger ledger;
    struct bm_crew crew;
    size_t *nodes;    /* by slot: its machine */
    bool *needs_bf16; /* by run */
    bool *has_bf16;   /* by place of the schedule */
    size_t *finished; /* runs that finished since the last sync */
    size_t n_finished;
    struct bm_outcome *outcomes; /* of runs that are probed further, of which the store does not
                                    tell; NULL: none are */
    int nap, longest_nap;        /* milliseconds to wait for events in the next turn */
    bool closing;                /* STOP is sent */
    double patience;             /* then: until when trainers may end by themselves */
    int signal;
    struct bm_silence silence;
    struct bm_losses losses;
    struct bm_time { /* master_deadline.h */
        struct bm_deadline deadline;
        struct bm_time_left asking;
        struct bm_checkpoint_marks before; /* at the start */
        double stopped;                    /* monotonic seconds, once it is closing */
        double next_assign;                /* when to look again whether a run fits */
        bool has_complained;
    } time;
    struct bm_retries retries;
    struct bm_status_writer status;
    struct bm_share {               /* master_share.h */
        struct bm_claims *claims;   /* borrowed; NULL: nobody shares */
        struct bm_named_run *by_id; /* of the schedule's runs; owned */
        double next;                /* monotonic seconds: when to look again */
        bool told_unread;           /* that what others wrote cannot be read */
    } share;
    bool failed_fast; /* --fail-fast: a run has failed */
};

/* Runs all that the session has to do, or stops early by a signal or an error of the store. A run
 * counts as finished when it is on disk. Afterwards no trainer runs anywhere, everything that came
 * is on disk and the snapshot is written, if the store allows. Returns the signal that stopped it,
 * 0 when none did, -1 on error. Needs bm_signals_init. The other ranks wait for bm_master_release.
 */
int bm_master_run(struct bm_session *session, struct bm_store *store, const struct bm_link *link,
                  struct bm_console *console, struct bm_err *err);

/* Lets the other ranks go: after bm_master_run, or instead of it. */
void bm_master_release(const struct bm_link *link);

/* ---- bm_master_run in pieces, for tests ---- */

/* All pointers are borrowed. */
void bm_master_init(struct bm_master *master, struct bm_session *session, struct bm_store *store,
                    const struct bm_link *link, struct bm_console *console, struct bm_err *err);
/* Hands out what there is to run, waits for events and takes them. False, at once, when all is over
 * here and in the other ranks. */
bool bm_master_turn(struct bm_master *master);
/* Writes what is left to write, and returns as bm_master_run. */
int bm_master_fini(struct bm_master *master);

#endif
