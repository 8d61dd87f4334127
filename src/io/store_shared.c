#include "store_shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_state.h"

const char *bm_store_journal_path(const struct bm_store *store, char path[BM_PATH_SIZE])
{
    if (store->shared.is_guest)
        snprintf(path, BM_PATH_SIZE, "%s/%s", store->paths.shards, store->shared.job.name);
    else
        snprintf(path, BM_PATH_SIZE, "%s", store->paths.journal);
    return path;
}

struct bm_claims *bm_store_claims(struct bm_store *store)
{
    return store->shared.is_shared ? &store->shared.claims : NULL;
}

struct bm_job_file *bm_store_job(struct bm_store *store, struct bm_job_status *status)
{
    const struct bm_job_status *job = &store->shared.job;
    if (!store->shared.is_shared)
        return NULL;
    memcpy(status->name, job->name, sizeof status->name);
    memcpy(status->host, job->host, sizeof status->host);
    memcpy(status->batch, job->batch, sizeof status->batch);
    memcpy(status->boot, job->boot, sizeof status->boot);
    status->pid = job->pid;
    status->beat = job->beat;
    return &store->shared.job_file;
}

void bm_store_note_begin(struct bm_store *store, const struct bm_id *id)
{
    struct bm_shared *shared = &store->shared;
    if (!shared->is_shared)
        return;
    for (size_t i = shared->n_own; i-- > 0 && i + 64 > shared->n_own;)
        if (bm_id_compare(&shared->own[i], id) == 0)
            return; /* it began again */
    shared->own = reallocarray(shared->own, shared->n_own + 1, sizeof *shared->own);
    if (shared->own == NULL)
        abort();
    shared->own[shared->n_own++] = *id;
}

bool bm_store_keeps(const struct bm_store *store)
{
    return !store->shared.is_guest;
}

bool bm_store_is_alone(struct bm_store *store)
{
    return !store->shared.is_shared || (bm_store_keeps(store) && !bm_store_others_may_live(store));
}

void bm_store_leave_shared(struct bm_store *store)
{
    struct bm_shared *shared = &store->shared;
    bm_journal_close(&store->journal);
    bm_store_forget_shards(shared);
    bm_claims_fini(&shared->claims);
    bm_job_file_close(&shared->job_file);
    free(shared->own);
    shared->own = NULL;
    shared->n_own = 0;
}
