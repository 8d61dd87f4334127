/* A journal: an append-only file of records, each with length and checksums. What the records say
 * is left to the caller. */
#ifndef BM_IO_JOURNAL_H
#define BM_IO_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"
#include "bm/file.h"

/* A place between two records, and a digest of all records before it. */
struct bm_journal_mark {
    uint64_t size; /* bytes before it */
    uint64_t chain;
};

/* ---- reading ---- */

/* A journal as it was when it was read, and how far it is whole. */
struct bm_journal_image {
    char path[BM_PATH_SIZE];
    unsigned char *data; /* from byte `origin` on, which is 0 but for bm_journal_load_from */
    uint64_t origin;
    size_t n_bytes;               /* of the file */
    struct bm_journal_mark whole; /* header and whole records; size 0: not even the header is */
    size_t records;               /* in there */
    uint64_t torn;                /* bytes behind them */
    uint64_t resumes;             /* where in these a whole record begins again; 0: nowhere */
    uint32_t version;             /* of the format; 0: the header does not say */
    bool is_damaged;              /* what is not whole was on the disk once; else it is the end of
                                     what was being written, of which nobody was told */
};

/* Fails when it cannot be read, or is of another format version. */
int bm_journal_load(const char *path, struct bm_journal_image *image, struct bm_err *err);
/* What another process that may be writing it has appended since it had `from` bytes and was file
 * number `*file` (0: not known): all of it where it is another file now, or shorter; `from` is
 * where the image begins. Only for bm_journal_each. A journal that has no header yet is empty. */
int bm_journal_load_from(const char *path, uint64_t *from, uint64_t *file,
                         struct bm_journal_image *image, struct bm_err *err);
void bm_journal_unload(struct bm_journal_image *image);
/* The mark of a journal without records, which all reach. */
struct bm_journal_mark bm_journal_beginning(void);
/* Whether it begins with the records that the mark stands for. */
bool bm_journal_reaches(const struct bm_journal_image *image, const struct bm_journal_mark *mark);
/* Whether a record that is not whole at byte `at` was on the disk once. */
bool bm_journal_is_damaged_at(const struct bm_journal_image *image, uint64_t at);
/* Calls `each` for the records that begin at byte `from` and before byte `to`, in order; stops at
 * the first that is not whole, and returns where. `from` 0: the first record. */
int bm_journal_each(const struct bm_journal_image *image, uint64_t from, uint64_t to,
                    int (*each)(void *context, const void *record, size_t size, struct bm_err *err),
                    void *context, uint64_t *end, struct bm_err *err);

/* ---- writing ---- */

struct bm_journal {
    int file;
    struct bm_journal_mark end; /* of whole records; the next one goes here */
    uint64_t synced;            /* bytes that are on the disk, with a sync point behind them; 0:
                                   not known */
    bool is_suspect;            /* a sync has failed */
    uint32_t version;           /* of the format */
    char path[BM_PATH_SIZE];
};

/* Starts a new journal under a temporary name; bm_journal_publish syncs it and gives it its own,
 * also in the place of one that is there. So a journal is there as a whole or not at all: after a
 * failure, or bm_journal_discard in place of publishing it, nothing of it is left, and `file` is
 * -1. Only where the name was given and may not last, it stays, open and suspect. */
int bm_journal_create(const char *path, struct bm_journal *journal, struct bm_err *err);
int bm_journal_publish(struct bm_journal *journal, struct bm_err *err);
void bm_journal_discard(struct bm_journal *journal);
/* Removes what a process that was killed in between has left. For who keeps the results. */
void bm_journal_clear(const char *path);
/* Opens for appending at `end`; what is behind it is cut off, what is before it is on the disk. */
int bm_journal_open(const char *path, const struct bm_journal_mark *end, struct bm_journal *journal,
                    struct bm_err *err);
/* A failed append leaves the journal as it was. */
int bm_journal_append(struct bm_journal *journal, const void *record, size_t size,
                      struct bm_err *err);
/* Takes back what was appended since the mark, which was the journal's end then. */
void bm_journal_cut(struct bm_journal *journal, const struct bm_journal_mark *mark);
/* What was appended is on disk when this returns 0. After a failure nobody knows what of it is: the
 * system forgets what it could not write, and the next sync would find nothing to do. So that fails
 * as well, and all has to be written to a new journal. */
int bm_journal_sync(struct bm_journal *journal, struct bm_err *err);
/* Whether the file is still to be found under its name: others may have removed or replaced it.
 * 1, 0, or -1: that cannot be told now (errno). */
int bm_journal_is_in_place(const struct bm_journal *journal);
void bm_journal_close(struct bm_journal *journal);

#endif
