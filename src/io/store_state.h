/* What the files of store*.c share. */
#ifndef BM_IO_STORE_STATE_H
#define BM_IO_STORE_STATE_H

#include "bm/store.h"
#include "journal.h"
#include "publish.h"

struct bm_store {
    struct bm_paths paths;
    bm_store_tell *tell; /* NULL: nobody listens */
    int lock;
    struct bm_journal journal;
    struct bm_schemas schemas; /* of what is appended: this program's */
    struct bm_results results;
    struct bm_publisher publisher;
};

/* A sentence for the user; none where it is empty. */
void bm_store_say(const struct bm_store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
