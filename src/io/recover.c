#include "recover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "snapshot.h"

/* ---- looking ---- */

static void note(struct bm_recovery *recovery, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct bm_recovery *recovery, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(recovery->note, sizeof recovery->note, format, args);
    va_end(args);
}

/* The digest of the snapshot, after a look at its first bytes. An empty file counts as none. */
static int digest_snapshot(const struct bm_paths *paths, struct bm_recovery *recovery,
                           struct bm_sum_entry *entry, struct bm_err *err)
{
    static const unsigned char signature[8] = "\x89HDF\r\n\x1a\n";
    unsigned char head[sizeof signature];
    size_t size;
    if (bm_file_digest(paths->snapshot, &entry->digest, &size, head, sizeof head, err) != 0)
        return -1;
    recovery->has_snapshot = size > 0;
    entry->size = size;
    if (size > 0 && (size < sizeof signature || memcmp(head, signature, sizeof signature) != 0))
        return bm_fail(err, BM_EXIT_IO, "%s is not a results file: it is left as it is",
                       paths->snapshot);
    return 0;
}

/* A sweep that runs replaces both: what does not fit is looked at once more. */
int bm_recovery_look(const struct bm_paths *paths, struct bm_recovery *recovery, struct bm_err *err)
{
    bm_folder_refresh(paths->folder, NULL);
    for (int i = 0; i < 2; i++) {
        struct bm_sum_entry own;
        recovery->has_snapshot = recovery->is_known = recovery->is_newest = false;
        if (bm_sum_read(paths->sum, &recovery->sum, recovery->only_snapshot ? NULL : err) != 0 &&
            !recovery->only_snapshot)
            return -1;
        int is_there = bm_file_find(paths->snapshot, NULL, err);
        if (is_there <= 0)
            return is_there;
        if (digest_snapshot(paths, recovery, &own, err) != 0)
            return -1;
        const struct bm_sum_entry *entry = bm_sum_find(&recovery->sum, &own.digest, own.size);
        if (entry != NULL) {
            recovery->snapshot = *entry;
            recovery->is_known = true;
            recovery->is_newest = entry == recovery->sum.entries;
            return 0;
        }
    }
    return 0;
}

int bm_recovery_read_snapshot(const struct bm_paths *paths, const struct bm_recovery *recovery,
                              struct bm_results *results, struct bm_snapshot_info *info,
                              struct bm_err *err)
{
    struct bm_snapshot_info own;
    if (info == NULL)
        info = &own;
    int status = recovery->is_known ? bm_snapshot_read(paths->snapshot, results, info, err)
                                    : bm_snapshot_read_apart(paths->snapshot, results, info, err);
    if (status == 0 && bm_results_check_ids(results, err) != 0)
        status = bm_fail_at(err, "%s", paths->snapshot);
    return status;
}

static size_t count_finished(const struct bm_results *results)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++)
        n += results->runs[i].finished;
    return n;
}

/* ---- without a journal ---- */

static int without_journal(const struct bm_paths *paths, struct bm_recovery *recovery,
                           struct bm_err *err)
{
    recovery->rewrite = true;
    if (!recovery->has_snapshot) {
        if (recovery->sum.n > 0)
            note(recovery, "%s and its journal are gone: it begins anew", paths->snapshot);
        return 0;
    }
    if (!recovery->is_known && recovery->sum.n > 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s is not as bm-sweep wrote it (damaged or changed), and %s, which could "
                       "replace it, is missing: restore either from a copy, or rename %s to take "
                       "the file as it is",
                       paths->snapshot, paths->journal, paths->folder);
    return bm_recovery_read_snapshot(paths, recovery, &recovery->results, NULL, err);
}

/* ---- with a whole journal ---- */

/* Takes what only a snapshot has that bm-sweep did not write here last: it may be the newer one of
 * the two, or was put there by a user. What cannot be read is left to be kept. */
static int look_into_snapshot(const struct bm_paths *paths, struct bm_recovery *recovery,
                              struct bm_err *err)
{
    struct bm_results snapshot = {0};
    struct bm_snapshot_info info = {0};
    struct bm_err why = {0};
    size_t taken;
    recovery->keep_snapshot = recovery->sum.n > 0;
    int status = bm_recovery_read_snapshot(paths, recovery, &snapshot, &info, &why);
    if (status != 0 && info.is_foreign) {
        status = bm_fail(err, BM_EXIT_IO, "%s", why.text);
    } else if (status != 0) {
        recovery->keep_snapshot = true;
        note(recovery, "%s; the journal is whole and goes on without it", why.text);
        status = 0;
    } else if (bm_results_merge(&recovery->results, &snapshot, &taken, err) != 0) {
        status = bm_fail_at(err, "%s and its journal", paths->snapshot);
    } else if (taken > 0) {
        recovery->rewrite = true;
        note(recovery, "%s: %zu runs that only it had are put into the journal", paths->snapshot,
             taken);
    }
    bm_results_fini(&snapshot);
    return status;
}

static int with_whole_journal(const struct bm_paths *paths, struct bm_recovery *recovery,
                              const struct bm_journal_image *image, struct bm_err *err)
{
    uint64_t end;
    if (image->whole.size == 0)
        return bm_fail(err, BM_EXIT_IO, "%s: not a journal of bm-sweep", image->path);
    if (bm_replay(image, 0, UINT64_MAX, &recovery->schemas, &recovery->results, &end, err) != 0)
        return -1;
    if (!recovery->has_snapshot && recovery->sum.n > 0)
        note(recovery, "%s is missing: all is taken from its journal", paths->snapshot);
    if (!recovery->has_snapshot || recovery->is_known)
        return 0;
    return look_into_snapshot(paths, recovery, err);
}

