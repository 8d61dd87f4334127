/* Reading results without a lock, beside a sweep that may be writing them. */
#include "bm/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/job_status.h"
#include "bm/lock.h"
#include "recover.h"
#include "replay.h"
#include "shards_read.h"

static void say(bm_store_tell *tell, const char *sentence)
{
    if (tell != NULL && sentence[0] != '\0')
        tell(sentence);
}

static int recover(const struct bm_paths *paths, bm_store_tell *tell, struct bm_results *results,
                   struct bm_err *err)
{
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->snapshot);
    int status = bm_recover(paths, found, err);
    *results = found->results;
    if (status == 0)
        say(tell, found->note);
    free(found);
    return status;
}

int bm_store_is_new(const char *path, struct bm_err *err)
{
    struct bm_paths paths;
    if (bm_paths_find(path, &paths, err) != 0)
        return -1;
    return access(paths.folder, F_OK) != 0; /* what else may be there has been refused */
}

/* Whether a job is there, as far as this system can tell. */
static bool is_alive(const struct bm_paths *paths)
{
    struct bm_jobs jobs = {0};
    bool is_alive = bm_lock_is_free(paths->lock) <= 0 ||
                    (bm_jobs_living(paths->snapshot, NULL, &jobs, NULL) == 0 && jobs.n > 0);
    bm_jobs_fini(&jobs);
    return is_alive;
}

/* What jobs have in journals of their own is read first: it may just get into that of all, and it
 * is there before it goes from where it was. */
static int read_all(int (*read)(const struct bm_paths *paths, bm_store_tell *tell,
                                struct bm_results *results, struct bm_err *err),
                    const struct bm_paths *paths, bm_store_tell *tell, struct bm_results *results,
                    struct bm_err *err)
{
    struct bm_store_shards shards;
    struct bm_err apart = {0};
    size_t taken;
    int status = bm_shards_read(paths, tell, &shards, err);
    if (status == 0)
        status = read(paths, tell, results, err);
    if (status == 0 && bm_results_merge(results, &shards.results, &taken, &apart) != 0) {
        bm_fail_at(&apart, "warning: %s", paths->shards);
        say(tell, apart.text);
    }
    bm_results_fini(&shards.results);
    return status;
}

static void interrupt_unless_alive(const struct bm_paths *paths, struct bm_results *results)
{
    if (!is_alive(paths))
        bm_results_interrupt(results);
}

int bm_store_peek(const char *path, bm_store_tell *tell, struct bm_results *results,
                  struct bm_err *err)
{
    struct bm_paths paths;
    *results = (struct bm_results){0};
    if (bm_paths_find(path, &paths, err) != 0 || read_all(recover, &paths, tell, results, err) != 0)
        return -1;
    interrupt_unless_alive(&paths, results);
    return 0;
}

/* ---- for showing ---- */

/* A snapshot alone: that of a stranger, or one whose folder is closed to this user. */
static int view_alone(const struct bm_paths *paths, const struct bm_recovery *found,
                      bm_store_tell *tell, struct bm_results *results, struct bm_err *err)
{
    struct bm_snapshot_info info;
    struct bm_err doubt = {0};
    if (bm_snapshot_read_apart(paths->snapshot, results, &info, err) != 0)
        return -1;
    if (found->sum.n > 0)
        bm_fail(&doubt, BM_EXIT_IO,
                "warning: %s is not as bm-sweep wrote it, and there is no journal to compare with",
                paths->snapshot);
    else if (bm_results_check_ids(results, &doubt) != 0)
        bm_fail_at(&doubt, "warning: %s", paths->snapshot);
    say(tell, doubt.text);
    return 0;
}

/* Whether the journal may know more than the snapshot. */
static bool is_left_behind(const struct bm_paths *paths, const struct bm_recovery *found)
{
    struct stat journal;
    return bm_file_find(paths->journal, &journal, NULL) > 0 &&
           (uint64_t)journal.st_size != found->snapshot.journal.size;
}

/* All that is known now: what was seen once is there at the next look, whoever wrote it, and
 * whether or not somebody has begun to write here again. */
static int view_known(const struct bm_paths *paths, const struct bm_recovery *found,
                      struct bm_results *results, struct bm_err *err)
{
    if (is_left_behind(paths, found) && recover(paths, NULL, results, NULL) == 0)
        return 0;
    bm_results_fini(results);
    return bm_recovery_read_snapshot(paths, found, results, NULL, err);
}

static void say_closed(const struct bm_err *closed, bm_store_tell *tell)
{
    struct bm_err sentence = {0};
    bm_fail(&sentence, BM_EXIT_IO, "warning: %s; what is shown is the snapshot alone",
            closed->text);
    say(tell, sentence.text);
}

/* Chooses what to read: what is certainly whole, if there is anything. */
static int view(const struct bm_paths *paths, bm_store_tell *tell, struct bm_results *results,
                struct bm_err *err)
{
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->snapshot);
    /* A file may be shown to those who cannot look into its folder. */
    struct bm_err closed = {0};
    int has_journal = bm_file_find(paths->journal, NULL, &closed);
    found->only_snapshot = has_journal <= 0;
    int status = bm_recovery_look(paths, found, err);
    if (status == 0 && found->is_known)
        status = view_known(paths, found, results, err);
    else if (status == 0 && !found->only_snapshot)
        status = recover(paths, tell, results, err);
    else if (status == 0 && !found->has_snapshot)
        status = bm_fail(err, BM_EXIT_IO, "cannot open %s: %s", paths->snapshot, strerror(ENOENT));
    else if (status == 0)
        status = view_alone(paths, found, tell, results, err);
    free(found);
    if (status == 0 && has_journal < 0)
        say_closed(&closed, tell);
    return status;
}

