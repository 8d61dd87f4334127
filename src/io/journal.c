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
#include "journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/digest.h"

enum {
    UNKNOWN_VERSION,
    VERSION_WITHOUT_SYNC_POINTS,
    VERSION_WITHOUT_PLACES,
    FORMAT_VERSION,
};
static const char magic[12] = "bm-journal\n";

struct header {
    char magic[sizeof magic];
    uint32_t version;
};
struct record_header {
    uint32_t length, length_check;
    uint64_t checksum; /* of the payload and its place; of a sync point, its place alone */
};
_Static_assert(sizeof(struct header) == 16 && sizeof(struct record_header) == 16, "no padding");

static uint32_t check_length(uint32_t length)
{
    return (uint32_t)bm_checksum(&length, sizeof length);
}

static uint64_t bind(uint64_t checksum, uint64_t at)
{
    const uint64_t both[] = {checksum, at};
    return bm_checksum(both, sizeof both);
}

/* Whether the payload is the one that the record at `at` was written with. */
static bool is_right(uint32_t version, const struct record_header *record, uint64_t at,
                     const void *payload)
{
    uint64_t checksum = bm_checksum(payload, record->length);
    bool may_be_bound = version == UNKNOWN_VERSION || version > VERSION_WITHOUT_PLACES,
         may_be_free = version <= VERSION_WITHOUT_PLACES;
    return (may_be_bound && record->checksum == bind(checksum, at)) ||
           (may_be_free && record->checksum == checksum);
}

/* The same in all versions. */
static struct record_header sync_point_at(uint64_t at)
{
    return (struct record_header){.length_check = check_length(0),
                                  .checksum = bm_checksum(&at, sizeof at)};
}

/* The mark behind a record that stands at `mark`. */
static struct bm_journal_mark advance(struct bm_journal_mark mark,
                                      const struct record_header *record)
{
    struct {
        uint64_t chain;
        struct record_header record;
    } link = {mark.chain, *record};
    return (struct bm_journal_mark){mark.size + sizeof *record + record->length,
                                    bm_checksum(&link, sizeof link)};
}

/* ---- reading ---- */

/* The payload of the record at `at` and its header, or NULL when there is no whole one. */
static const unsigned char *record_at(const struct bm_journal_image *image, uint64_t at,
                                      struct record_header *header)
{
    if (at < image->origin || at > image->n_bytes || image->n_bytes - at < sizeof *header)
        return NULL;
    const unsigned char *payload = image->data + (at - image->origin) + sizeof *header;
    memcpy(header, payload - sizeof *header, sizeof *header);
    if (header->length == 0) {
        const struct record_header whole = sync_point_at(at);
        return memcmp(header, &whole, sizeof whole) == 0 ? payload : NULL;
    }
    return header->length_check == check_length(header->length) &&
                   header->length <= image->n_bytes - at - sizeof *header &&
                   is_right(image->version, header, at, payload)
               ? payload
               : NULL;
}

/* Whether the file begins as journals do; fails for another version of them. */
static int check_header(struct bm_journal_image *image, bool *is_whole, struct bm_err *err)
{
    struct header header;
    *is_whole = image->n_bytes >= sizeof header;
    if (!*is_whole)
        return 0;
    memcpy(&header, image->data, sizeof header);
    *is_whole = memcmp(header.magic, magic, sizeof magic) == 0;
    if (!*is_whole)
        return 0;
    image->version = header.version;
    if (header.version >= VERSION_WITHOUT_SYNC_POINTS && header.version <= FORMAT_VERSION)
        return 0;
    return bm_fail(err, BM_EXIT_IO,
                   "%s: journal format version %u, but this program knows versions up to %d",
                   image->path, header.version, FORMAT_VERSION);
}

/* Finds how far whole records go, before any of them is used. */
static void survey(struct bm_journal_image *image)
{
    struct record_header record;
    image->whole.size = sizeof(struct header);
    while (record_at(image, image->whole.size, &record) != NULL) {
        image->whole = advance(image->whole, &record);
        image->records += record.length > 0;
    }
}