/* ---- with a journal that is not whole ---- */

/* The snapshot that had what the journal lacks is gone as well, so nothing can be written over that
 * would be worth more. The journal is kept as it is. */
static int without_lost_end(const struct bm_paths *paths, struct bm_recovery *recovery,
                            const struct bm_journal_image *image, struct bm_err *err)
{
    uint64_t end;
    if (image->whole.size == 0 && image->n_bytes > 0)
        return bm_fail(err, BM_EXIT_IO, "%s: not a journal of bm-sweep", image->path);
    if (bm_replay(image, 0, UINT64_MAX, &recovery->schemas, &recovery->results, &end, err) != 0)
        return -1;
    size_t left = count_finished(&recovery->results);
    recovery->rewrite = true;
    note(recovery,
         "%s has lost its end (%" PRIu64 " of %" PRIu64 " bytes are there), and the snapshot that "
         "had it, %s, is missing: %zu finished run%s left; a copy of either that is put back "
         "brings back the others",
         image->path, image->whole.size, recovery->sum.entries[0].journal.size, paths->snapshot,
         left, left == 1 ? " is" : "s are");
    return 0;
}

/* The journal does not begin with what the snapshot shows. */
static int with_short_journal(const struct bm_paths *paths, struct bm_recovery *recovery,
                              const struct bm_journal_image *image, struct bm_err *err)
{
    struct bm_results journal = {0};
    uint64_t known = recovery->sum.entries[0].journal.size, end;
    size_t taken;
    if (!recovery->has_snapshot)
        return without_lost_end(paths, recovery, image, err);
    if (!recovery->is_newest)
        return bm_fail(err, BM_EXIT_IO,
                       "%s has lost its end (%" PRIu64 " of %" PRIu64 " bytes are there), and the "
                       "snapshot that had it, %s, was changed: restore either from a "
                       "copy, or remove %s to go on with what is there",
                       image->path, image->whole.size, known, paths->snapshot, paths->sum);
    int status = bm_recovery_read_snapshot(paths, recovery, &recovery->results, NULL, err);
    if (status == 0 && image->whole.size > 0)
        status = bm_replay(image, 0, UINT64_MAX, &recovery->schemas, &journal, &end, err);
    size_t there = count_finished(&journal);
    if (status == 0 && bm_results_merge(&recovery->results, &journal, &taken, err) != 0)
        status = bm_fail_at(err, "%s and its journal", paths->snapshot);
    if (status == 0) {
        size_t back = count_finished(&recovery->results) - there;
        recovery->rewrite = true;
        note(recovery,
             "%s had lost its end (%" PRIu64 " of %" PRIu64
             " bytes were there): %zu finished run%s "
             "back from the snapshot",
             image->path, image->whole.size, known, back, back == 1 ? " is" : "s are");
    }
    bm_results_fini(&journal);
    return status;
}

static int refuse_damage(const struct bm_recovery *recovery, const struct bm_journal_image *image,
                         struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_IO,
                   "%s: damaged at byte %" PRIu64 " (record %zu); nothing was changed: restore it "
                   "from a copy%s",
                   image->path, image->whole.size, image->records + 1,
                   recovery->is_newest ? ", an older one will do: the snapshot has the rest" : "");
}

/* The journal is damaged. The snapshot says what came before the place that it covers, whole
 * records behind that place what followed. */
static int with_damaged_journal(const struct bm_paths *paths, struct bm_recovery *recovery,
                                const struct bm_journal_image *image, struct bm_err *err)
{
    uint64_t covered = recovery->snapshot.journal.size, end;
    bool has_more = image->n_bytes > covered;
    if (!recovery->is_newest || image->resumes > covered ||
        (has_more && recovery->snapshot.schemas != bm_schemas_checksum()))
        return refuse_damage(recovery, image, err);
    if (bm_recovery_read_snapshot(paths, recovery, &recovery->results, NULL, err) != 0)
        return -1;
    bm_schemas_init(&recovery->schemas);
    if (bm_replay(image, covered, UINT64_MAX, &recovery->schemas, &recovery->results, &end, err) !=
        0)
        return -1;
    if (bm_journal_is_damaged_at(image, end))
        return refuse_damage(recovery, image, err);
    recovery->rewrite = true;
    note(recovery, "%s was damaged at byte %" PRIu64 ": what was there is back from the snapshot",
         image->path, image->whole.size);
    return 0;
}

/* ---- all ---- */

int bm_recover(const struct bm_paths *paths, struct bm_recovery *recovery, struct bm_err *err)
{
    struct bm_journal_image image;
    *recovery = (struct bm_recovery){0};
    bm_schemas_clear(&recovery->schemas);
    if (bm_recovery_look(paths, recovery, err) != 0)
        return -1;
    int is_there = bm_file_find(paths->journal, NULL, err);
    if (is_there <= 0)
        return is_there < 0 ? -1 : without_journal(paths, recovery, err);
    recovery->has_journal = true;
    if (bm_journal_load(paths->journal, &image, err) != 0)
        return -1;
    recovery->end = image.whole;
    int status;
    if (image.is_damaged)
        status = with_damaged_journal(paths, recovery, &image, err);
    else if (recovery->sum.n > 0 && !bm_journal_reaches(&image, &recovery->sum.entries[0].journal))
        status = with_short_journal(paths, recovery, &image, err);
    else
        status = with_whole_journal(paths, recovery, &image, err);
    bm_journal_unload(&image);
    return status;
}
