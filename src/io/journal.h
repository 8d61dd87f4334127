/* A journal: an append-only file of records, each with length and checksums. What the records say
 * is left to the caller. */
#ifndef BM_IO_JOURNAL_H
#define BM_IO_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"
#include "bm/store.h"
#include "bm/file.h"

struct bm_journal {
    int file;
    uint64_t size; /* of header and whole records; the next record goes here */
    char path[BM_PATH_SIZE];
};

/* Calls `each` for every whole record that begins before byte `limit`, in order. Bytes at the end
 * that no whole record follows are an unfinished record; anything else that is not a record is
 * damage and an error, as is another format version. `each` is not called once damage is found. */
int bm_journal_read(const char *path, uint64_t limit,
                    int (*each)(void *context, const void *record, size_t size, struct bm_err *err),
                    void *context, struct bm_journal_extent *extent, struct bm_err *err);

/* Starts a new journal under a temporary name; bm_journal_publish syncs it and gives it its own. So
 * a journal is there as a whole or not at all. */
int bm_journal_create(const char *path, struct bm_journal *journal, struct bm_err *err);
int bm_journal_publish(struct bm_journal *journal, struct bm_err *err);
/* Opens for appending behind `size` bytes; what is behind them is cut off. */
int bm_journal_open(const char *path, uint64_t size, struct bm_journal *journal,
                    struct bm_err *err);
/* A failed append leaves the journal as it was. */
int bm_journal_append(struct bm_journal *journal, const void *record, size_t size,
                      struct bm_err *err);
/* What was appended is on disk when this returns 0. */
int bm_journal_sync(struct bm_journal *journal, struct bm_err *err);
void bm_journal_close(struct bm_journal *journal);

#endif
