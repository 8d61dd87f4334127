/* One results file, several jobs. The keeper writes journal and snapshot, as a job that is alone
 * does; each guest writes a shard. All read what the others write.
 *
 * Invariant: nobody writes to a file that somebody else may write to. Who keeps is a claim; a
 * keeper that takes over from one that may still be there writes the journal anew, under a new
 * file, and the old one finds that out and goes on as a guest. A shard is removed once all that was
 * in it is in the journal, and by then its owner has ended, or is thought to be dead; one who comes
 * back writes it anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bm/lock.h"
#include "journal.h"
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

/* ---- what others write ---- */

static bool is_job_name(const char *name)
{
    return strlen(name) == BM_JOB_NAME - 1 && strspn(name, "0123456789abcdef") == BM_JOB_NAME - 1;
}

static int list_shard(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct bm_store *store = context;
    struct bm_shared *shared = &store->shared;
    char path[BM_PATH_SIZE];
    if (!is_job_name(name) || (shared->is_guest && strcmp(name, shared->job.name) == 0))
        return 0;
    for (size_t i = 0; i < shared->n_shards; i++)
        if (strcmp(shared->shards[i].name, name) == 0) {
            shared->shards[i].is_listed = true;
            return 0;
        }
    shared->shards = reallocarray(shared->shards, shared->n_shards + 1, sizeof *shared->shards);
    if (shared->shards == NULL)
        abort();
    snprintf(path, sizeof path, "%s/%s", store->paths.shards, name);
    bm_shard_init(&shared->shards[shared->n_shards++], name, path);
    return 0;
}

static void forget_shard(struct bm_shared *shared, size_t i)
{
    bm_shard_fini(&shared->shards[i]);
    shared->shards[i] = shared->shards[--shared->n_shards];
}

static void forget_shards(struct bm_shared *shared)
{
    while (shared->n_shards > 0)
        forget_shard(shared, 0);
    free(shared->shards);
    shared->shards = NULL;
}

/* Those that are there now: for a guest the keeper's journal as well. */
static int list_shards(struct bm_store *store, struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    bool has_journal = false;
    for (size_t i = 0; i < shared->n_shards; i++) {
        shared->shards[i].is_listed = shared->shards[i].name[0] == '\0';
        has_journal = has_journal || shared->shards[i].is_listed;
    }
    if (bm_folder_each(store->paths.shards, list_shard, store, err) != 0)
        return -1;
    for (size_t i = shared->n_shards; i-- > 0;)
        if (!shared->shards[i].is_listed)
            forget_shard(shared, i);
    if (shared->is_guest && !has_journal) {
        list_shard(store, "0000000000000000", NULL);
        bm_shard_init(&shared->shards[shared->n_shards - 1], "", store->paths.journal);
    }
    return 0;
}

struct following {
    struct bm_store *store;
    void (*hear)(void *context, const struct bm_run *run);
    void *context;
    size_t n;
};

static int apply_frame(void *context, const void *data, size_t size, struct bm_err *err)
{
    struct bm_store *store = context;
    struct bm_frame *frame = calloc(1, sizeof *frame);
    if (frame == NULL)
        return bm_fail_errno(err, "no memory for a record");
    int status = bm_frame_decode(data, size, &store->schemas, frame, err);
    if (status == 0)
        status = bm_results_apply(&store->results, frame, err);
    free(frame);
    return status;
}

static int append_frame(void *context, const void *data, size_t size, struct bm_err *err)
{
    return bm_store_append(context, data, size, err);
}

/* The keeper writes it down; for a guest it is enough to know. */
static int take_in(struct bm_store *store, const struct bm_run *run, struct bm_err *err)
{
    return bm_run_replay(run, store->shared.is_guest ? apply_frame : append_frame, store, err);
}

static bool is_done(const struct bm_run *run)
{
    return run != NULL && run->finished && run->result.status == BM_STATUS_DONE;
}

/* That a run was made twice cost time; what differs then is to be known. */
static void compare(struct bm_store *store, const struct bm_run *run, const struct bm_run *known)
{
    struct bm_agreement agreement;
    char id[BM_ID_TEXT];
    bm_runs_agree(run, known, &agreement);
    if (agreement.differs)
        bm_store_say(store,
                     "warning: run %.8s was made by two jobs, and does not repeat: %s; one of the "
                     "two is kept",
                     bm_id_text(&run->id, id), agreement.where);
}

