#include "publish.h"

#include "hdf5.h"
#include "replay.h"
#include "snapshot.h"

void bm_publisher_init(struct bm_publisher *publisher, const struct bm_paths *paths,
                       const struct bm_sum_entry *known, bool keep)
{
    *publisher = (struct bm_publisher){.paths = paths, .keep = keep};
    if (known != NULL)
        publisher->written = *known;
    bm_file_find(paths->snapshot, &publisher->placed, NULL);
}

/* Whether the file that is there is the one that was last seen there. */
static bool is_as_placed(const struct bm_publisher *publisher, const struct stat *now)
{
    const struct stat *then = &publisher->placed;
    return now->st_dev == then->st_dev && now->st_ino == then->st_ino &&
           now->st_size == then->st_size && now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now->st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

static int keep_others(struct bm_publisher *publisher, char kept[BM_PATH_SIZE], struct bm_err *err)
{
    struct stat now;
    int is_there = bm_file_find(publisher->paths->snapshot, &now, err);
    kept[0] = '\0';
    if (is_there <= 0)
        return is_there;
    if (now.st_size == 0 || (!publisher->keep && is_as_placed(publisher, &now)))
        return 0;
    if (bm_file_keep(publisher->paths->snapshot, kept, err) != 0)
        return -1;
    publisher->keep = false;
    publisher->written.size = 0;
    return 0;
}

static int write_sum(struct bm_publisher *publisher, const struct bm_sum_entry *entry,
                     struct bm_err *err)
{
    struct bm_sum sum = {.n = 1, .entries = {*entry, publisher->written}};
    if (publisher->written.size > 0)
        sum.n = 2;
    return bm_sum_write(publisher->paths->sum, &sum, err);
}

static int publish(struct bm_publisher *publisher, const void *data, size_t size,
                   const struct bm_journal_mark *journal, bool is_last, char kept[BM_PATH_SIZE],
                   struct bm_err *err)
{
    const struct bm_paths *paths = publisher->paths;
    struct bm_sum_entry entry = {.digest = bm_digest(data, size),
                                 .size = size,
                                 .journal = *journal,
                                 .schemas = bm_schemas_checksum()};
    if (keep_others(publisher, kept, err) != 0)
        return -1;
    /* A journal of others has a sum of its own. */
    bool has_sum = !is_last || bm_file_find(paths->journal, NULL, NULL) == 0;
    if (has_sum && write_sum(publisher, &entry, is_last ? NULL : err) != 0 && !is_last)
        return -1;
    int status = bm_file_put(paths->snapshot, data, size, err);
    struct stat now;
    /* It may be there although that failed: then only whether its name lasts is not known. */
    if (bm_file_find(paths->snapshot, &now, NULL) == 1 && !is_as_placed(publisher, &now)) {
        publisher->written = entry;
        publisher->placed = now;
    }
    return status;
}

static int build_and_publish(struct bm_publisher *publisher, const struct bm_results *results,
                             const struct bm_journal_mark *journal, bool is_last,
                             char kept[BM_PATH_SIZE], struct bm_err *err)
{
    struct bm_h5 *file;
    const void *data;
    size_t size;
    if (bm_snapshot_build(results, journal->size, &file, &data, &size, err) != 0)
        return -1;
    int status = publish(publisher, data, size, journal, is_last, kept, err);
    bm_h5_close(file);
    return status;
}

int bm_publish(struct bm_publisher *publisher, const struct bm_results *results,
               const struct bm_journal_mark *journal, char kept[BM_PATH_SIZE], struct bm_err *err)
{
    return build_and_publish(publisher, results, journal, false, kept, err);
}

int bm_publish_last(struct bm_publisher *publisher, const struct bm_results *results,
                    const struct bm_journal_mark *journal, char kept[BM_PATH_SIZE],
                    struct bm_err *err)
{
    return build_and_publish(publisher, results, journal, true, kept, err);
}
