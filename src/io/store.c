/* The store: journal, lock and snapshot of one results file, kept in step. How it is opened is
 * store_open.c's business, what happens when the disk does not take it store_journal.c's.
 *
 * Invariants: `results` is what journal and backlog say. Nothing is cut off or written over before
 * all that is there has been read; what is replaced without being understood is kept. The sum
 * describes the snapshot that is there, whenever the machine stops. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/lock.h"
#include "store_state.h"

void bm_store_say(const struct bm_store *store, const char *format, ...)
{
    char sentence[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (store->tell != NULL && sentence[0] != '\0')
        store->tell(sentence);
}

struct bm_store *bm_store_new(const char *path, bm_store_tell *tell, struct bm_err *err)
{
    struct bm_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        bm_fail_errno(err, "no memory for %s", path);
        return NULL;
    }
    store->lock = store->shared.job_file.lock = BM_NO_LOCK;
    store->journal.file = -1;
    store->tell = tell;
    if (bm_paths_find(path, &store->paths, err) == 0)
        return store;
    bm_store_close(store);
    return NULL;
}

void bm_store_leave(struct bm_store *store)
{
    bm_lock_leave(store->lock);
    bm_results_interrupt(&store->results);
}

void bm_store_close(struct bm_store *store)
{
    if (store == NULL)
        return;
    bm_journal_close(&store->journal);
    bm_store_leave_shared(store);
    bm_lock_release(store->lock);
    bm_results_fini(&store->results);
    bm_bytes_fini(&store->backlog);
    free(store);
}

/* ---- appending ---- */

const struct bm_results *bm_store_results(const struct bm_store *store)
{
    return &store->results;
}

static bool is_applicable(const struct bm_results *results, const struct bm_frame *frame)
{
    switch (frame->kind) {
    case BM_FRAME_META:
    case BM_FRAME_BEGIN:
        return true;
    case BM_FRAME_EVALUATION:
    case BM_FRAME_LOG:
    case BM_FRAME_RESULT:
    case BM_FRAME_DROP:
        return bm_results_find(results, &frame->id) != NULL;
    case BM_FRAME_PROBES: {
        const struct bm_run *run = bm_results_find(results, &frame->id);
        return run != NULL && bm_run_can_extend(run, frame, NULL) == 0;
    }
    case BM_FRAME_SCHEMA:
    case BM_FRAME_JOB:
    case BM_FRAME_PROGRESS:
    case BM_FRAME_WARNING:
        break;
    }
    return false;
}

static bool is_of_its_end(const struct bm_frame *frame)
{
    return frame->kind == BM_FRAME_EVALUATION || frame->kind == BM_FRAME_LOG ||
           frame->kind == BM_FRAME_RESULT;
}

int bm_store_append(struct bm_store *store, const void *frame, size_t size, struct bm_err *err)
{
    struct bm_frame decoded;
    if (bm_frame_decode(frame, size, &store->schemas, &decoded, err) != 0)
        return -1;
    /* What could not be replayed must never get into the journal. */
    if (!is_applicable(&store->results, &decoded)) {
        char id[BM_ID_TEXT];
        return bm_fail(err, BM_EXIT_IO, "a frame of kind %d does not belong to a run (%s)",
                       (int)decoded.kind, bm_id_text(&decoded.id, id));
    }
    /* Another job, which took this one for dead, has done the run meanwhile: what comes of it here
     * says nothing new, or less. */
    if (store->shared.is_shared && is_of_its_end(&decoded) &&
        bm_run_is_done(bm_results_find(&store->results, &decoded.id)))
        return 0;
    bm_store_record(store, frame, size);
    if (decoded.kind == BM_FRAME_BEGIN)
        bm_store_note_begin(store, &decoded.id);
    return bm_results_apply(&store->results, &decoded, err);
}

/* Its name is another file's, or nobody's: only the snapshot can still keep what is known. */
static int fail_for_lost_journal(struct bm_store *store, struct bm_err *err)
{
    struct bm_err own = {0};
    char kept[BM_PATH_SIZE];
    if (store->shared.is_guest) /* who keeps writes the snapshot */
        return bm_fail(err, BM_EXIT_IO, "%s was removed or replaced while it was in use",
                       store->journal.path);
    bool is_kept =
        bm_publish_last(&store->publisher, &store->results, &store->journal.end, kept, &own) == 0;
    return bm_fail(err, BM_EXIT_IO, "%s was removed or replaced while it was in use; %s%s",
                   store->paths.journal, is_kept ? store->paths.snapshot : own.text,
                   is_kept ? " has all that was in it" : "");
}

int bm_store_sync(struct bm_store *store, struct bm_err *err)
{
    struct bm_err why = {0};
    int status = bm_store_catch_up(store, &why);
    int is_in_place = bm_journal_is_in_place(&store->journal);
    if (is_in_place < 0 && status == 0)
        status = bm_fail_errno(&why, "cannot look at %s", store->journal.path);
    if (is_in_place == 0) {
        if (!bm_store_was_replaced(store))
            return fail_for_lost_journal(store, err);
        status = bm_store_demote(store, &why);
    }
    if (status == 0)
        return 0;
    bm_fail(err, why.code, "%s", why.text);
    return BM_STORE_LATER;
}

int bm_store_snapshot(struct bm_store *store, struct bm_err *err)
{
    char kept[BM_PATH_SIZE];
    /* A snapshot that knows more than the disk's journal would contradict it after a power cut. */
    int status = bm_store_sync(store, err);
    kept[0] = '\0';
    if (status != 0 || store->shared.is_guest)
        return status;
    if (bm_publish(&store->publisher, &store->results, &store->journal.end, kept, err) != 0)
        status = BM_STORE_LATER;
    if (kept[0] != '\0')
        bm_store_say(store,
                     "%s was changed by others since bm-sweep wrote it: that one is kept as %s",
                     store->paths.snapshot, kept);
    return status;
}

/* All of them or none. */
static int append_drops(struct bm_store *store, const struct bm_id *ids, size_t n,
                        struct bm_err *err)
{
    const struct bm_journal_mark before = store->journal.end;
    struct bm_bytes frame = {0};
    int status = 0;
    for (size_t i = 0; i < n && status == 0; i++) {
        frame.size = 0;
        bm_frame_add_drop(&frame, &ids[i]);
        status = bm_journal_append(&store->journal, frame.data, frame.size, err);
    }
    bm_bytes_fini(&frame);
    if (status == 0 && bm_store_sync(store, err) != 0)
        status = -1;
    if (status != 0)
        bm_journal_cut(&store->journal, &before);
    return status;
}

int bm_store_drop(struct bm_store *store, const struct bm_id *ids, size_t n, struct bm_err *err)
{
    if (append_drops(store, ids, n, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct bm_frame frame = {.kind = BM_FRAME_DROP, .id = ids[i]};
        if (bm_results_apply(&store->results, &frame, err) != 0)
            return -1;
    }
    return 0;
}
