/* Writing journals (journal_format.h). */
#include "journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "journal_format.h"

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
    struct bm_journal_header header = {.version = journal->version = BM_JOURNAL_VERSION};
    memcpy(header.magic, bm_journal_magic, sizeof bm_journal_magic);
    journal->end = (struct bm_journal_mark){.size = sizeof header};
    if (bm_file_write_at(journal->file, temporary, &header, sizeof header, 0, err) == 0)
        return 0;
    bm_journal_discard(journal);
    return -1;
}

void bm_journal_clear(const char *path)
{
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(path, temporary);
    unlink(temporary); /* gives a full disk its space back */
}

void bm_journal_discard(struct bm_journal *journal)
{
    bm_journal_close(journal);
    bm_journal_clear(journal->path);
}

int bm_journal_publish(struct bm_journal *journal, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(journal->path, temporary);
    if (bm_journal_sync(journal, err) == 0 && bm_file_replace(temporary, journal->path, err) == 0)
        return 0;
    if (bm_journal_is_in_place(journal) != 0)
        journal->is_suspect = true; /* whether its name lasts is not known */
    else
        bm_journal_discard(journal);
    return -1;
}

/* What is there may be in memory alone, left by a process that was killed. From here on there are
 * sync points, in a journal of version 1 as well. */
static int secure(struct bm_journal *journal, struct bm_err *err)
{
    struct bm_journal_header header = {.version = 0};
    if (bm_journal_sync(journal, err) != 0)
        return -1;
    if (pread(journal->file, &header, sizeof header, 0) != sizeof header)
        return bm_fail_errno(err, "cannot read %s", journal->path);
    journal->version = header.version;
    if (journal->version != BM_JOURNAL_WITHOUT_SYNC_POINTS)
        return 0;
    journal->version = header.version = BM_JOURNAL_WITHOUT_PLACES;
    if (bm_file_write_at(journal->file, journal->path, &header, sizeof header, 0, err) != 0)
        return -1;
    return TEMP_FAILURE_RETRY(fdatasync(journal->file)) == 0
               ? 0
               : bm_fail_errno(err, "cannot write to %s", journal->path);
}

/* Whether the last record is a sync point. */
static bool ends_with_sync_point(const struct bm_journal *journal)
{
    struct bm_journal_record last, expected;
    if (journal->end.size < sizeof(struct bm_journal_header) + sizeof last)
        return false;
    uint64_t at = journal->end.size - sizeof last;
    expected = bm_journal_sync_point(at);
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
    const struct bm_journal_record header =
        bm_journal_record(journal->version, at, record, (uint32_t)size);
    /* The next append goes to the same place: what a failed one wrote is written over. */
    if (bm_file_write_at(journal->file, journal->path, &header, sizeof header, at, err) != 0 ||
        bm_file_write_at(journal->file, journal->path, record, size, at + sizeof header, err) != 0)
        return -1;
    journal->end = bm_journal_advance(journal->end, &header);
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
    const struct bm_journal_record point = bm_journal_sync_point(journal->end.size);
    if (!ends_with_sync_point(journal) &&
        bm_file_write_at(journal->file, journal->path, &point, sizeof point, journal->end.size,
                         NULL) == 0)
        journal->end = bm_journal_advance(journal->end, &point);
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

int bm_journal_is_in_place(const struct bm_journal *journal)
{
    struct stat ours, there;
    if (fstat(journal->file, &ours) != 0)
        return -1;
    if (lstat(journal->path, &there) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void bm_journal_close(struct bm_journal *journal)
{
    if (journal->file >= 0)
        close(journal->file);
    journal->file = -1;
}
