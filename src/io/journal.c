/* Journal files: 16 bytes of header, then records: u32 length, u32 check of the length, u64
 * checksum, payload.
 *
 * The length has a check of its own so that whole records can be searched for behind a bad one:
 * with a whole record behind it, a bad one is damage, which must not be cut off; without, it is the
 * record that was being written when the machine or the process stopped. */
#include "journal.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/digest.h"

enum { FORMAT_VERSION = 1 };
static const char magic[12] = "bm-journal\n";

struct header {
    char magic[sizeof magic];
    uint32_t version;
};
struct record_header {
    uint32_t length, length_check;
    uint64_t checksum; /* of the payload */
};
_Static_assert(sizeof(struct header) == 16 && sizeof(struct record_header) == 16, "no padding");

static uint32_t check_length(uint32_t length)
{
    return (uint32_t)bm_checksum(&length, sizeof length);
}

/* ---- reading ---- */

struct image {
    const unsigned char *data;
    size_t size;
};

/* The payload of the record at `at`, or NULL when there is no whole one. */
static const unsigned char *record_at(struct image image, size_t at, size_t *length)
{
    struct record_header header;
    if (at > image.size || image.size - at < sizeof header)
        return NULL;
    memcpy(&header, image.data + at, sizeof header);
    at += sizeof header;
    if (header.length == 0 || header.length_check != check_length(header.length) ||
        header.length > image.size - at ||
        bm_checksum(image.data + at, header.length) != header.checksum)
        return NULL;
    *length = header.length;
    return image.data + at;
}

/* Finds how far whole records go, before any of them is used. */
static int survey(const char *path, struct image image, struct bm_journal_extent *extent,
                  struct bm_err *err)
{
    struct header header;
    if (image.size < sizeof header)
        return bm_fail(err, BM_EXIT_IO, "%s: not a journal of bm-sweep (%zu bytes)", path,
                       image.size);
    memcpy(&header, image.data, sizeof header);
    if (memcmp(header.magic, magic, sizeof magic) != 0)
        return bm_fail(err, BM_EXIT_IO, "%s: not a journal of bm-sweep", path);
    if (header.version != FORMAT_VERSION)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: journal format version %u, but this program knows version %d", path,
                       header.version, FORMAT_VERSION);
    size_t at = sizeof header, length;
    while (record_at(image, at, &length) != NULL) {
        at += sizeof(struct record_header) + length;
        extent->records++;
    }
    extent->size = at;
    extent->torn = image.size - at;
    for (size_t later = at + 1; later < image.size; later++)
        if (record_at(image, later, &length) != NULL)
            return bm_fail(err, BM_EXIT_IO,
                           "%s: damaged at byte %zu (record %zu); nothing was changed: restore it "
                           "from a copy, or move it away to go on from the last snapshot",
                           path, at, extent->records + 1);
    return 0;
}

int bm_journal_read(const char *path, uint64_t limit,
                    int (*each)(void *context, const void *record, size_t size, struct bm_err *err),
                    void *context, struct bm_journal_extent *extent, struct bm_err *err)
{
    unsigned char *data;
    struct image image;
    *extent = (struct bm_journal_extent){0};
    if (bm_file_read(path, &data, &image.size, err) != 0)
        return -1;
    image.data = data;
    int status = survey(path, image, extent, err);
    size_t at = sizeof(struct header);
    while (status == 0 && at < extent->size && at < limit) {
        size_t length = 0;
        const unsigned char *record = record_at(image, at, &length);
        if (each(context, record, length, err) != 0)
            status = bm_fail_at(err, "%s: byte %zu", path, at);
        at += sizeof(struct record_header) + length;
    }
    free(data);
    return status;
}

/* ---- writing ---- */

static void temporary_name(const char *path, char temporary[BM_PATH_SIZE])
{
    snprintf(temporary, BM_PATH_SIZE, "%s.new", path);
}

static int open_file(const char *path, int flags, struct bm_journal *journal, struct bm_err *err)
{
    journal->file = open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
    return journal->file < 0 ? bm_fail_errno(err, "cannot open %s for writing", path) : 0;
}

int bm_journal_create(const char *path, struct bm_journal *journal, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    temporary_name(path, temporary);
    snprintf(journal->path, sizeof journal->path, "%s", path);
    if (open_file(temporary, O_CREAT | O_TRUNC, journal, err) != 0)
        return -1;
    struct header header = {.version = FORMAT_VERSION};
    memcpy(header.magic, magic, sizeof magic);
    journal->size = sizeof header;
    if (bm_file_write_at(journal->file, path, &header, sizeof header, 0, err) == 0)
        return 0;
    bm_journal_close(journal);
    return -1;
}

int bm_journal_publish(struct bm_journal *journal, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    temporary_name(journal->path, temporary);
    if (bm_journal_sync(journal, err) != 0)
        return -1;
    return bm_file_replace(temporary, journal->path, err);
}

int bm_journal_open(const char *path, uint64_t size, struct bm_journal *journal, struct bm_err *err)
{
    snprintf(journal->path, sizeof journal->path, "%s", path);
    journal->size = size;
    if (open_file(path, 0, journal, err) != 0)
        return -1;
    if (ftruncate(journal->file, (off_t)size) == 0)
        return 0;
    bm_fail_errno(err, "cannot cut off the unfinished end of %s", path);
    bm_journal_close(journal);
    return -1;
}

int bm_journal_append(struct bm_journal *journal, const void *record, size_t size,
                      struct bm_err *err)
{
    assert(size > 0 && size <= UINT32_MAX);
    struct record_header header = {.length = (uint32_t)size,
                                   .length_check = check_length((uint32_t)size),
                                   .checksum = bm_checksum(record, size)};
    uint64_t body = journal->size + sizeof header;
    /* The next append goes to the same place: what a failed one wrote is written over. */
    if (bm_file_write_at(journal->file, journal->path, &header, sizeof header, journal->size,
                         err) != 0 ||
        bm_file_write_at(journal->file, journal->path, record, size, body, err) != 0)
        return -1;
    journal->size = body + size;
    return 0;
}

int bm_journal_sync(struct bm_journal *journal, struct bm_err *err)
{
    if (fdatasync(journal->file) != 0)
        return bm_fail_errno(err, "cannot write to %s", journal->path);
    return 0;
}

void bm_journal_close(struct bm_journal *journal)
{
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
}