uint64_t bm_journal_find(const struct bm_journal_image *image, uint64_t from)
{
    struct record_header record;
    for (uint64_t at = from; at < image->n_bytes; at++)
        if (record_at(image, at, &record) != NULL)
            return at;
    return 0;
}

bool bm_journal_is_damaged_at(const struct bm_journal_image *image, uint64_t at)
{
    struct record_header record;
    /* The header was on the disk before anything else. */
    if (image->version == VERSION_WITHOUT_SYNC_POINTS || at < sizeof(struct header))
        return bm_journal_find(image, at + 1) != 0;
    for (at++; at < image->n_bytes; at++)
        if (record_at(image, at, &record) != NULL && record.length == 0)
            return true;
    return false;
}

int bm_journal_load(const char *path, struct bm_journal_image *image, struct bm_err *err)
{
    bool has_header;
    *image = (struct bm_journal_image){0};
    snprintf(image->path, sizeof image->path, "%s", path);
    if (bm_file_read(path, &image->data, &image->n_bytes, err) != 0)
        return -1;
    if (check_header(image, &has_header, err) != 0) {
        bm_journal_unload(image);
        return -1;
    }
    if (has_header)
        survey(image);
    image->torn = image->n_bytes - image->whole.size;
    image->resumes = bm_journal_find(image, image->whole.size + 1);
    image->is_damaged = bm_journal_is_damaged_at(image, image->whole.size);
    return 0;
}

/* Reads as much as there is. */
static int read_from(int file, struct bm_journal_image *image, struct bm_err *err)
{
    size_t size = image->n_bytes - image->origin, done = 0;
    image->data = malloc(size + 1);
    if (image->data == NULL)
        return bm_fail_errno(err, "no memory for %s", image->path);
    while (done < size) {
        ssize_t n = pread(file, image->data + done, size - done, (off_t)(image->origin + done));
        if (n == 0)
            break; /* shortened while it was read */
        if (n < 0 && errno != EINTR)
            return bm_fail_errno(err, "cannot read %s", image->path);
        done += n > 0 ? (size_t)n : 0;
    }
    image->n_bytes = image->origin + done;
    return 0;
}

/* The version, which the header of an open journal may still change (bm_journal_open). */
static int read_version(int file, struct bm_journal_image *image, struct bm_err *err)
{
    struct header header;
    bool is_whole;
    if (pread(file, &header, sizeof header, 0) != sizeof header)
        return image->n_bytes < sizeof header ? 0
                                              : bm_fail_errno(err, "cannot read %s", image->path);
    struct bm_journal_image head = *image;
    head.data = (unsigned char *)&header;
    head.n_bytes = sizeof header;
    if (check_header(&head, &is_whole, err) != 0)
        return -1;
    image->version = head.version;
    return is_whole ? 1 : 0;
}

static int load_from(const char *path, uint64_t *from, uint64_t *number,
                     struct bm_journal_image *image, struct bm_err *err)
{
    struct stat info;
    *image = (struct bm_journal_image){0};
    snprintf(image->path, sizeof image->path, "%s", path);
    int file = bm_file_reopen(path, O_RDONLY, err);
    if (file < 0)
        return -1;
    int status = fstat(file, &info) == 0 ? 0 : bm_fail_errno(err, "cannot read %s", path);
    if (status == 0 && (info.st_ino != *number || (uint64_t)info.st_size < *from))
        *from = 0;
    image->n_bytes = status == 0 ? (size_t)info.st_size : 0;
    if (status == 0)
        status = read_version(file, image, err);
    bool has_header = status > 0;
    *from = has_header && *from == 0 ? sizeof(struct header) : *from;
    image->origin = *from;
    if (has_header) {
        *number = info.st_ino;
        status = read_from(file, image, err);
    } else {
        image->torn = image->n_bytes - image->origin; /* its header may be still to come */
        image->n_bytes = image->origin;
    }
    int error = errno;
    close(file);
    if (status != 0)
        bm_journal_unload(image);
    errno = error;
    return status;
}

