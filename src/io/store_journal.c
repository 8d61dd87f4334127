/* The store's journal: written anew from what is known, and what becomes of records that the disk
 * does not take.
 *
 * Such records are in the results already, and wait in the backlog. While the disk is full, that is
 * all: they are appended once there is room. After a failed sync nobody knows which of the last
 * records are on the disk, so a new journal takes the old one's place. */
#include "store_state.h"

#include <string.h>

#include "replay.h"

static bool schema_equal(const struct bm_schema *a, const struct bm_schema *b)
{
    if (a->n_columns != b->n_columns)
        return false;
    for (size_t i = 0; i < a->n_columns; i++)
        if (a->columns[i].field != b->columns[i].field || a->columns[i].type != b->columns[i].type)
            return false;
    return true;
}

int bm_store_append_schemas(struct bm_journal *journal, const struct bm_schemas *last,
                            struct bm_err *err)
{
    struct bm_schemas own;
    struct bm_bytes frame = {0};
    int status = 0;
    bm_schemas_init(&own);
    for (size_t i = 0; i < BM_FRAME_TABLES && status == 0; i++) {
        if (schema_equal(&last->tables[i], &own.tables[i]))
            continue;
        frame.size = 0;
        bm_frame_add_schema(&frame, i);
        status = bm_journal_append(journal, frame.data, frame.size, err);
    }
    bm_bytes_fini(&frame);
    return status;
}

static int append_record(void *journal, const void *frame, size_t size, struct bm_err *err)
{
    return bm_journal_append(journal, frame, size, err);
}

/* A guest's shard has what began here. */
static int replay_own(const struct bm_store *store, struct bm_journal *journal, struct bm_err *err)
{
    for (size_t i = 0; i < store->shared.n_own; i++) {
        const struct bm_run *run = bm_results_find(&store->results, &store->shared.own[i]);
        if (run != NULL && bm_run_replay(run, append_record, journal, err) != 0)
            return -1;
    }
    return 0;
}

static int fill(struct bm_store *store, struct bm_journal *journal, bool keep_old,
                struct bm_err *err)
{
    struct bm_schemas none;
    char kept[BM_PATH_SIZE];
    bm_schemas_clear(&none);
    if (bm_store_append_schemas(journal, &none, err) != 0 ||
        (store->shared.is_guest
             ? replay_own(store, journal, err)
             : bm_results_replay(&store->results, append_record, journal, err)) != 0)
        return -1;
    if (!keep_old)
        return 0;
    if (bm_file_keep(store->paths.journal, kept, err) != 0)
        return -1;
    bm_store_say(store, "the old journal is kept as %s", kept);
    return 0;
}

/* What the sum says of the old journal the new one need not reach: the snapshot that is there shows
 * nothing of it, whenever the machine stops. */
static int forget_marks(struct bm_store *store, struct bm_err *err)
{
    struct bm_sum sum = {.n = 1};
    if (store->shared.is_guest)
        return 0;
    if (store->publisher.written.size == 0)
        return bm_file_remove(store->paths.sum, err);
    store->publisher.written.journal = bm_journal_beginning();
    sum.entries[0] = store->publisher.written;
    return bm_sum_write(store->paths.sum, &sum, err);
}

int bm_store_write_journal(struct bm_store *store, bool keep_old, struct bm_err *err)
{
    struct bm_journal journal;
    char path[BM_PATH_SIZE];
    if (bm_journal_create(bm_store_journal_path(store, path), &journal, err) != 0)
        return -1;
    if (fill(store, &journal, keep_old, err) != 0 || forget_marks(store, err) != 0) {
        bm_journal_discard(&journal);
        return -1;
    }
    int status = bm_journal_publish(&journal, err);
    if (journal.file < 0)
        return -1;
    bm_journal_close(&store->journal);
    store->journal = journal;
    store->backlog.size = 0;
    return status;
}

/* ---- what the disk does not take ---- */

void bm_store_record(struct bm_store *store, const void *frame, size_t size)
{
    if (store->backlog.size == 0 && !store->journal.is_suspect &&
        bm_journal_append(&store->journal, frame, size, NULL) == 0)
        return;
    bm_bytes_add_u32(&store->backlog, (uint32_t)size);
    bm_bytes_add(&store->backlog, frame, size);
}

/* Appends what waits, as far as there is room. */
static int append_backlog(struct bm_store *store, struct bm_err *err)
{
    struct bm_cursor cursor = bm_cursor_of(store->backlog.data, store->backlog.size);
    size_t done = 0;
    int status = 0;
    while (done < store->backlog.size) {
        uint32_t size = bm_cursor_u32(&cursor);
        const unsigned char *frame = bm_cursor_take(&cursor, size);
        if ((status = bm_journal_append(&store->journal, frame, size, err)) != 0)
            break;
        done = cursor.at;
    }
    bm_bytes_drop(&store->backlog, done);
    return status;
}

/* The snapshot that is there knows of the old one. */
static int replace_journal(struct bm_store *store, struct bm_err *err)
{
    char kept[BM_PATH_SIZE];
    if (bm_journal_is_in_place(&store->journal) == 0)
        return 0; /* that is told later */
    if (bm_store_write_journal(store, false, err) != 0)
        return -1;
    if (store->shared.is_guest)
        return 0;
    bm_publish(&store->publisher, &store->results, &store->journal.end, kept, NULL);
    return 0;
}

int bm_store_catch_up(struct bm_store *store, struct bm_err *err)
{
    if (store->journal.is_suspect)
        return replace_journal(store, err);
    if (append_backlog(store, err) != 0)
        return -1;
    return bm_journal_sync(&store->journal, err);
}
