#include "shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/clock.h"
#include "journal.h"
#include "replay.h"

void bm_shard_init(struct bm_shard *shard, const char *name, const char *path)
{
    *shard = (struct bm_shard){.is_listed = true};
    snprintf(shard->name, sizeof shard->name, "%s", name);
    snprintf(shard->path, sizeof shard->path, "%s", path);
    bm_schemas_clear(&shard->schemas);
}

void bm_shard_fini(struct bm_shard *shard)
{
    bm_results_fini(&shard->results);
}

struct reading {
    struct bm_shard *shard;
    const struct bm_shard_sink *sink;
    struct bm_frame frame;
};

/* A run that is finished is handed on, and not kept: others will come. */
static int hand_on(struct reading *reading, struct bm_err *err)
{
    struct bm_results *results = &reading->shard->results;
    const struct bm_run *run = bm_results_find(results, &reading->frame.id);
    const struct bm_frame drop = {.kind = BM_FRAME_DROP, .id = reading->frame.id};
    if (reading->sink->run(reading->sink->context, run, err) != 0)
        return -1;
    return bm_results_apply(results, &drop, err);
}

static int take_record(void *context, const void *record, size_t size, struct bm_err *err)
{
    struct reading *reading = context;
    struct bm_frame *frame = &reading->frame;
    struct bm_results *results = &reading->shard->results;
    if (bm_frame_decode(record, size, &reading->shard->schemas, frame, err) != 0)
        return -1;
    switch (frame->kind) {
    case BM_FRAME_META:
        return reading->sink->text(reading->sink->context, frame, err);
    case BM_FRAME_BEGIN:
        return bm_results_apply(results, frame, err);
    case BM_FRAME_EVALUATION:
    case BM_FRAME_LOG:
    case BM_FRAME_RESULT:
        if (bm_results_find(results, &frame->id) == NULL)
            return 0; /* it was handed on already */
        if (bm_results_apply(results, frame, err) != 0)
            return -1;
        return frame->kind == BM_FRAME_RESULT ? hand_on(reading, err) : 0;
    default: /* only one who is alone drops runs, or probes them further */
        return 0;
    }
}

static int read_image(struct bm_shard *shard, const struct bm_journal_image *image,
                      const struct bm_shard_sink *sink, struct bm_err *err)
{
    struct reading *reading = calloc(1, sizeof *reading);
    uint64_t end;
    if (reading == NULL)
        return bm_fail_errno(err, "no memory for %s", shard->path);
    reading->shard = shard;
    reading->sink = sink;
    int status = bm_journal_each(image, shard->at, UINT64_MAX, take_record, reading, &end, err);
    uint64_t size = image->n_bytes + image->torn;
    /* What its job writes may stay ahead of what is to be seen for as long as it writes. */
    bool grows = size > shard->size && !bm_journal_is_damaged_at(image, end);
    if (end == size)
        shard->torn_since = 0;
    else if (shard->torn_since == 0 || end > shard->at || grows)
        shard->torn_since = bm_seconds();
    shard->at = end;
    shard->size = size;
    free(reading);
    return status;
}

/* A record as this program writes it. */
static int know_record(void *context, const void *record, size_t size, struct bm_err *err)
{
    struct reading *reading = context;
    struct bm_schemas own;
    bm_schemas_init(&own);
    return bm_frame_decode(record, size, &own, &reading->frame, err) == 0
               ? bm_results_apply(&reading->shard->results, &reading->frame, err)
               : -1;
}

int bm_shard_skip(struct bm_shard *shard, uint64_t file, uint64_t at,
                  const struct bm_schemas *schemas, const struct bm_results *known,
                  struct bm_err *err)
{
    struct reading *reading = calloc(1, sizeof *reading);
    int status = 0;
    if (reading == NULL)
        return bm_fail_errno(err, "no memory for %s", shard->path);
    reading->shard = shard;
    for (size_t i = 0; i < known->n_runs && status == 0; i++)
        if (!known->runs[i].finished)
            status = bm_run_replay(&known->runs[i], know_record, reading, err);
    free(reading);
    shard->file = file;
    shard->at = at;
    shard->schemas = *schemas;
    return status;
}

bool bm_shard_is_behind(const struct bm_shard *shard)
{
    const double patience_s = 5;
    return shard->torn_since > 0 && bm_seconds() - shard->torn_since < patience_s;
}

int bm_shard_read(struct bm_shard *shard, const struct bm_shard_sink *sink, struct bm_err *err)
{
    struct bm_journal_image image;
    uint64_t before = shard->at;
    struct bm_err why = {0};
    int tries = 3; /* it may be made between two looks */
    while (bm_journal_load_from(shard->path, &shard->at, &shard->file, &image, &why) != 0) {
        int is_there = bm_file_find_anew(shard->path, err);
        if (is_there <= 0)
            return is_there;
        if (--tries == 0)
            return bm_fail(err, why.code, "%s", why.text);
        why = (struct bm_err){0};
    }
    if (shard->at < before) { /* another file: from the beginning */
        bm_results_fini(&shard->results);
        bm_schemas_clear(&shard->schemas);
        shard->torn_since = 0;
    }
    int status = read_image(shard, &image, sink, err);
    bm_journal_unload(&image);
    return status;
}