static int take_run(void *context, const struct bm_run *run, struct bm_err *err)
{
    struct following *following = context;
    struct bm_store *store = following->store;
    const struct bm_run *known = bm_results_find(&store->results, &run->id);
    if (is_done(known) && is_done(run)) {
        if (!store->shared.is_joining)
            compare(store, run, known);
        return 0;
    }
    if (!bm_run_has_more(run, known))
        return 0;
    if (take_in(store, run, err) != 0)
        return -1;
    following->n++;
    if (following->hear != NULL)
        following->hear(following->context, bm_results_find(&store->results, &run->id));
    return 0;
}

static int take_text(void *context, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_store *store = ((struct following *)context)->store;
    struct bm_bytes bytes = {0};
    if (bm_results_meta(&store->results, frame->name) != NULL)
        return 0;
    char *text = strndup(frame->text, frame->text_size);
    if (text == NULL)
        return bm_fail_errno(err, "no memory for a text");
    bm_frame_add_meta(&bytes, frame->name, text);
    int status =
        (store->shared.is_guest ? apply_frame : append_frame)(store, bytes.data, bytes.size, err);
    bm_bytes_fini(&bytes);
    free(text);
    return status;
}

static int read_shards(struct following *following, struct bm_err *err)
{
    struct bm_shared *shared = &following->store->shared;
    const struct bm_shard_sink sink = {following, take_run, take_text};
    if (list_shards(following->store, err) != 0)
        return -1;
    for (size_t i = 0; i < shared->n_shards; i++)
        if (bm_shard_read(&shared->shards[i], &sink, err) != 0)
            return -1;
    return 0;
}

/* What cannot be read now (a network file system has its moments) is read the next time. */
size_t bm_store_follow(struct bm_store *store,
                       void (*hear)(void *context, const struct bm_run *run), void *context)
{
    struct following following = {store, hear, context, 0};
    if (store->shared.is_shared) {
        read_shards(&following, NULL);
        bm_claim_look(&store->shared.claims, BM_CLAIM_KEEPER);
    }
    return following.n;
}

/* ---- taking in what was left ---- */

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
    return link(shard->path, kept) == 0 ? 0 : bm_fail_errno(err, "cannot keep %s", shard->path);
}

static int fold_shard(struct bm_store *store, struct bm_shard *shard, struct bm_err *err)
{
    struct following following = {.store = store};
    const struct bm_shard_sink sink = {&following, take_run, take_text};
    if (bm_shard_read(shard, &sink, err) != 0 || set_aside(store, shard, err) != 0)
        return -1;
    for (size_t i = 0; i < shard->results.n_runs; i++) {
        const struct bm_run *run = &shard->results.runs[i];
        if (bm_run_has_more(run, bm_results_find(&store->results, &run->id)) &&
            take_in(store, run, err) != 0)
            return -1;
    }
    if (bm_store_sync(store, err) != 0)
        return -1;
    return bm_file_remove(shard->path, err);
}

/* Whether its job writes no more. */
static bool is_left(struct bm_store *store, struct bm_job_sights *sights,
                    const struct bm_shard *shard)
{
    if (strcmp(shard->name, store->shared.job.name) == 0)
        return true; /* of this job, when it was a guest */
    enum bm_job_life life = bm_job_life(sights, shard->name);
    return life == BM_JOB_ENDED || life == BM_JOB_DEAD || life == BM_JOB_SILENT;
}

/* Folds what can be; `*n`: how many. */
static int fold_all(struct bm_store *store, struct bm_job_sights *sights, size_t *n,
                    struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    *n = 0;
    for (size_t i = shared->n_shards; i-- > 0;) {
        if (!is_left(store, sights, &shared->shards[i]))
            continue;
        if (fold_shard(store, &shared->shards[i], err) != 0)
            return -1;
        forget_shard(shared, i);
        ++*n;
    }
    rmdir(store->paths.shards); /* unless there are others */
    return 0;
}

