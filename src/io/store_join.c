/* Jobs join a store, and leave it: as the one that keeps (store_keep.c), or as guests of that one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bm/lock.h"
#include "store_state.h"

/* What cannot be had now is tried again. */
enum { TRIES = 10 };
static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
}

/* The folder is there only while shards are: who keeps may just take it away. */
static int write_shard(struct bm_store *store, struct bm_err *err)
{
    struct bm_err why = {0};
    for (int i = 0; i < TRIES; i++) {
        if (bm_folder_make(store->paths.shards, err) != 0)
            return -1;
        why = (struct bm_err){0};
        if (bm_store_write_journal(store, false, &why) == 0)
            return 0;
        if (access(store->paths.shards, F_OK) == 0)
            break;
    }
    return bm_fail(err, why.code, "%s", why.text);
}

int bm_store_demote(struct bm_store *store, struct bm_err *err)
{
    store->shared.is_guest = true;
    bm_lock_release(store->lock);
    store->lock = BM_NO_LOCK;
    bm_store_forget_shards(&store->shared);
    return write_shard(store, err);
}

/* ---- joining ---- */

/* The keeper's journal is followed from where it was read to, if it is the file that was read. */
static int skip_known(struct bm_store *store, const struct bm_recovery *found,
                      const struct stat *before, struct bm_err *err)
{
    struct stat now;
    if (bm_store_list_shards(store, err) != 0)
        return -1;
    if (!found->has_journal || found->rewrite ||
        bm_file_find(store->paths.journal, &now, NULL) <= 0 || now.st_ino != before->st_ino)
        return 0;
    for (size_t i = 0; i < store->shared.n_shards; i++)
        if (store->shared.shards[i].name[0] == '\0')
            return bm_shard_skip(&store->shared.shards[i], now.st_ino, found->end.size,
                                 &found->schemas, &store->results, err);
    return 0;
}

/* The keeper may just be replacing what is read here. */
static int recover_beside(struct bm_store *store, struct bm_recovery *found, struct stat *before,
                          struct bm_err *err)
{
    struct bm_err why = {0};
    for (int i = 0; i < TRIES; i++) {
        bm_results_fini(&found->results);
        bm_file_find(store->paths.journal, before, NULL);
        why = (struct bm_err){0};
        if (bm_recover(&store->paths, found, &why) == 0)
            return 0;
        nap();
    }
    return bm_fail(err, why.code, "%s", why.text);
}

static int open_as_guest(struct bm_store *store, struct bm_err *err)
{
    struct bm_following following = {.store = store};
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", store->paths.snapshot);
    struct stat before = {0};
    store->shared.is_guest = true;
    int status = recover_beside(store, found, &before, err);
    store->results = found->results;
    if (status == 0)
        status = skip_known(store, found, &before, err);
    free(found);
    store->shared.is_joining = true;
    if (status == 0)
        status = bm_store_read_shards(&following, err);
    store->shared.is_joining = false;
    return status == 0 ? write_shard(store, err) : -1;
}

/* What was left by a version that is not understood is refused before anything is written. */
static int check_shards(struct bm_store *store, struct bm_err *err)
{
    struct bm_journal_image image;
    if (bm_store_list_shards(store, err) != 0)
        return -1;
    for (size_t i = 0; i < store->shared.n_shards; i++) {
        if (bm_journal_load(store->shared.shards[i].path, &image, err) != 0)
            return -1;
        bm_journal_unload(&image);
    }
    return 0;
}

static int open_as_keeper(struct bm_store *store, struct bm_recovery *found, struct bm_err *err)
{
    struct bm_following following = {.store = store};
    size_t n;
    if (check_shards(store, err) != 0 || bm_store_take_over(store, found, err) != 0)
        return -1;
    if (bm_store_read_shards(&following, err) != 0 ||
        bm_store_fold_shards(&following, &store->shared.claims.sights, &n, err) != 0)
        return -1;
    if (n > 0)
        bm_store_say(store, "what %zu job%s left was taken in", n, n == 1 ? "" : "s");
    return 0;
}

/* Two sweeps in one results file take turns: each would say that the other's runs are not its own.
 */
static int refuse_other_sweep(struct bm_store *store, struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    struct bm_jobs jobs;
    int status = bm_jobs_living(store->paths.snapshot, &shared->claims.sights, &jobs, err);
    for (size_t i = 0; i < jobs.n && status == 0; i++) {
        const struct bm_job_status *job = &jobs.jobs[i];
        if (strcmp(job->name, shared->job.name) != 0 && strcmp(job->sweep, shared->job.sweep) != 0)
            status = bm_fail(err, BM_EXIT_IO,
                             "%s is in use by another sweep, '%s', on %s pid %lld: wait until it "
                             "has ended, or choose another results file",
                             store->paths.snapshot, job->sweep, job->host, (long long)job->pid);
    }
    bm_jobs_fini(&jobs);
    return status;
}

