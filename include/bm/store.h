/* The results of a sweep on disk. The journal RESULTS.h5.d/journal.0 is the truth: append-only
 * frames, each with length and checksum. RESULTS.h5 is a snapshot, always whole and closed: written
 * beside itself, synced, renamed. Links that a user has put in the place of RESULTS.h5 or of the
 * folder are followed; within the folder, links, pipes and devices are refused. */
#ifndef BM_STORE_H
#define BM_STORE_H

#include "bm/bytes.h"
#include "bm/err.h"
#include "bm/results.h"

struct bm_store;

/* Gets sentences for the user: that the lock has to be waited for, what was found on disk and is
 * put right. */
typedef void bm_store_tell(const char *sentence);

/* Opens or creates the results at `path` for writing and takes their lock (waits up to
 * `lock_wait_s` seconds for a dying predecessor; then fails naming the holder). Reads all that is
 * there; where journal and snapshot do not say the same, brings them together before anything else
 * is written, and keeps what was replaced. Nothing is written where a part is damaged or was
 * changed and no other has what it had: BM_EXIT_IO. Unfinished runs are `interrupted`. */
int bm_store_open(const char *path, double lock_wait_s, bm_store_tell *tell,
                  struct bm_store **store, struct bm_err *err);
/* Opens or creates the results for a job that others may work beside: one of them, the keeper,
 * writes journal and snapshot, and takes in what others finish; each other one, a guest, has a
 * journal of its own, a shard, RESULTS.h5.d/shards/NAME. Whoever comes first is the keeper. Nobody
 * waits. All work on the sweep of that name: another one is refused while they live. `timeout_s`:
 * see bm_claims_init. */
int bm_store_join(const char *path, const char *sweep, double timeout_s, bm_store_tell *tell,
                  struct bm_store **store, struct bm_err *err);
/* Whether this job writes journal and snapshot: it is no guest. */
bool bm_store_keeps(const struct bm_store *store);
/* Whether no other job is there, and this one keeps. */
bool bm_store_is_alone(struct bm_store *store);
/* Takes in what other jobs have finished since the last time, and calls `hear` for each such run.
 * Returns how many. None where the store is not shared. */
size_t bm_store_follow(struct bm_store *store,
                       void (*hear)(void *context, const struct bm_run *run), void *context);
/* Whether some of what others wrote could not be read the last time. */
bool bm_store_is_behind(const struct bm_store *store);
/* Why not, where it is no end that is still to come, and since when (monotonic seconds); NULL: all
 * could. */
const struct bm_err *bm_store_unread(const struct bm_store *store, double *since);
/* Whether it may be for this job to take all in, and has to be waited for: who keeps was not seen
 * to live, nor to be dead, and of those who live this job is the first by name. To be asked again
 * and again. */
bool bm_store_is_orphaned(struct bm_store *store);
/* The last thing that a job does before bm_store_close: what jobs that ended have left in shards of
 * theirs gets into the journal and the snapshot, by the keeper, or by this one if there is none. */
int bm_store_fold(struct bm_store *store, struct bm_err *err);
/* After bm_store_close: of jobs that end at the same moment each has seen the others live. Whoever
 * is last takes in what is left. */
void bm_store_fold_rest(const char *path, const char *sweep, double timeout_s);
struct bm_claims;
struct bm_job_file;
struct bm_job_status;
/* The claims of the job, and what it says of itself; NULL where the store is not shared. */
struct bm_claims *bm_store_claims(struct bm_store *store);
struct bm_job_file *bm_store_job(struct bm_store *store, struct bm_job_status *status);

/* What is stored, as it is after all appended frames. Owned by the store. */
const struct bm_results *bm_store_results(const struct bm_store *store);
/* Appends one frame, and applies it to the results. Durable only after bm_store_sync: what the disk
 * does not take stays in memory until then. Fails for frames that make no sense. */
int bm_store_append(struct bm_store *store, const void *frame, size_t size, struct bm_err *err);
/* Durable is all that was appended when this returns 0. BM_STORE_LATER: it could not be written, by
 * a full disk or another failure, of which nothing is lost as long as this process lives; a later
 * call may do it. -1: the journal was taken away, and no call will. */
