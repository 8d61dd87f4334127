#include "shards_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bm/job_status.h"
#include "replay.h"

struct reading {
    const struct bm_paths *paths;
    bm_store_tell *tell;
    struct bm_store_shards *shards;
    struct bm_schemas schemas; /* of the shard that is read */
};

static void complain(struct reading *reading, const struct bm_err *trouble)
{
    struct bm_err warning = {0};
    bm_fail(&warning, trouble->code, "warning: %s", trouble->text);
    if (reading->tell != NULL)
        reading->tell(warning.text);
    if (reading->shards->trouble.code == BM_EXIT_DONE)
        reading->shards->trouble = *trouble;
}

static int add(struct reading *reading, const struct bm_journal_image *image, struct bm_err *err)
{
    struct bm_store_shards *shards = reading->shards;
    struct bm_results results = {0};
    uint64_t end;
    size_t taken;
    shards->n++;
    shards->records += image->records;
    shards->size += image->whole.size;
    shards->torn += image->torn;
    bm_schemas_clear(&reading->schemas);
    int status = bm_replay(image, 0, UINT64_MAX, &reading->schemas, &results, &end, err);
    if (status == 0 && bm_results_merge(&shards->results, &results, &taken, err) != 0)
        status = bm_fail_at(err, "%s", image->path);
    bm_results_fini(&results);
    if (status == 0 && image->is_damaged)
        status = bm_fail(err, BM_EXIT_IO,
                         "%s is damaged at byte %" PRIu64
                         ": only what is before it is used, and the next start of bm-sweep keeps "
                         "it as %s.damaged",
                         image->path, image->whole.size, image->path);
    return status;
}

/* What cannot be read is told, and is no failure: others may be whole. */
static int read_shard(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct reading *reading = context;
    struct bm_journal_image image;
    struct bm_err trouble = {0};
    char path[BM_PATH_SIZE];
    if (!bm_job_is_name(name))
        return 0;
    snprintf(path, sizeof path, "%s/%s", reading->paths->shards, name);
    if (bm_journal_load(path, &image, &trouble) == 0) {
        add(reading, &image, &trouble);
        bm_journal_unload(&image);
    } else if (bm_file_find(path, NULL, NULL) == 0) {
        return 0; /* it was taken in since the folder was listed */
    }
    if (trouble.code != BM_EXIT_DONE)
        complain(reading, &trouble);
    return 0;
}

int bm_shards_read(const struct bm_paths *paths, bm_store_tell *tell,
                   struct bm_store_shards *shards, struct bm_err *err)
{
    *shards = (struct bm_store_shards){0};
    if (access(paths->shards, R_OK) != 0)
        return 0;
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL)
        return bm_fail_errno(err, "no memory for %s", paths->shards);
    reading->paths = paths;
    reading->tell = tell;
    reading->shards = shards;
    int status = bm_folder_each(paths->shards, read_shard, reading, err);
    free(reading);
    return status;
}