int bm_store_view(const char *path, bm_store_tell *tell, struct bm_results *results,
                  struct bm_err *err)
{
    struct bm_paths paths;
    *results = (struct bm_results){0};
    if (bm_paths_find(path, &paths, err) != 0 || read_all(view, &paths, tell, results, err) != 0)
        return -1;
    interrupt_unless_alive(&paths, results);
    bm_results_sort(results);
    return 0;
}

/* ---- for verifying ---- */

/* Reads the journal; `fits`: it is whole, and has all that the last snapshot showed. */
static int read_journal(const struct bm_paths *paths, const struct bm_sum *sum,
                        struct bm_store_parts *parts, bool *fits, struct bm_err *err)
{
    struct bm_journal_image image;
    struct bm_schemas *schemas = calloc(2, sizeof *schemas);
    uint64_t end;
    if (schemas == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->journal);
    int status = bm_journal_load(paths->journal, &image, err);
    if (status == 0) {
        parts->records = image.records;
        parts->size = image.whole.size;
        parts->torn = image.torn;
        *fits = image.whole.size > 0 && !image.is_damaged &&
                (sum->n == 0 || bm_journal_reaches(&image, &sum->entries[0].journal));
        parts->is_damaged = !*fits;
        bm_schemas_clear(&schemas[0]);
        bm_schemas_clear(&schemas[1]);
        status = bm_replay(&image, 0, UINT64_MAX, &schemas[0], &parts->journal, &end, err);
        bool is_all = parts->snapshot_shows >= image.whole.size;
        parts->shown = is_all ? &parts->journal : &parts->then;
        if (status == 0 && !is_all)
            status =
                bm_replay(&image, 0, parts->snapshot_shows, &schemas[1], &parts->then, &end, err);
        bm_journal_unload(&image);
    }
    free(schemas);
    return status;
}

/* What the next start would find, as an error. */
static int fail_for_disorder(const struct bm_paths *paths, struct bm_err *err)
{
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->snapshot);
    int status = bm_recover(paths, found, err);
    if (status == 0 && found->note[0] != '\0')
        status = bm_fail(err, BM_EXIT_IO, "%s (the next start of bm-sweep does this)", found->note);
    bm_results_fini(&found->results);
    free(found);
    return status;
}

static int read_parts(const struct bm_paths *paths, struct bm_recovery *found,
                      struct bm_store_parts *parts, struct bm_err *err)
{
    struct bm_snapshot_info info = {0};
    struct bm_err snapshot_err = {0};
    bool fits = true;
    if (bm_recovery_look(paths, found, err) != 0)
        return -1;
    int is_there = bm_file_find(paths->journal, NULL, err);
    if (is_there < 0)
        return -1;
    if (is_there == 0 && !found->has_snapshot)
        return bm_fail(err, BM_EXIT_IO, "cannot open %s: %s", paths->snapshot, strerror(ENOENT));
    parts->is_changed = found->has_snapshot && !found->is_known && found->sum.n > 0;
    parts->has_snapshot =
        found->has_snapshot &&
        bm_recovery_read_snapshot(paths, found, &parts->snapshot, &info, &snapshot_err) == 0;
    parts->snapshot_shows = info.journal_size;
    if (is_there > 0 && read_journal(paths, &found->sum, parts, &fits, err) != 0)
        return -1;
    parts->has_journal = is_there > 0;
    if (parts->is_changed && !parts->has_journal)
        return fail_for_disorder(paths, err);
    if (snapshot_err.code != BM_EXIT_DONE && fits)
        return bm_fail(err, BM_EXIT_IO, "%s%s", snapshot_err.text,
                       parts->has_journal && !info.is_foreign
                           ? "; its journal is whole: the next start of bm-sweep writes it anew"
                           : "");
    return fits ? 0 : fail_for_disorder(paths, err);
}

int bm_store_read_parts(const char *path, struct bm_store_parts *parts, struct bm_err *err)
{
    struct bm_paths paths;
    *parts = (struct bm_store_parts){0};
    struct bm_recovery *found = calloc(1, sizeof *found);
    if (found == NULL)
        return bm_fail_errno(err, "no memory for %s", path);
    int status = bm_paths_find(path, &paths, err);
    if (status == 0) /* first, as in read_all */
        status = bm_shards_read(&paths, NULL, &parts->shards, err);
    if (status == 0)
        status = read_parts(&paths, found, parts, err);
    if (status == 0 && parts->shards.trouble.code != BM_EXIT_DONE)
        status = bm_fail(err, parts->shards.trouble.code, "%s", parts->shards.trouble.text);
    free(found);
    return status;
}

void bm_store_parts_fini(struct bm_store_parts *parts)
{
    bm_results_fini(&parts->snapshot);
    bm_results_fini(&parts->journal);
    bm_results_fini(&parts->then);
    bm_results_fini(&parts->shards.results);
}
