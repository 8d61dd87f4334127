/* One results file, several jobs. The keeper writes journal and snapshot, as a job that is alone
 * does; each guest writes a shard. All read what the others write.
 *
 * Invariant: nobody writes to a file that somebody else may write to. Who keeps is a claim; a
 * keeper that takes over from one that may still be there writes the journal anew, under a new
 * file, and the old one finds that out and goes on as a guest. A shard is removed once all that was
 * in it is in the journal, and by then its owner has ended, or is thought to be dead; one who comes
 * back writes it anew. */
#ifndef BM_IO_STORE_SHARED_H
#define BM_IO_STORE_SHARED_H

#include "bm/claim.h"
#include "bm/store.h"
#include "shard.h"

struct bm_shared {
    bool is_shared, is_guest, is_joining;
    bool renews; /* the journal may still be another's, who was silent */
    struct bm_claims claims;
    struct bm_job_status job;
    struct bm_job_file job_file;
    struct bm_shard *shards; /* of others; owned */
    size_t n_shards;
    struct bm_id *own; /* runs that began here; owned */
    size_t n_own;
    double next_watch;    /* monotonic seconds */
    bool is_behind;       /* some of what others wrote could not be read yet */
    struct bm_err unread; /* why, where it is no end that is still to come … */
    double unread_since;  /* … and since when, in monotonic seconds; 0: all could be read */
};

/* store_shared.c: the path of the journal that the store writes. */
const char *bm_store_journal_path(const struct bm_store *store, char path[BM_PATH_SIZE]);
/* A run begins here: a guest's shard has it. */
void bm_store_note_begin(struct bm_store *store, const struct bm_id *id);
/* Gives back all that this job has from others. */
void bm_store_leave_shared(struct bm_store *store);

/* store_follow.c: finds the shards that are there now; for a guest, the keeper's journal as well.
 */
int bm_store_list_shards(struct bm_store *store, struct bm_err *err);
void bm_store_forget_shard(struct bm_shared *shared, size_t i);
void bm_store_forget_shards(struct bm_shared *shared);
/* Takes in what is new in all of them, or in one; hear, which may be NULL: see bm_store_follow. */
struct bm_following {
    struct bm_store *store;
    void (*hear)(void *context, const struct bm_run *run);
    void *context;
    size_t n; /* runs that were taken in */
};
int bm_store_read_shards(struct bm_following *following, struct bm_err *err);
int bm_store_read_shard(struct bm_following *following, struct bm_shard *shard, struct bm_err *err);
/* Takes in a run, if it is worth more than what is known of it. */
int bm_store_take_run(struct bm_following *following, const struct bm_run *run, struct bm_err *err);

/* store_fold.c: journal and snapshot get what is in shards whose jobs write no more, and these are
 * removed. `*n`: how many. */
int bm_store_fold_shards(struct bm_following *following, struct bm_job_sights *sights, size_t *n,
                         struct bm_err *err);
/* Fails (BM_EXIT_IO) where a job lives. */
int bm_store_refuse_living(const struct bm_store *store, struct bm_err *err);
/* For a store that is opened exclusively: takes in what jobs have left. */
int bm_store_take_in(struct bm_store *store, struct bm_err *err);

/* store_keep.c: whether another job lives, or may. */
bool bm_store_others_may_live(struct bm_store *store);
/* 1: this job keeps from here on, with lock and claim, 0: another one does; -1: it failed. */
int bm_store_try_to_keep(struct bm_store *store, struct bm_err *err);
/* Whether it is for others that the journal is not where it was: they took this job for dead. */
bool bm_store_was_replaced(struct bm_store *store);
/* store_join.c: goes on as a guest, with what began here in a journal of its own. */
int bm_store_demote(struct bm_store *store, struct bm_err *err);

#endif
