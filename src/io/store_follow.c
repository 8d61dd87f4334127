/* What other jobs write, followed as it grows: a run that one of them finishes is known here at the
 * next look. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/clock.h"
#include "store_state.h"

static void add_shard(struct bm_shared *shared, const char *name, const char *path)
{
    shared->shards = reallocarray(shared->shards, shared->n_shards + 1, sizeof *shared->shards);
    if (shared->shards == NULL)
        abort();
    bm_shard_init(&shared->shards[shared->n_shards++], name, path);
}

static struct bm_shard *find_shard(struct bm_shared *shared, const char *name)
{
    for (size_t i = 0; i < shared->n_shards; i++)
        if (strcmp(shared->shards[i].name, name) == 0)
            return &shared->shards[i];
    return NULL;
}

static int list_shard(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct bm_store *store = context;
    struct bm_shared *shared = &store->shared;
    struct bm_shard *known = find_shard(shared, name);
    char path[BM_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", store->paths.shards, name);
    if (known != NULL)
        known->is_listed = true;
    else if (bm_job_is_name(name) && (!shared->is_guest || strcmp(name, shared->job.name) != 0))
        add_shard(shared, name, path);
    return 0;
}

void bm_store_forget_shard(struct bm_shared *shared, size_t i)
{
    bm_shard_fini(&shared->shards[i]);
    shared->shards[i] = shared->shards[--shared->n_shards];
}

void bm_store_forget_shards(struct bm_shared *shared)
{
    while (shared->n_shards > 0)
        bm_store_forget_shard(shared, 0);
    free(shared->shards);
    shared->shards = NULL;
}

int bm_store_list_shards(struct bm_store *store, struct bm_err *err)
{
    struct bm_shared *shared = &store->shared;
    for (size_t i = 0; i < shared->n_shards; i++)
        shared->shards[i].is_listed = shared->shards[i].name[0] == '\0';
    if (bm_folder_each(store->paths.shards, list_shard, store, err) != 0)
        return -1;
    for (size_t i = shared->n_shards; i-- > 0;)
        if (!shared->shards[i].is_listed)
            bm_store_forget_shard(shared, i);
    if (shared->is_guest && find_shard(shared, "") == NULL)
        add_shard(shared, "", store->paths.journal);
    return 0;
}

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

int bm_store_take_run(struct bm_following *following, const struct bm_run *run, struct bm_err *err)
{
    struct bm_store *store = following->store;
    const struct bm_run *known = bm_results_find(&store->results, &run->id);
    if (bm_run_is_done(known) && bm_run_is_done(run)) {
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

static int take_run(void *context, const struct bm_run *run, struct bm_err *err)
{
    return bm_store_take_run(context, run, err);
}

static int take_text(void *context, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_store *store = ((struct bm_following *)context)->store;
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

int bm_store_read_shard(struct bm_following *following, struct bm_shard *shard, struct bm_err *err)
{
    return bm_shard_read(shard, &(struct bm_shard_sink){following, take_run, take_text}, err);
}

int bm_store_read_shards(struct bm_following *following, struct bm_err *err)
{
    struct bm_shared *shared = &following->store->shared;
    if (bm_store_list_shards(following->store, err) != 0)
        return -1;
    /* The keeper's journal at last: it has what was in a shard that went meanwhile. */
    for (int is_keepers = 0; is_keepers < 2; is_keepers++)
        for (size_t i = 0; i < shared->n_shards; i++)
            if ((shared->shards[i].name[0] == '\0') == is_keepers &&
                bm_store_read_shard(following, &shared->shards[i], err) != 0)
                return -1;
    return 0;
}

/* Whether other jobs live is seen only by who looks again and again. Shards of those that have
 * ended go then: four hundred may come and go while one keeps. */
static void watch(struct bm_following *following)
{
    const double least_pause_s = 1, most_pause_s = 60;
    struct bm_shared *shared = &following->store->shared;
    struct bm_job_sights *sights = &shared->claims.sights;
    size_t n;
    double now = bm_seconds(), pause = sights->timeout_s / 10;
    if (now < shared->next_watch)
        return;
    shared->next_watch = now + fmin(fmax(pause, least_pause_s), most_pause_s);
    bm_job_sights_look(sights, shared->job.name);
    bm_claim_look(&shared->claims, BM_CLAIM_KEEPER);
    if (!shared->is_guest && !shared->is_behind)
        bm_store_fold_shards(following, sights, &n, NULL);
}

/* And notes what cannot be read. */
static void read_others(struct bm_shared *shared, struct bm_following *following)
{
    struct bm_err why = {0};
    shared->is_behind = bm_store_read_shards(following, &why) != 0;
    if (!shared->is_behind)
        shared->unread_since = 0;
    else if (shared->unread_since == 0)
        shared->unread_since = bm_seconds();
    shared->unread = why;
}

/* What cannot be read now (a network file system has its moments) is read the next time. */
size_t bm_store_follow(struct bm_store *store,
                       void (*hear)(void *context, const struct bm_run *run), void *context)
{
    struct bm_shared *shared = &store->shared;
    struct bm_following following = {store, hear, context, 0};
    if (shared->is_shared) {
        read_others(shared, &following);
        for (size_t i = 0; i < shared->n_shards; i++)
            shared->is_behind |= bm_shard_is_behind(&shared->shards[i]);
        watch(&following);
    }
    return following.n;
}

bool bm_store_is_behind(const struct bm_store *store)
{
    return store->shared.is_behind;
}

const struct bm_err *bm_store_unread(const struct bm_store *store, double *since)
{
    *since = store->shared.unread_since;
    return store->shared.unread_since > 0 ? &store->shared.unread : NULL;
}
