/* The store: journal, lock and snapshot of one results file, kept in step.
 *
 * Invariant: results[] is what the journal says. Nothing is cut off or written over before all that
 * is there has been read and found whole. */
#include "bm/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bm/provenance.h"
#include "bm/file.h"
#include "hdf5.h"
#include "journal.h"
#include "bm/lock.h"
#include "seed.h"
#include "snapshot.h"

struct paths {
    char snapshot[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    char journal[BM_PATH_SIZE], lock[BM_PATH_SIZE], temporary[BM_PATH_SIZE];
};

struct bm_store {
    struct paths paths;
    int lock;
    struct bm_journal journal;
    struct bm_schemas schemas; /* of what is appended: this program's */
    struct bm_results results;
};

static int paths_init(struct paths *paths, const char *path, struct bm_err *err)
{
    if (path[0] == '\0' || path[strlen(path) - 1] == '/' || strlen(path) > BM_PATH_SIZE - 32)
        return bm_fail(err, BM_EXIT_IO, "results path '%s' is not the name of a file", path);
    snprintf(paths->snapshot, BM_PATH_SIZE, "%s", path);
    snprintf(paths->folder, BM_PATH_SIZE, "%s.d", path);
    snprintf(paths->journal, BM_PATH_SIZE, "%s.d/journal.0", path);
    snprintf(paths->lock, BM_PATH_SIZE, "%s.d/lock", path);
    snprintf(paths->temporary, BM_PATH_SIZE, "%s.d/snapshot.new", path);
    return 0;
}

/* 1: it is there; 0: it is not; -1: it cannot be told. */
static int exists(const char *path, struct bm_err *err)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return 1;
    return errno == ENOENT ? 0 : bm_fail_errno(err, "cannot look at %s", path);
}

/* ---- the journal's records ---- */

struct replay {
    struct bm_results *results;
    struct bm_schemas schemas; /* as the journal's last SCHEMA frames say */
    struct bm_frame frame;
};

static int replay_record(void *context, const void *record, size_t size, struct bm_err *err)
{
    struct replay *replay = context;
    if (bm_frame_decode(record, size, &replay->schemas, &replay->frame, err) != 0)
        return -1;
    return bm_results_apply(replay->results, &replay->frame, err);
}

static int replay_journal(const char *journal, uint64_t limit, struct replay *replay,
                          struct bm_journal_extent *extent, struct bm_err *err)
{
    /* Tables without columns, until SCHEMA frames tell them. */
    bm_schemas_init(&replay->schemas);
    for (size_t i = 0; i < BM_FRAME_TABLES; i++)
        replay->schemas.tables[i].n_columns = 0;
    return bm_journal_read(journal, limit, replay_record, replay, extent, err);
}

static bool schema_equal(const struct bm_schema *a, const struct bm_schema *b)
{
    if (a->n_columns != b->n_columns)
        return false;
    for (size_t i = 0; i < a->n_columns; i++)
        if (a->columns[i].field != b->columns[i].field || a->columns[i].type != b->columns[i].type)
            return false;
    return true;
}

/* Says how this program packs its records, where the journal's last word differs. */
static int append_schemas(struct bm_store *store, const struct bm_schemas *last, struct bm_err *err)
{
    struct bm_bytes frame = {0};
    int status = 0;
    for (size_t i = 0; i < BM_FRAME_TABLES && status == 0; i++) {
        if (schema_equal(&last->tables[i], &store->schemas.tables[i]))
            continue;
        frame.size = 0;
        bm_frame_add_schema(&frame, i);
        status = bm_journal_append(&store->journal, frame.data, frame.size, err);
    }
    bm_bytes_fini(&frame);
    return status;
}

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

static int open_journal(struct bm_store *store, struct bm_err *err)
{
    struct replay *replay = calloc(1, sizeof *replay);
    struct bm_journal_extent extent;
    if (replay == NULL)
        return bm_fail_errno(err, "no memory for %s", store->paths.journal);
    replay->results = &store->results;
    int status = replay_journal(store->paths.journal, UINT64_MAX, replay, &extent, err);
    if (status == 0)
        status = bm_journal_open(store->paths.journal, extent.size, &store->journal, err);
    if (status == 0)
        status = append_schemas(store, &replay->schemas, err);
    free(replay);
    return status;
}

