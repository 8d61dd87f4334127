/* Reading journals: how far one is whole, and what its records say. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_format.h"

/* The payload of the record at `at` and its header, or NULL when there is no whole one. */
static const unsigned char *record_at(const struct bm_journal_image *image, uint64_t at,
                                      struct bm_journal_record *header)
{
    if (at < image->origin || at > image->n_bytes || image->n_bytes - at < sizeof *header)
        return NULL;
    const unsigned char *payload = image->data + (at - image->origin) + sizeof *header;
    memcpy(header, payload - sizeof *header, sizeof *header);
    if (header->length == 0) {
        const struct bm_journal_record whole = bm_journal_sync_point(at);
        return memcmp(header, &whole, sizeof whole) == 0 ? payload : NULL;
    }
    return bm_journal_has_length(header) &&
                   header->length <= image->n_bytes - at - sizeof *header &&
                   bm_journal_is_right(image->version, header, at, payload)
               ? payload
               : NULL;
}

/* Whether the file begins as journals do; fails for another version of them. */
static int check_header(struct bm_journal_image *image, bool *is_whole, struct bm_err *err)
{
    struct bm_journal_header header;
    *is_whole = image->n_bytes >= sizeof header;
    if (!*is_whole)
        return 0;
    memcpy(&header, image->data, sizeof header);
    *is_whole = memcmp(header.magic, bm_journal_magic, sizeof bm_journal_magic) == 0;
    if (!*is_whole)
        return 0;
    image->version = header.version;
    if (header.version >= BM_JOURNAL_WITHOUT_SYNC_POINTS && header.version <= BM_JOURNAL_VERSION)
        return 0;
    return bm_fail(err, BM_EXIT_IO,
                   "%s: journal format version %u, but this program knows versions up to %d",
                   image->path, header.version, BM_JOURNAL_VERSION);
}

/* Finds how far whole records go, before any of them is used. */
static void survey(struct bm_journal_image *image)
{
    struct bm_journal_record record;
    image->whole.size = sizeof(struct bm_journal_header);
    while (record_at(image, image->whole.size, &record) != NULL) {
        image->whole = bm_journal_advance(image->whole, &record);
        image->records += record.length > 0;
    }
}

/* The first whole record that begins at byte `from` or later; 0: none. */
static uint64_t find(const struct bm_journal_image *image, uint64_t from)
{
    struct bm_journal_record record;
    for (uint64_t at = from; at < image->n_bytes; at++)
        if (record_at(image, at, &record) != NULL)
            return at;
    return 0;
}

bool bm_journal_is_damaged_at(const struct bm_journal_image *image, uint64_t at)
{
    struct bm_journal_record record;
    /* The header was on the disk before anything else. */
    if (image->version == BM_JOURNAL_WITHOUT_SYNC_POINTS || at < sizeof(struct bm_journal_header))
        return find(image, at + 1) != 0;
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
    image->resumes = find(image, image->whole.size + 1);
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
    struct bm_journal_header header;
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
    *from = has_header && *from == 0 ? sizeof(struct bm_journal_header) : *from;
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
        uint64_t at = *from, file = *number; /* both or none: it may be another file since */
        if (load_from(path, &at, &file, image, &why) == 0) {
            *from = at;
            *number = file;
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

struct bm_journal_mark bm_journal_beginning(void)
{
    return (struct bm_journal_mark){.size = sizeof(struct bm_journal_header)};
}

bool bm_journal_reaches(const struct bm_journal_image *image, const struct bm_journal_mark *mark)
{
    struct bm_journal_mark at = bm_journal_beginning();
    struct bm_journal_record record;
    while (at.size < mark->size && at.size < image->whole.size) {
        memcpy(&record, image->data + at.size, sizeof record); /* whole records: that is enough */
        at = bm_journal_advance(at, &record);
    }
    /* A sync point says nothing new, and need not have got to the disk itself. */
    record = bm_journal_sync_point(at.size);
    if (at.size + sizeof record == mark->size && at.size == image->whole.size)
        at = bm_journal_advance(at, &record);
    return at.size == mark->size && at.chain == mark->chain;
}

int bm_journal_each(const struct bm_journal_image *image, uint64_t from, uint64_t to,
                    int (*each)(void *context, const void *record, size_t size, struct bm_err *err),
                    void *context, uint64_t *end, struct bm_err *err)
{
    struct bm_journal_record header;
    const unsigned char *record;
    uint64_t at = from > 0 ? from : sizeof(struct bm_journal_header);
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