static int join(struct bm_store *store, double timeout_s, struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    bool is_new = false;
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", store->paths.snapshot);
    int status = bm_store_prepare(store, found, &is_new, err);
    if (status == 0)
        status = bm_job_file_open(store->paths.snapshot, &shared->job, &shared->job_file, err);
    if (status == 0)
        status = bm_claims_init(&shared->claims, store->paths.snapshot, shared->job.name, timeout_s,
                                err);
    if (status == 0)
        status = refuse_other_sweep(store, err);
    int keeps = status == 0 ? bm_store_try_to_keep(store, err) : -1;
    if (keeps >= 0)
        status = keeps ? open_as_keeper(store, found, err) : open_as_guest(store, err);
    else
        status = -1;
    if (status != 0)
        bm_store_leave_shared(store);
    if (status != 0 && is_new && keeps > 0)
        bm_store_remove_made(&store->paths);
    else if (status != 0 && is_new)
        rmdir(store->paths.folder); /* unless others work there by now */
    free(found);
    return status;
}

int bm_store_join(const char *path, const char *sweep, double timeout_s, bm_store_tell *tell,
                  struct bm_store **store, struct bm_err *err)
{
    struct bm_store *joined = bm_store_new(path, tell, err);
    *store = NULL;
    if (joined == NULL)
        return -1;
    joined->shared.is_shared = true;
    snprintf(joined->shared.job.sweep, sizeof joined->shared.job.sweep, "%s", sweep);
    bm_schemas_init(&joined->schemas);
    if (join(joined, timeout_s, err) != 0) {
        bm_store_close(joined);
        return -1;
    }
    *store = joined;
    return 0;
}

/* ---- leaving ---- */

/* A guest that keeps from here on: what it wrote is one of the shards now. */
static int promote(struct bm_store *store, struct bm_err *err)
{
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", store->paths.snapshot);
    bm_journal_close(&store->journal);
    bm_results_fini(&store->results);
    bm_store_forget_shards(&store->shared);
    store->shared.is_guest = false;
    int status = bm_recovery_look(&store->paths, found, err);
    if (status == 0)
        status = bm_store_take_over(store, found, err);
    free(found);
    return status;
}

bool bm_store_is_orphaned(struct bm_store *store)
{
    struct bm_shared *shared = &store->shared;
    if (!shared->is_shared || !shared->is_guest ||
        bm_claim_look(&shared->claims, BM_CLAIM_KEEPER) != BM_CLAIM_UNSURE)
        return false;
    return !bm_job_sights_look(&shared->claims.sights, shared->job.name);
}

int bm_store_fold(struct bm_store *store, struct bm_err *err)
{
    struct bm_following following = {.store = store};
    size_t n = 0;
    if (!store->shared.is_shared)
        return 0;
    if (store->shared.is_guest) {
        int keeps = store->backlog.size > 0 ? 0 : bm_store_try_to_keep(store, err);
        if (keeps <= 0)
            return keeps; /* who keeps does it, now or later */
        if (promote(store, err) != 0)
            return -1;
    }
    if (bm_store_read_shards(&following, err) != 0 ||
        bm_store_fold_shards(&following, &store->shared.claims.sights, &n, err) != 0)
        return -1;
    bm_claims_clear_dead(&store->shared.claims);
    bm_job_sights_clear(&store->shared.claims.sights, store->shared.job.name);
    bm_jobs_clear(store->paths.snapshot);
    if (following.n == 0 || n > 0)
        return 0;
    return bm_store_snapshot(store, err) == 0 ? 0 : -1;
}

void bm_store_fold_rest(const char *path, const char *sweep, double timeout_s)
{
    struct bm_paths paths;
    struct bm_store *store;
    char shard[BM_PATH_SIZE];
    if (bm_paths_find(path, &paths, NULL) != 0 || access(paths.shards, F_OK) != 0 ||
        bm_store_join(path, sweep, timeout_s, NULL, &store, NULL) != 0)
        return;
    /* Somebody else keeps, who looks after it in the end: there is nothing that is this one's. */
    if (store->shared.is_guest && unlink(bm_store_journal_path(store, shard)) == 0)
        rmdir(paths.shards);
    bm_store_close(store);
}
