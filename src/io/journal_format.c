#include "journal_format.h"

#include "bm/digest.h"

const char bm_journal_magic[12] = "bm-journal\n";
_Static_assert(sizeof(struct bm_journal_header) == 16 && sizeof(struct bm_journal_record) == 16,
               "no padding");

static uint32_t check_length(uint32_t length)
{
    return (uint32_t)bm_checksum(&length, sizeof length);
}

static uint64_t bind(uint64_t checksum, uint64_t at)
{
    const uint64_t both[] = {checksum, at};
    return bm_checksum(both, sizeof both);
}

struct bm_journal_record bm_journal_record(uint32_t version, uint64_t at, const void *payload,
                                           uint32_t length)
{
    uint64_t checksum = bm_checksum(payload, length);
    if (version > BM_JOURNAL_WITHOUT_PLACES)
        checksum = bind(checksum, at);
    return (struct bm_journal_record){length, check_length(length), checksum};
}

struct bm_journal_record bm_journal_sync_point(uint64_t at)
{
    return (struct bm_journal_record){.length_check = check_length(0),
                                      .checksum = bm_checksum(&at, sizeof at)};
}

bool bm_journal_has_length(const struct bm_journal_record *record)
{
    return record->length_check == check_length(record->length);
}

bool bm_journal_is_right(uint32_t version, const struct bm_journal_record *record, uint64_t at,
                         const void *payload)
{
    uint64_t checksum = bm_checksum(payload, record->length);
    bool may_be_bound = version == BM_JOURNAL_UNKNOWN || version > BM_JOURNAL_WITHOUT_PLACES,
         may_be_free = version <= BM_JOURNAL_WITHOUT_PLACES;
    return (may_be_bound && record->checksum == bind(checksum, at)) ||
           (may_be_free && record->checksum == checksum);
}

struct bm_journal_mark bm_journal_advance(struct bm_journal_mark mark,
                                          const struct bm_journal_record *record)
{
    struct {
        uint64_t chain;
        struct bm_journal_record record;
    } link = {mark.chain, *record};
    return (struct bm_journal_mark){mark.size + sizeof *record + record->length,
                                    bm_checksum(&link, sizeof link)};
}
