/* Opening the store: what was found on disk is brought together before anything is appended. What
 * that is, is recover.c's business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/lock.h"
#include "bm/provenance.h"
#include "hdf5.h"
#include "recover.h"
#include "store_state.h"

/* Records which program writes here, where the last one was another. */
static int append_provenance(struct bm_store *store, struct bm_err *err)
{
    char hdf5[32];
    bm_h5_version(hdf5, sizeof hdf5);
    const char *const texts[][2] = {
        {"program_version", bm_version()},
        {"git_revision", bm_revision()},
        {"compiler", bm_compiler()},
        {"compiler_flags", bm_flags()},
        {"hdf5_version", hdf5},
    };
    struct bm_bytes frame = {0};
    int status = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == 0; i++) {
        const char *known = bm_results_meta(&store->results, texts[i][0]);
        if (known != NULL && strcmp(known, texts[i][1]) == 0)
            continue;
        frame.size = 0;
        bm_frame_add_meta(&frame, texts[i][0], texts[i][1]);
        status = bm_store_append(store, frame.data, frame.size, err);
    }
    bm_bytes_fini(&frame);
    return status;
}

/* ---- opening ---- */

/* Whether who wrote here last was ended before it wrote a snapshot. Who looks now sees what the
 * journal has; once somebody writes here again, the snapshot. */
static bool is_behind(const struct bm_recovery *found)
{
    return found->has_snapshot && found->is_known && found->snapshot.journal.size < found->end.size;
}

/* Takes over what was found. */
static int take(struct bm_store *store, struct bm_recovery *found, struct bm_err *err)
{
    store->results = found->results;
    bm_publisher_init(&store->publisher, &store->paths, found->is_known ? &found->snapshot : NULL,
                      found->keep_snapshot);
    bm_store_say(store, "%s", found->note);
    bool keeps_old = found->rewrite && found->has_journal;
    found->rewrite = found->rewrite || store->shared.renews;
    int status = found->rewrite
                     ? bm_store_write_journal(store, keeps_old, err)
                     : bm_journal_open(store->paths.journal, &found->end, &store->journal, err);
    if (status == 0 && !found->rewrite)
        status = bm_store_append_schemas(&store->journal, &found->schemas, err);
    bm_results_interrupt(&store->results);
    /* What was brought together is made visible: the old snapshot, or what is known of one that is
     * gone, is of another journal. */
    bool is_gone = !found->has_snapshot && found->sum.n > 0;
    if (status == 0 && found->rewrite && (found->has_snapshot || is_gone))
        status = bm_store_snapshot(store, err);
    else if (status == 0 && (is_gone || is_behind(found)))
        bm_store_snapshot(store, NULL); /* which may be later */
    return status;
}

/* A file that is read-only was meant to stay as it is. */
static int check_writable(const char *path, struct bm_err *err)
{
    struct stat info;
    int is_there = bm_file_find(path, &info, err);
    if (is_there <= 0)
        return is_there;
    if ((info.st_mode & 0222) == 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s is read-only: make it writable, or choose another results file", path);
    return access(path, W_OK) == 0 ? 0 : bm_fail_errno(err, "cannot write to %s", path);
}

void bm_store_remove_made(const struct bm_paths *paths)
{
    bm_file_remove(paths->journal, NULL);
    bm_file_remove(paths->sum, NULL);
    bm_file_remove(paths->lock, NULL);
    rmdir(paths->folder);
}

int bm_store_prepare(struct bm_store *store, struct bm_recovery *found, bool *is_new,
                     struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    /* A foreign file is refused before anything is made beside it. */
    if (bm_recovery_look(paths, found, err) != 0 || check_writable(paths->snapshot, err) != 0)
        return -1;
    *is_new = access(paths->folder, F_OK) != 0;
    return bm_folder_make(paths->folder, err) == 0 ? bm_paths_join(paths, err) : -1;
}

int bm_store_take_over(struct bm_store *store, struct bm_recovery *found, struct bm_err *err)
{
    bm_journal_clear(store->paths.journal); /* who was writing it anew may have been killed */
    int status = bm_recover(&store->paths, found, err);
    if (status == 0)
        status = take(store, found, err);
    else
        bm_results_fini(&found->results);
    if (status == 0)
        status = append_provenance(store, err);
    return status == 0 && bm_store_sync(store, err) == 0 ? 0 : -1;
}

static int open_all(struct bm_store *store, double lock_wait_s, struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    bool is_new = false;
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->snapshot);
    int status = bm_store_prepare(store, found, &is_new, err);
    if (status == 0)
        status =
            bm_lock_take(paths->lock, paths->snapshot, lock_wait_s, store->tell, &store->lock, err);
    bool is_made = is_new && status == 0;
    if (status == 0) /* on a network the lock may be one of this machine alone */
        status = bm_store_refuse_living(store, err);
    if (status == 0) /* only now: a predecessor may have been writing */
        status = bm_store_take_over(store, found, err);
    free(found);
    if (status == 0)
        status = bm_store_take_in(store, err);
    if (status != 0 && is_made)
        bm_store_remove_made(paths);
    return status;
}

int bm_store_open(const char *path, double lock_wait_s, bm_store_tell *listener,
                  struct bm_store **store, struct bm_err *err)
{
    struct bm_store *opened = bm_store_new(path, listener, err);
    *store = NULL;
    if (opened == NULL)
        return -1;
    bm_schemas_init(&opened->schemas);
    if (open_all(opened, lock_wait_s, err) != 0) {
        bm_store_close(opened);
        return -1;
    }
    *store = opened;
    return 0;
}
