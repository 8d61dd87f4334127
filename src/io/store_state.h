/* What the files of store*.c share. */
#ifndef BM_IO_STORE_STATE_H
#define BM_IO_STORE_STATE_H

#include "bm/claim.h"
#include "bm/store.h"
#include "journal.h"
#include "publish.h"
#include "recover.h"
#include "shard.h"

struct bm_store {
    struct bm_paths paths;
    bm_store_tell *tell; /* NULL: nobody listens */
    int lock;
    struct bm_journal journal;
    struct bm_schemas schemas; /* of what is appended: this program's */
    struct bm_results results;
    struct bm_publisher publisher;
    struct bm_shared { /* store_shared.c; with other jobs */
        bool is_shared, is_guest, is_joining;
        bool renews; /* the journal may still be another's, who was silent */
        struct bm_claims claims;
        struct bm_job_status job;
        struct bm_job_file job_file;
        struct bm_shard *shards; /* of others; owned */
        size_t n_shards;
        struct bm_id *own; /* runs that began here; owned */
        size_t n_own;
    } shared;
    struct bm_bytes backlog; /* frames that are in `results` and could not be written to the
                                journal, each behind its length (u32) */
};

/* store_journal.c: a journal of all results, in the place of one that is there, which may be kept.
 */
int bm_store_write_journal(struct bm_store *store, bool keep_old, struct bm_err *err);
/* Says how this program packs its records, where the journal's last word differs. */
int bm_store_append_schemas(struct bm_journal *journal, const struct bm_schemas *last,
                            struct bm_err *err);
/* Appends a frame to the journal, or else to the backlog. */
void bm_store_record(struct bm_store *store, const void *frame, size_t size);
/* All that is known is on the disk when this returns 0. */
int bm_store_catch_up(struct bm_store *store, struct bm_err *err);

/* store_open.c: what was made for a start that fails goes again, as long as nobody else uses it. */
void bm_store_remove_made(const struct bm_paths *paths);

/* store_open.c: what there is, before anything is written; then the folder is made, `*is_new`: it
 * was not there. */
int bm_store_prepare(struct bm_store *store, struct bm_recovery *found, bool *is_new,
                     struct bm_err *err);
/* Everything is read, and the journal is this store's to write from here on. */
int bm_store_take_over(struct bm_store *store, struct bm_recovery *found, struct bm_err *err);

/* store_shared.c: the path of the journal that the store writes. */
const char *bm_store_journal_path(const struct bm_store *store, char path[BM_PATH_SIZE]);
/* Whether another job keeps the journal now. */
bool bm_store_was_replaced(struct bm_store *store);
/* Goes on as a guest, with what began here in a journal of its own. */
int bm_store_demote(struct bm_store *store, struct bm_err *err);
/* Fails where a job lives. */
int bm_store_refuse_living(const struct bm_store *store, struct bm_err *err);
/* For a store that is opened exclusively: takes in what jobs have left that ended; refuses where
 * one lives. */
int bm_store_take_in(struct bm_store *store, struct bm_err *err);
void bm_store_leave_shared(struct bm_store *store);
void bm_store_note_begin(struct bm_store *store, const struct bm_id *id);

/* A sentence for the user; none where it is empty. */
void bm_store_say(const struct bm_store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
