#include "replay.h"

#include <stdlib.h>

void bm_schemas_clear(struct bm_schemas *schemas)
{
    bm_schemas_init(schemas);
    for (size_t i = 0; i < BM_FRAME_TABLES; i++)
        schemas->tables[i].n_columns = 0;
}

uint64_t bm_schemas_checksum(void)
{
    struct bm_bytes frames = {0};
    bm_schemas_add(&frames);
    uint64_t checksum = bm_checksum(frames.data, frames.size);
    bm_bytes_fini(&frames);
    return checksum;
}

struct replay {
    struct bm_schemas *schemas;
    struct bm_results *results;
    struct bm_frame frame;
};

static int replay_record(void *context, const void *record, size_t size, struct bm_err *err)
{
    struct replay *replay = context;
    if (bm_frame_decode(record, size, replay->schemas, &replay->frame, err) != 0)
        return -1;
    return bm_results_apply(replay->results, &replay->frame, err);
}

int bm_replay(const struct bm_journal_image *image, uint64_t from, uint64_t to,
              struct bm_schemas *schemas, struct bm_results *results, uint64_t *end,
              struct bm_err *err)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return bm_fail_errno(err, "no memory for %s", image->path);
    replay->schemas = schemas;
    replay->results = results;
    int status = bm_journal_each(image, from, to, replay_record, replay, end, err);
    free(replay);
    return status;
}
