/* The results of a sweep on disk. The journal RESULTS.h5.d/journal.0 is the truth: append-only
 * frames, each with length and checksum. RESULTS.h5 is a snapshot, always whole and closed: written
 * to a temporary name, synced, renamed. */
#ifndef BM_STORE_H
#define BM_STORE_H

#include "bm/bytes.h"
#include "bm/err.h"
#include "bm/results.h"

struct bm_store;

/* Opens or creates the results at `path` for writing and takes their lock (waits up to
 * `lock_wait_s` seconds for a dying predecessor; then fails naming the holder). Replays the journal
 * (a torn last record is cut off; damage elsewhere is an error and nothing is changed); without a
 * journal, reseeds it from the snapshot. `waiting` (may be NULL) is called once with a sentence
 * when the lock has to be waited for. BM_EXIT_IO. */
int bm_store_open(const char *path, double lock_wait_s, void (*waiting)(const char *sentence),
                  struct bm_store **store, struct bm_err *err);
/* What is stored, as it is after all appended frames. Owned by the store. */
const struct bm_results *bm_store_results(const struct bm_store *store);
/* Appends one frame, and applies it to the results. Durable only after bm_store_sync. */
int bm_store_append(struct bm_store *store, const void *frame, size_t size, struct bm_err *err);
int bm_store_sync(struct bm_store *store, struct bm_err *err);
/* Syncs, and writes RESULTS.h5 anew. */
int bm_store_snapshot(struct bm_store *store, struct bm_err *err);
/* Releases the lock. Writes nothing. */
void bm_store_close(struct bm_store *store);

/* Reads what is at `path` without a lock and without changing anything (journal if there is one,
 * else the snapshot; nothing there: no runs). For --plan. */
int bm_store_peek(const char *path, struct bm_results *results, struct bm_err *err);

/* Adds what the snapshot at `path` holds, in the order of its rows (sorted by settings), to
 * `results`, which the caller frees, also after a failure. `journal_size` (may be NULL): the bytes
 * of the journal that it shows. */
int bm_snapshot_read(const char *path, struct bm_results *results, uint64_t *journal_size,
                     struct bm_err *err);

/* What a reading of a journal found. */
struct bm_journal_extent {
    size_t records;
    uint64_t size; /* bytes of header and whole records */
    uint64_t torn; /* bytes of an unfinished last record behind them */
};

/* Adds what the journal of `path` says in the records that begin before byte `limit`. */
int bm_store_replay(const char *path, uint64_t limit, struct bm_results *results,
                    struct bm_journal_extent *extent, struct bm_err *err);
/* Whether there is a journal. */
bool bm_store_has_journal(const char *path);

#endif
