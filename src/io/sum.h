/* What was known when a snapshot was written: its digest, and how much of the journal it shows. So
 * a journal that has lost its end and a snapshot that somebody has changed are found without
 * opening HDF5. Kept in a small file beside the journal, RESULTS.h5.d/snapshot.sum.
 *
 * It is written before the snapshot gets its name, and describes the one that is there until then
 * as well: whenever the machine stops, it describes the snapshot that is there. */
#ifndef BM_IO_SUM_H
#define BM_IO_SUM_H

#include "bm/digest.h"
#include "bm/err.h"
#include "journal.h"

struct bm_sum_entry {
    struct bm_id digest; /* of the snapshot's bytes */
    uint64_t size;
    struct bm_journal_mark journal; /* what it shows */
    uint64_t schemas;               /* checksum of how records are packed from there on */
};

struct bm_sum {
    size_t n;                       /* 0: nothing is known */
    struct bm_sum_entry entries[2]; /* the newest first */
};

/* No file, and one that is damaged, is an empty sum; one that cannot be read is an error. */
int bm_sum_read(const char *path, struct bm_sum *sum, struct bm_err *err);
int bm_sum_write(const char *path, const struct bm_sum *sum, struct bm_err *err);
/* The entry of a file with these bytes; NULL: none. */
const struct bm_sum_entry *bm_sum_find(const struct bm_sum *sum, const struct bm_id *digest,
                                       uint64_t size);

#endif