/* Jobs that this store does not belong to, as far as this system can tell. */
int bm_store_refuse_living(const struct bm_store *store, struct bm_err *err)
{
    struct bm_job_sights sights;
    struct bm_jobs jobs;
    if (bm_job_sights_init(&sights, store->paths.snapshot, 1e9, err) != 0)
        return -1;
    int status = bm_jobs_read(store->paths.snapshot, &jobs, err);
    for (size_t i = 0; i < jobs.n && status == 0; i++)
        if (bm_job_life(&sights, jobs.jobs[i].name) > BM_JOB_DEAD)
            status = bm_fail(err, BM_EXIT_IO,
                             "%s is in use by %s pid %lld: wait until it has ended, or choose "
                             "another results file",
                             store->paths.snapshot, jobs.jobs[i].host, (long long)jobs.jobs[i].pid);
    bm_jobs_fini(&jobs);
    bm_job_sights_fini(&sights);
    return status;
}

int bm_store_take_in(struct bm_store *store, struct bm_err *err)
{
    struct bm_job_sights sights;
    struct following following = {.store = store};
    size_t n;
    if (bm_job_sights_init(&sights, store->paths.snapshot, 1e9, err) != 0)
        return -1;
    int status = bm_store_refuse_living(store, err);
    if (status == 0)
        status = read_shards(&following, err);
    if (status == 0)
        status = fold_all(store, &sights, &n, err);
    forget_shards(&store->shared);
    bm_job_sights_fini(&sights);
    return status;
}

/* ---- who keeps ---- */

static bool claim_keeping(struct bm_claims *claims, enum bm_claim_state state)
{
    return bm_claim_take(claims, BM_CLAIM_KEEPER) ||
           (state >= BM_CLAIM_DEAD && bm_claim_clear(claims, BM_CLAIM_KEEPER) &&
            bm_claim_take(claims, BM_CLAIM_KEEPER));
}

/* Who only looks at results has the lock for a moment, too: where nobody is known to keep, it is
 * tried again. */