enum { BM_STORE_LATER = 1 };
int bm_store_sync(struct bm_store *store, struct bm_err *err);
/* Takes runs away, durably: after a failure all of them are still there. Ids of no run are legal.
 */
int bm_store_drop(struct bm_store *store, const struct bm_id *ids, size_t n, struct bm_err *err);
/* Syncs, and writes RESULTS.h5 anew; returns as bm_store_sync. A file that others have put there
 * meanwhile is kept. */
int bm_store_snapshot(struct bm_store *store, struct bm_err *err);
/* Nothing runs any more: who waits for the lock may hope, and unfinished runs are `interrupted`. */
void bm_store_leave(struct bm_store *store);
/* Releases the lock. Writes nothing. */
void bm_store_close(struct bm_store *store);

/* Makes a results file of `results`, whole and with its journal, where none is (BM_EXIT_IO: there
 * is one). After a failure nothing is there. `results` stay the caller's. */
int bm_store_create(const char *path, struct bm_results *results, bm_store_tell *tell,
                    struct bm_err *err);
/* What the results file `from` keeps of runs that are in `results` (weights, examples, checkpoints)
 * gets a place beside `to` as well, where nothing is yet. */
int bm_store_copy_kept(const char *from, const char *to, const struct bm_results *results,
                       struct bm_err *err);

/* 1: bm_store_open would make the folder, 0: it is there already, -1: this cannot be told. */
int bm_store_is_new(const char *path, struct bm_err *err);
/* Reads what is at `path` without a lock and without changing anything: what bm_store_open would
 * find; unfinished runs are `interrupted` where no sweep lives. Nothing there: no runs. For --plan.
 * `results` are the caller's to free. */
int bm_store_peek(const char *path, bm_store_tell *tell, struct bm_results *results,
                  struct bm_err *err);
/* Reads the snapshot at `path`; the journal where no snapshot is whole, and where it has more and
 * no sweep lives that would write one soon. Nothing there: an error. Runs are sorted by their
 * settings, unfinished ones `interrupted` where no sweep lives. For bm-results. */
int bm_store_view(const char *path, bm_store_tell *tell, struct bm_results *results,
                  struct bm_err *err);

/* What journals of further jobs say that are there still. */
struct bm_store_shards {
    size_t n, records;
    uint64_t size, torn; /* bytes: of whole records, of what is behind */
    struct bm_results results;
    struct bm_err trouble; /* of the first that is damaged or cannot be read; code 0: none is */
};

/* What each part of the results says by itself, for bm-results verify. */
struct bm_store_parts {
    bool has_snapshot, has_journal; /* it is there, and could be read */
    bool is_changed;                /* the snapshot is not the one that was written last */
    bool is_damaged;                /* the journal has lost something */
    struct bm_results snapshot, journal;
    struct bm_results then; /* the journal when the snapshot was taken, if it has more now */
    const struct bm_results *shown; /* `then`, or `journal`: what the snapshot has to be */
    uint64_t snapshot_shows;        /* bytes of the journal */
    size_t records;
    uint64_t size, torn; /* bytes of the journal: of whole records, of what is behind */
    struct bm_store_shards shards;
};

/* Reads all parts. After a failure they are filled as far as they could be read. Fails (BM_EXIT_IO)
 * where a part is not whole, and where there is none. */
int bm_store_read_parts(const char *path, struct bm_store_parts *parts, struct bm_err *err);
void bm_store_parts_fini(struct bm_store_parts *parts);

/* Makes the journal from the snapshot alone, or the snapshot from the journal alone, as far as that
 * is whole. What is replaced and has, or may have, what the other has not is kept, which `tell`
 * hears. `results`: what is there then, the caller's to free. A sweep that runs is an error. */
int bm_store_rebuild(const char *path, bool journal, bm_store_tell *tell,
                     struct bm_results *results, struct bm_err *err);

#endif
