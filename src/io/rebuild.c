/* One part of the results made anew from the other, whatever that one was like: the way out where
 * bm-sweep, which brings both together, refuses to go on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bm/lock.h"
#include "recover.h"
#include "replay.h"
#include "store_state.h"

/* Writes the snapshot, to show the journal up to `mark`. */
static int publish(struct bm_store *store, const struct bm_journal_mark *mark, struct bm_err *err)
{
    char kept[BM_PATH_SIZE];
    int status = bm_publish(&store->publisher, &store->results, mark, kept, err);
    if (kept[0] != '\0')
        bm_store_say(store, "the old snapshot is kept as %s", kept);
    return status;
}

/* ---- the journal from the snapshot ---- */

static int rebuild_journal(struct bm_store *store, const struct bm_recovery *found,
                           struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    if (!found->has_snapshot)
        return bm_fail(err, BM_EXIT_IO, "there is no snapshot %s to make a journal from",
                       paths->snapshot);
    if (bm_recovery_read_snapshot(paths, found, &store->results, NULL, err) != 0)
        return -1;
    bm_results_interrupt(&store->results);
    int is_there = bm_file_find(paths->journal, NULL, err);
    if (is_there < 0 || bm_store_write_journal(store, is_there, err) != 0)
        return -1;
    return publish(store, &store->journal.end, err);
}

/* ---- the snapshot from the journal ---- */

static int read_journal(struct bm_store *store, struct bm_journal_image *image, bool *reaches,
                        const struct bm_recovery *found, struct bm_err *err)
{
    uint64_t end;
    if (image->whole.size == 0)
        return bm_fail(err, BM_EXIT_IO, "%s: not a journal of bm-sweep", image->path);
    if (image->is_damaged)
        bm_store_say(store,
                     "%s is damaged at byte %" PRIu64
                     ": what is before it is taken, and the journal is left as it is; bm-results "
                     "rebuild journal makes one that bm-sweep goes on with",
                     image->path, image->whole.size);
    *reaches = found->sum.n > 0 && bm_journal_reaches(image, &found->sum.entries[0].journal);
    bm_schemas_clear(&store->schemas);
    return bm_replay(image, 0, UINT64_MAX, &store->schemas, &store->results, &end, err);
}

static int rebuild_snapshot(struct bm_store *store, const struct bm_recovery *found,
                            struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    struct bm_journal_image image;
    bool reaches = false;
    int is_there = bm_file_find(paths->journal, NULL, err);
    if (is_there < 0)
        return -1;
    if (is_there == 0)
        return bm_fail(err, BM_EXIT_IO, "there is no journal %s to make a snapshot from",
                       paths->journal);
    if (bm_journal_load(paths->journal, &image, err) != 0)
        return -1;
    int status = read_journal(store, &image, &reaches, found, err);
    bm_journal_unload(&image);
    if (status != 0)
        return -1;
    bm_results_interrupt(&store->results);
    /* A snapshot that shows nothing but what this journal says need not be kept. */
    store->publisher.keep = !(reaches && found->is_newest);
    return publish(store, &image.whole, err);
}

/* ---- both ---- */

static int rebuild(struct bm_store *store, bool journal, struct bm_err *err)
{
    const double lock_wait_s = 1; /* others look for a moment */
    const struct bm_paths *paths = &store->paths;
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->snapshot);
    int status = bm_recovery_look(paths, found, err);
    if (status == 0 && !found->has_snapshot && bm_file_find(paths->journal, NULL, NULL) == 0)
        status = bm_fail(err, BM_EXIT_IO, "there is neither %s nor its journal", paths->snapshot);
    if (status == 0 && (bm_folder_make(paths->folder, err) != 0 || bm_paths_join(paths, err) != 0))
        status = -1;
    if (status == 0)
        status =
            bm_lock_take(paths->lock, paths->snapshot, lock_wait_s, store->tell, &store->lock, err);
    if (status == 0)
        status = bm_store_refuse_living(store, err);
    if (status == 0)
        status = bm_recovery_look(paths, found, err); /* nobody writes any more */
    bm_publisher_init(&store->publisher, paths, found->is_known ? &found->snapshot : NULL,
                      found->sum.n > 0 && !found->is_known);
    if (status == 0)
        status = (journal ? rebuild_journal : rebuild_snapshot)(store, found, err);
    free(found);
    return status;
}

int bm_store_rebuild(const char *path, bool journal, bm_store_tell *tell,
                     struct bm_results *results, struct bm_err *err)
{
    struct bm_store *store = bm_store_new(path, tell, err);
    *results = (struct bm_results){0};
    if (store == NULL)
        return -1;
    int status = rebuild(store, journal, err);
    *results = store->results;
    store->results = (struct bm_results){0};
    bm_store_close(store);
    return status;
}
