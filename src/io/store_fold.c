/* What jobs have left in shards of theirs that write no more gets into the journal. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store_state.h"

/* A shard whose end is not whole was being written; one that is damaged before its end is kept. */
static int set_aside(struct bm_store *store, const struct bm_shard *shard, struct bm_err *err)
{
    struct bm_journal_image image;
    char kept[BM_PATH_SIZE];
    if (bm_journal_load(shard->path, &image, err) != 0)
        return -1;
    bool is_damaged = image.is_damaged;
    bm_journal_unload(&image);
    if (!is_damaged)
        return 0;
    snprintf(kept, sizeof kept, "%s.damaged", shard->path);
    bm_store_say(store,
                 "warning: %s is damaged: what is whole of it is taken, and it is kept as %s",
                 shard->path, kept);
    /* One that is there is of an earlier try. */
    return link(shard->path, kept) == 0 ? 0 : bm_file_copy(shard->path, kept, err);
}

/* All that is in it is in the journal, and on the disk. */
static int fold_shard(struct bm_following *following, struct bm_shard *shard, struct bm_err *err)
{
    struct bm_store *store = following->store;
    struct bm_following unheard = {.store = store}; /* of runs that are not finished */
    if (bm_store_read_shard(following, shard, err) != 0)
        return -1;
    for (size_t i = 0; i < shard->results.n_runs; i++)
        if (bm_store_take_run(&unheard, &shard->results.runs[i], err) != 0)
            return -1;
    return bm_store_sync(store, err) == 0 ? 0 : -1;
}

/* Whether its job writes no more. */
static bool is_left(struct bm_store *store, struct bm_job_sights *sights,
                    const struct bm_shard *shard)
{
    if (strcmp(shard->name, store->shared.job.name) == 0)
        return true; /* of this job, when it was a guest */
    return bm_job_life(sights, shard->name) <= BM_JOB_SILENT;
}

struct clearing {
    struct bm_store *store;
    struct bm_job_sights *sights;
};

/* A shard that its job was just making when it died has another name: that of a temporary file. */
static int clear_unmade(void *context, const char *name, struct bm_err *err)
{
    const struct clearing *clearing = context;
    char owner[BM_JOB_NAME], path[BM_PATH_SIZE], temporary[BM_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", clearing->store->paths.shards, name);
    if (name[0] != '.' || strlen(name) < BM_JOB_NAME)
        return 0;
    snprintf(owner, sizeof owner, "%s", name + 1);
    bm_file_temporary(owner, temporary);
    if (strcmp(name, temporary) != 0 || bm_job_life(clearing->sights, owner) > BM_JOB_SILENT)
        return 0;
    return bm_file_remove(path, err);
}

/* Under another name first: if its job lives and has written on since, it finds its shard gone from
 * here on, and what it wrote before is taken in. */
static int remove_shard(struct bm_following *following, struct bm_shard *shard, struct bm_err *err)
{
    char name[BM_JOB_NAME], path[BM_PATH_SIZE];
    bm_job_name(name);
    snprintf(path, sizeof path, "%s/%s", following->store->paths.shards, name);
    if (rename(shard->path, path) != 0)
        return errno == ENOENT ? 0 : bm_fail_errno(err, "cannot rename %s", shard->path);
    memcpy(shard->name, name, sizeof name);
    memcpy(shard->path, path, sizeof path);
    if (fold_shard(following, shard, err) != 0)
        return -1;
    return following->store->shared.is_guest ? 0 : bm_file_remove(path, err);
}

static int remove_folded(struct bm_following *following, size_t *n, struct bm_err *err)
{
    struct bm_shared *shared = &following->store->shared;
    for (size_t i = shared->n_shards; i-- > 0;) {
        if (!shared->shards[i].is_folded)
            continue;
        if (remove_shard(following, &shared->shards[i], err) != 0)
            return -1;
        if (shared->is_guest)
            return 0; /* who keeps now goes on */
        bm_store_forget_shard(shared, i);
        ++*n;
    }
    return 0;
}

int bm_store_fold_shards(struct bm_following *following, struct bm_job_sights *sights, size_t *n,
                         struct bm_err *err)
{
    struct bm_store *store = following->store;
    struct bm_shared *shared = &store->shared;
    bool any = false;
    *n = 0;
    for (size_t i = 0; i < shared->n_shards; i++) {
        struct bm_shard *shard = &shared->shards[i];
        shard->is_folded = is_left(store, sights, shard);
        any |= shard->is_folded;
        if (shard->is_folded &&
            (fold_shard(following, shard, err) != 0 || set_aside(store, shard, err) != 0))
            return -1;
        if (shared->is_guest)
            return 0; /* it was just taken for dead: who keeps now goes on */
    }
    /* Whoever looks finds each run at every moment. */
    int status = any ? bm_store_snapshot(store, err) : 0;
    if (status != 0 || shared->is_guest)
        return status == -1 ? -1 : 0;
    if (remove_folded(following, n, err) != 0)
        return -1;
    bm_folder_each(store->paths.shards, clear_unmade, &(struct clearing){store, sights}, NULL);
    rmdir(store->paths.shards); /* unless there are others */
    return 0;
}

int bm_store_refuse_living(const struct bm_store *store, struct bm_err *err)
{
    struct bm_jobs jobs;
    int status = bm_jobs_living(store->paths.snapshot, NULL, &jobs, err);
    if (status == 0 && jobs.n > 0)
        status = bm_fail(err, BM_EXIT_IO,
                         "%s is in use by %s pid %lld: wait until it has ended, or choose another "
                         "results file",
                         store->paths.snapshot, jobs.jobs[0].host, (long long)jobs.jobs[0].pid);
    bm_jobs_fini(&jobs);
    return status;
}

int bm_store_take_in(struct bm_store *store, struct bm_err *err)
{
    struct bm_job_sights sights;
    struct bm_following following = {.store = store};
    size_t n;
    if (bm_job_sights_init(&sights, store->paths.snapshot, INFINITY, err) != 0)
        return -1;
    int status = bm_store_read_shards(&following, err);
    if (status == 0)
        status = bm_store_fold_shards(&following, &sights, &n, err);
    bm_results_interrupt(&store->results);
    bm_store_forget_shards(&store->shared);
    bm_job_sights_fini(&sights);
    return status;
}