static bool try_to_keep(struct bm_store *store)
{
    enum { TRIES = 10 };
    struct bm_claims *claims = &store->shared.claims;
    for (int i = 0; i < TRIES; i++) {
        enum bm_claim_state state = bm_claim_look(claims, BM_CLAIM_KEEPER);
        int has_lock = bm_lock_try(store->paths.lock, &store->lock);
        store->shared.renews = state == BM_CLAIM_STALE;
        if (has_lock != 0 && claim_keeping(claims, state))
            return true;
        bm_lock_release(store->lock);
        store->lock = BM_NO_LOCK;
        if (has_lock != 0 || state == BM_CLAIM_ALIVE || state == BM_CLAIM_UNSURE)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    return false;
}

bool bm_store_was_replaced(struct bm_store *store)
{
    return store->shared.is_shared && !store->shared.is_guest &&
           bm_claim_look(&store->shared.claims, BM_CLAIM_KEEPER) != BM_CLAIM_OURS;
}

int bm_store_demote(struct bm_store *store, struct bm_err *err)
{
    store->shared.is_guest = true;
    bm_lock_release(store->lock);
    store->lock = BM_NO_LOCK;
    forget_shards(&store->shared);
    if (bm_folder_make(store->paths.shards, err) != 0)
        return -1;
    return bm_store_write_journal(store, false, err);
}

/* ---- joining ---- */

static int open_as_guest(struct bm_store *store, struct bm_err *err)
{
    struct following following = {.store = store};
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", store->paths.snapshot);
    store->shared.is_guest = true;
    int status = -1;
    /* The keeper may just be replacing what is read here. */
    for (int i = 0; i < 3 && status != 0; i++) {
        bm_results_fini(&found->results);
        if (i > 0)
            *err = (struct bm_err){.code = BM_EXIT_DONE};
        status = bm_recover(&store->paths, found, err);
    }
    store->results = found->results;
    free(found);
    store->shared.is_joining = true;
    if (status == 0)
        status = read_shards(&following, err);
    store->shared.is_joining = false;
    if (status == 0)
        status = bm_folder_make(store->paths.shards, err);
    return status == 0 ? bm_store_write_journal(store, false, err) : -1;
}

/* What was left by a version that is not understood is refused before anything is written. */
static int check_shards(struct bm_store *store, struct bm_err *err)
{
    struct bm_journal_image image;
    if (list_shards(store, err) != 0)
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
    struct following following = {.store = store};
    size_t n;
    if (check_shards(store, err) != 0 || bm_store_take_over(store, found, err) != 0)
        return -1;
    if (read_shards(&following, err) != 0 ||
        fold_all(store, &store->shared.claims.sights, &n, err) != 0)
        return -1;
    if (n > 0)
        bm_store_say(store, "what %zu job%s left was taken in", n, n == 1 ? "" : "s");
    return n > 0 && bm_store_snapshot(store, err) == -1 ? -1 : 0;
}

/* Two sweeps in one results file take turns: each would say that the other's runs are not its own.
 */
static int refuse_other_sweep(struct bm_store *store, struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    struct bm_jobs jobs;
    int status = bm_jobs_read(store->paths.snapshot, &jobs, err);
    for (size_t i = 0; i < jobs.n && status == 0; i++) {
        const struct bm_job_status *job = &jobs.jobs[i];
        if (strcmp(job->name, shared->job.name) != 0 &&
            strcmp(job->sweep, shared->job.sweep) != 0 &&
            bm_job_life(&shared->claims.sights, job->name) > BM_JOB_DEAD)
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
    bool keeps = status == 0 && try_to_keep(store);
    if (status == 0)
        status = keeps ? open_as_keeper(store, found, err) : open_as_guest(store, err);
    if (status != 0)
        bm_store_leave_shared(store);
    if (status != 0 && is_new && keeps)
        bm_store_remove_made(&store->paths);
    else if (status != 0 && is_new)
        rmdir(store->paths.folder); /* unless others work there by now */
    free(found);
    return status;
}

int bm_store_join(const char *path, const char *sweep, double timeout_s, bm_store_tell *tell,
                  struct bm_store **store, struct bm_err *err)
{
    struct bm_store *joined = calloc(1, sizeof *joined);
    *store = NULL;
    if (joined == NULL)
        return bm_fail_errno(err, "no memory for %s", path);
    joined->lock = BM_NO_LOCK;
    joined->journal.file = -1;
    joined->tell = tell;
    joined->shared.is_shared = true;
    snprintf(joined->shared.job.sweep, sizeof joined->shared.job.sweep, "%s", sweep);
    bm_schemas_init(&joined->schemas);
    if (bm_paths_find(path, &joined->paths, err) != 0 || join(joined, timeout_s, err) != 0) {
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
    forget_shards(&store->shared);
    store->shared.is_guest = false;
    int status = bm_recovery_look(&store->paths, found, err);
    if (status == 0)
        status = bm_store_take_over(store, found, err);
    free(found);
    return status;
}

int bm_store_fold(struct bm_store *store, struct bm_err *err)
{
    struct following following = {.store = store};
    size_t n = 0;
    if (!store->shared.is_shared)
        return 0;
    if (store->shared.is_guest && (store->backlog.size > 0 || !try_to_keep(store)))
        return 0; /* who keeps does it, now or later */
    if (store->shared.is_guest && promote(store, err) != 0)
        return -1;
    if (read_shards(&following, err) != 0 ||
        fold_all(store, &store->shared.claims.sights, &n, err) != 0)
        return -1;
    bm_claims_clear_dead(&store->shared.claims);
    bm_jobs_clear(store->paths.snapshot);
    if (following.n + n == 0)
        return 0;
    return bm_store_snapshot(store, err) == 0 ? 0 : -1;
}

bool bm_store_is_alone(struct bm_store *store)
{
    struct bm_jobs jobs;
    size_t others = 0;
    if (!store->shared.is_shared)
        return true;
    if (bm_jobs_read(store->paths.snapshot, &jobs, NULL) != 0)
        return false;
    for (size_t i = 0; i < jobs.n; i++)
        others += strcmp(jobs.jobs[i].name, store->shared.job.name) != 0 &&
                  bm_job_life(&store->shared.claims.sights, jobs.jobs[i].name) > BM_JOB_DEAD;
    bm_jobs_fini(&jobs);
    return others == 0 && !store->shared.is_guest;
}

void bm_store_leave_shared(struct bm_store *store)
{
    struct bm_shared *shared = &store->shared;
    bm_journal_close(&store->journal);
    forget_shards(shared);
    bm_claims_fini(&shared->claims);
    bm_job_file_close(&shared->job_file);
    free(shared->own);
    shared->own = NULL;
    shared->n_own = 0;
}