int bm_journal_load_from(const char *path, uint64_t *from, uint64_t *number,
                         struct bm_journal_image *image, struct bm_err *err)
{
    for (int i = 1;; i++) {
        struct bm_err why = {0};
        uint64_t at = *from;
        if (load_from(path, &at, number, image, &why) == 0) {
            *from = at;
            return 0;
        }
        if (!bm_file_is_stale(i))
            return bm_fail(err, why.code, "%s", why.text);
    }
}

void bm_journal_unload(struct bm_journal_image *image)
{
    free(image->data);
    image->data = NULL;
}

bool bm_journal_reaches(const struct bm_journal_image *image, const struct bm_journal_mark *mark)
{
    struct bm_journal_mark at = {.size = sizeof(struct header)};
    struct record_header record;
    while (at.size < mark->size && at.size < image->whole.size) {
        memcpy(&record, image->data + at.size, sizeof record); /* whole records: that is enough */
        at = advance(at, &record);
    }
    /* A sync point says nothing new, and need not have got to the disk itself. */
    record = sync_point_at(at.size);
    if (at.size + sizeof record == mark->size && at.size == image->whole.size)
        at = advance(at, &record);
    return at.size == mark->size && at.chain == mark->chain;
}

int bm_journal_each(const struct bm_journal_image *image, uint64_t from, uint64_t to,
                    int (*each)(void *context, const void *record, size_t size, struct bm_err *err),
                    void *context, uint64_t *end, struct bm_err *err)
{
    struct record_header header;
    const unsigned char *record;
    uint64_t at = from > 0 ? from : sizeof(struct header);
    int status = 0;
    while (at < to && (record = record_at(image, at, &header)) != NULL) {
        if (header.length > 0 && each(context, record, header.length, err) != 0) {
            status = bm_fail_at(err, "%s: byte %llu", image->path, (unsigned long long)at);
            break;
        }
        at += sizeof header + header.length;
    }
    *end = at;
    return status;
}

/* ---- writing ---- */

static int is_open(struct bm_journal *journal, int file)
{
    journal->file = file;
    return file < 0 ? -1 : 0;
}

int bm_journal_create(const char *path, struct bm_journal *journal, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(path, temporary);
    *journal = (struct bm_journal){.file = -1};
    snprintf(journal->path, sizeof journal->path, "%s", path);
    if (is_open(journal, bm_file_create(temporary, err)) != 0)
        return -1;
    struct header header = {.version = journal->version = FORMAT_VERSION};
    memcpy(header.magic, magic, sizeof magic);
    journal->end = (struct bm_journal_mark){.size = sizeof header};
    if (bm_file_write_at(journal->file, temporary, &header, sizeof header, 0, err) == 0)
        return 0;
    bm_journal_discard(journal);
    return -1;
}

void bm_journal_discard(struct bm_journal *journal)
{
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(journal->path, temporary);
    bm_journal_close(journal);
    unlink(temporary); /* gives a full disk its space back */
}

int bm_journal_publish(struct bm_journal *journal, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(journal->path, temporary);
    if (bm_journal_sync(journal, err) == 0 && bm_file_replace(temporary, journal->path, err) == 0)
        return 0;
    if (bm_journal_is_in_place(journal))
        journal->is_suspect = true; /* whether its name lasts is not known */
    else
        bm_journal_discard(journal);
    return -1;
}

/* What is there may be in memory alone, left by a process that was killed. From here on there are
 * sync points, in a journal of version 1 as well. */