/* Starts a journal, with what the snapshot holds if there is one. */
static int start_journal(struct bm_store *store, bool has_snapshot, struct bm_err *err)
{
    static const struct bm_schemas none;
    if (has_snapshot && bm_snapshot_read(store->paths.snapshot, &store->results, NULL, err) != 0)
        return -1;
    if (bm_journal_create(store->paths.journal, &store->journal, err) != 0 ||
        append_schemas(store, &none, err) != 0 ||
        bm_journal_seed(&store->journal, &store->results, err) != 0 ||
        bm_journal_publish(&store->journal, err) != 0)
        return -1;
    /* The old snapshot tells the size of another journal. */
    return has_snapshot ? bm_store_snapshot(store, err) : 0;
}

static int open_all(struct bm_store *store, double lock_wait_s,
                    void (*waiting)(const char *sentence), struct bm_err *err)
{
    const struct paths *paths = &store->paths;
    if (bm_folder_make(paths->folder, err) != 0 ||
        bm_lock_take(paths->lock, paths->snapshot, lock_wait_s, waiting, &store->lock, err) != 0)
        return -1;
    /* Looked at only now: a predecessor may have been writing. */
    int has_snapshot = exists(paths->snapshot, err), has_journal = exists(paths->journal, err);
    if (has_snapshot < 0 || has_journal < 0)
        return -1;
    int status = has_journal ? open_journal(store, err) : start_journal(store, has_snapshot, err);
    if (status == 0)
        status = append_provenance(store, err);
    return status == 0 ? bm_store_sync(store, err) : -1;
}

int bm_store_open(const char *path, double lock_wait_s, void (*waiting)(const char *sentence),
                  struct bm_store **store, struct bm_err *err)
{
    struct bm_store *opened = calloc(1, sizeof *opened);
    *store = NULL;
    if (opened == NULL)
        return bm_fail_errno(err, "no memory for %s", path);
    opened->lock = BM_NO_LOCK;
    opened->journal.file = -1;
    bm_schemas_init(&opened->schemas);
    /* A foreign file is refused before anything is made beside it. */
    int status = paths_init(&opened->paths, path, err);
    int there = status == 0 ? exists(path, err) : -1;
    if (there > 0)
        status = bm_snapshot_check(path, err);
    if (there >= 0 && status == 0)
        status = open_all(opened, lock_wait_s, waiting, err);
    if (there < 0 || status != 0) {
        bm_store_close(opened);
        return -1;
    }
    *store = opened;
    return 0;
}

void bm_store_close(struct bm_store *store)
{
    if (store == NULL)
        return;
    bm_journal_close(&store->journal);
    bm_lock_release(store->lock);
    bm_results_fini(&store->results);
    free(store);
}

/* ---- use ---- */

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
        return bm_results_find(results, &frame->id) != NULL;
    case BM_FRAME_SCHEMA:
    case BM_FRAME_JOB:
    case BM_FRAME_PROGRESS:
        break;
    }
    return false;
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
    if (bm_journal_append(&store->journal, frame, size, err) != 0)
        return -1;
    return bm_results_apply(&store->results, &decoded, err);
}

int bm_store_sync(struct bm_store *store, struct bm_err *err)
{
    return bm_journal_sync(&store->journal, err);
}

int bm_store_snapshot(struct bm_store *store, struct bm_err *err)
{
    const struct paths *paths = &store->paths;
    /* A snapshot that knows more than the disk's journal would contradict it after a power cut. */
    if (bm_store_sync(store, err) != 0)
        return -1;
    return bm_snapshot_write(&store->results, store->journal.size, paths->temporary,
                             paths->snapshot, err);
}

/* ---- reading without a lock ---- */

bool bm_store_has_journal(const char *path)
{
    struct paths paths;
    return paths_init(&paths, path, NULL) == 0 && exists(paths.journal, NULL) > 0;
}

int bm_store_replay(const char *path, uint64_t limit, struct bm_results *results,
                    struct bm_journal_extent *extent, struct bm_err *err)
{
    struct paths paths;
    if (paths_init(&paths, path, err) != 0)
        return -1;
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return bm_fail_errno(err, "no memory for %s", paths.journal);
    replay->results = results;
    int status = replay_journal(paths.journal, limit, replay, extent, err);
    free(replay);
    return status;
}

int bm_store_peek(const char *path, struct bm_results *results, struct bm_err *err)
{
    struct bm_journal_extent extent;
    *results = (struct bm_results){0};
    int there = exists(path, err);
    if (there < 0 || (there > 0 && bm_snapshot_check(path, err) != 0))
        return -1;
    if (bm_store_has_journal(path))
        return bm_store_replay(path, UINT64_MAX, results, &extent, err);
    return there ? bm_snapshot_read(path, results, NULL, err) : 0;
}
