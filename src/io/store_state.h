/* What the files of store*.c share. */
#ifndef BM_IO_STORE_STATE_H
#define BM_IO_STORE_STATE_H

#include "bm/store.h"
#include "journal.h"
#include "publish.h"
#include "recover.h"
#include "store_shared.h"

struct bm_store {
    struct bm_paths paths;
    bm_store_tell *tell; /* NULL: nobody listens */
    int lock;
    struct bm_journal journal;
    struct bm_schemas schemas; /* of what is appended: this program's */
    struct bm_results results;
    struct bm_publisher publisher;
    struct bm_shared shared; /* with other jobs */
    struct bm_bytes backlog; /* frames that are in `results` and could not be written to the
                                journal, each behind its length (u32) */
};

/* A store of the results file `path`, of which nothing is open yet; NULL: it failed. */
struct bm_store *bm_store_new(const char *path, bm_store_tell *tell, struct bm_err *err);

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

/* A sentence for the user; none where it is empty. */
void bm_store_say(const struct bm_store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