static int secure(struct bm_journal *journal, struct bm_err *err)
{
    struct header header = {.version = 0};
    if (bm_journal_sync(journal, err) != 0)
        return -1;
    if (pread(journal->file, &header, sizeof header, 0) != sizeof header)
        return bm_fail_errno(err, "cannot read %s", journal->path);
    journal->version = header.version;
    if (journal->version != VERSION_WITHOUT_SYNC_POINTS)
        return 0;
    journal->version = header.version = VERSION_WITHOUT_PLACES;
    if (bm_file_write_at(journal->file, journal->path, &header, sizeof header, 0, err) != 0)
        return -1;
    return TEMP_FAILURE_RETRY(fdatasync(journal->file)) == 0
               ? 0
               : bm_fail_errno(err, "cannot write to %s", journal->path);
}

/* Whether the last record is a sync point. */
static bool ends_with_sync_point(const struct bm_journal *journal)
{
    struct record_header last, expected;
    if (journal->end.size < sizeof(struct header) + sizeof last)
        return false;
    uint64_t at = journal->end.size - sizeof last;
    expected = sync_point_at(at);
    return pread(journal->file, &last, sizeof last, (off_t)at) == sizeof last &&
           memcmp(&last, &expected, sizeof last) == 0;
}

int bm_journal_open(const char *path, const struct bm_journal_mark *end, struct bm_journal *journal,
                    struct bm_err *err)
{
    *journal = (struct bm_journal){.end = *end};
    snprintf(journal->path, sizeof journal->path, "%s", path);
    if (is_open(journal, bm_file_open(path, O_RDWR, err)) != 0)
        return -1;
    int status = 0;
    if (TEMP_FAILURE_RETRY(ftruncate(journal->file, (off_t)end->size)) != 0)
        status = bm_fail_errno(err, "cannot cut off the unfinished end of %s", path);
    if (status == 0)
        status = secure(journal, err);
    if (status != 0)
        bm_journal_close(journal);
    return status;
}

int bm_journal_append(struct bm_journal *journal, const void *record, size_t size,
                      struct bm_err *err)
{
    assert(size > 0 && size <= UINT32_MAX);
    uint64_t at = journal->end.size;
    struct record_header header = {.length = (uint32_t)size,
                                   .length_check = check_length((uint32_t)size),
                                   .checksum = bm_checksum(record, size)};
    if (journal->version > VERSION_WITHOUT_PLACES)
        header.checksum = bind(header.checksum, at);
    /* The next append goes to the same place: what a failed one wrote is written over. */
    if (bm_file_write_at(journal->file, journal->path, &header, sizeof header, at, err) != 0 ||
        bm_file_write_at(journal->file, journal->path, record, size, at + sizeof header, err) != 0)
        return -1;
    journal->end = advance(journal->end, &header);
    return 0;
}

void bm_journal_cut(struct bm_journal *journal, const struct bm_journal_mark *mark)
{
    journal->end = *mark;
    journal->synced = 0;
    /* Where that fails, too, the next append writes over it. */
    if (TEMP_FAILURE_RETRY(ftruncate(journal->file, (off_t)mark->size)) == 0)
        fdatasync(journal->file);
}

/* Where it cannot be written, what is before it is on the disk all the same. */
static void add_sync_point(struct bm_journal *journal)
{
    const struct record_header point = sync_point_at(journal->end.size);
    if (!ends_with_sync_point(journal) &&
        bm_file_write_at(journal->file, journal->path, &point, sizeof point, journal->end.size,
                         NULL) == 0)
        journal->end = advance(journal->end, &point);
    journal->synced = journal->end.size;
}

int bm_journal_sync(struct bm_journal *journal, struct bm_err *err)
{
    if (journal->synced == journal->end.size)
        return 0;
    if (!journal->is_suspect && TEMP_FAILURE_RETRY(fdatasync(journal->file)) == 0) {
        add_sync_point(journal);
        return 0;
    }
    if (journal->is_suspect)
        errno = EIO;
    journal->is_suspect = true;
    return bm_fail_errno(err, "cannot write to %s", journal->path);
}

bool bm_journal_is_in_place(const struct bm_journal *journal)
{
    struct stat ours, there;
    return fstat(journal->file, &ours) == 0 && lstat(journal->path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void bm_journal_close(struct bm_journal *journal)
{
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
}
