/* Journal files: 16 bytes of header, then records: u32 length, u32 check of the length, u64
 * checksum, payload.
 *
 * The length has a check of its own so that whole records can be searched for behind a bad one.
 * The checksum is of the record's place as well, so that a copy of it elsewhere is no record. In
 * versions 1 and 2 it was not; a journal of these goes on as it began.
 *
 * A record of length 0 is a sync point: it is written once all that is before it is on the disk,
 * and its checksum is that of its place. A bad record with a sync point behind it is damage, which
 * must not be cut off; without, it was being written when the machine or the process stopped, and
 * of others behind it, which may be whole, nobody was told either: pages get to the disk in any
 * order. Journals of version 1 have no sync points: there a whole record behind it tells. */
#ifndef BM_IO_JOURNAL_FORMAT_H
#define BM_IO_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"

enum {
    BM_JOURNAL_UNKNOWN,
    BM_JOURNAL_WITHOUT_SYNC_POINTS,
    BM_JOURNAL_WITHOUT_PLACES,
    BM_JOURNAL_VERSION,
};
extern const char bm_journal_magic[12];

struct bm_journal_header {
    char magic[sizeof bm_journal_magic];
    uint32_t version;
};
struct bm_journal_record {
    uint32_t length, length_check;
    uint64_t checksum; /* of the payload and its place; of a sync point, its place alone */
};

/* What stands before a payload at byte `at`. */
struct bm_journal_record bm_journal_record(uint32_t version, uint64_t at, const void *payload,
                                           uint32_t length);
/* The same in all versions. */
struct bm_journal_record bm_journal_sync_point(uint64_t at);
/* Whether its length can be believed. */
bool bm_journal_has_length(const struct bm_journal_record *record);
/* Whether the payload is the one that the record at byte `at` was written with. */
bool bm_journal_is_right(uint32_t version, const struct bm_journal_record *record, uint64_t at,
                         const void *payload);
/* The mark behind a record that stands at `mark`. */
struct bm_journal_mark bm_journal_advance(struct bm_journal_mark mark,
                                          const struct bm_journal_record *record);

#endif
