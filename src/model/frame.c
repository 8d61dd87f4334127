#include "bm/frame.h"

#include <string.h>

enum { CONFIG, LAUNCH, EVALUATION, TAP_PROBE, RESULT, TAP_PAIR };

/* The order is stored in journals: append only. */
static const struct bm_table *const tables[BM_FRAME_TABLES] = {
    [CONFIG] = &bm_config_table,         [LAUNCH] = &bm_launch_table,
    [EVALUATION] = &bm_evaluation_table, [TAP_PROBE] = &bm_tap_probe_table,
    [RESULT] = &bm_result_table,         [TAP_PAIR] = &bm_tap_pair_table,
};

void bm_schemas_init(struct bm_schemas *schemas)
{
    for (size_t i = 0; i < BM_FRAME_TABLES; i++)
        schemas->tables[i] = bm_schema_of(tables[i]);
}

static void begin(struct bm_bytes *out, enum bm_frame_kind kind, const struct bm_id *id)
{
    static const struct bm_id none;
    bm_bytes_add_u8(out, (uint8_t)kind);
    bm_bytes_add(out, id ? id : &none, sizeof *id);
}

void bm_frame_add_schema(struct bm_bytes *out, size_t table)
{
    begin(out, BM_FRAME_SCHEMA, NULL);
    bm_bytes_add_u8(out, (uint8_t)table);
    bm_schema_write(tables[table], out);
}

void bm_schemas_add(struct bm_bytes *out)
{
    for (size_t i = 0; i < BM_FRAME_TABLES; i++)
        bm_frame_add_schema(out, i);
}

struct bm_id bm_schemas_digest(void)
{
    struct bm_bytes schemas = {0};
    bm_schemas_add(&schemas);
    struct bm_id digest = bm_digest(schemas.data, schemas.size);
    bm_bytes_fini(&schemas);
    return digest;
}

void bm_frame_add_meta(struct bm_bytes *out, const char *name, const char *text)
{
    begin(out, BM_FRAME_META, NULL);
    bm_bytes_add_text(out, name);
    bm_bytes_add_text(out, text);
}

void bm_frame_add_begin(struct bm_bytes *out, const struct bm_id *id,
                        const struct bm_config *config)
{
    begin(out, BM_FRAME_BEGIN, id);
    bm_table_pack(&bm_config_table, config, out);
}

static void add_measured(struct bm_bytes *out, const struct bm_evaluation *evaluation,
                         const struct bm_findings *findings)
{
    bm_table_pack(&bm_evaluation_table, evaluation, out);
    bm_bytes_add_u32(out, (uint32_t)findings->n_taps);
    for (size_t i = 0; i < findings->n_taps; i++)
        bm_table_pack(&bm_tap_probe_table, &findings->taps[i], out);
    for (size_t i = 0; i < findings->n_pairs; i++)
        bm_table_pack(&bm_tap_pair_table, &findings->pairs[i], out);
}

void bm_frame_add_evaluation(struct bm_bytes *out, const struct bm_id *id,
                             const struct bm_evaluation *evaluation,
                             const struct bm_findings *findings)
{
    begin(out, BM_FRAME_EVALUATION, id);
    add_measured(out, evaluation, findings);
}

void bm_frame_add_probes(struct bm_bytes *out, const struct bm_id *id,
                         const struct bm_config *config)
{
    begin(out, BM_FRAME_PROBES, id);
    bm_table_pack(&bm_config_table, config, out);
}

void bm_frame_extend_probes(struct bm_bytes *out, const struct bm_evaluation *evaluation,
                            const struct bm_findings *findings)
{
    struct bm_bytes measured = {0};
    add_measured(&measured, evaluation, findings);
    bm_bytes_add_u32(out, (uint32_t)measured.size);
    bm_bytes_add(out, measured.data, measured.size);
    bm_bytes_fini(&measured);
}

void bm_frame_add_log(struct bm_bytes *out, const struct bm_id *id, const char *text, size_t size)
{
    begin(out, BM_FRAME_LOG, id);
    bm_bytes_add_u32(out, (uint32_t)size);
    bm_bytes_add(out, text, size);
}

void bm_frame_add_warning(struct bm_bytes *out, const struct bm_id *id, const char *sentence)
{
    begin(out, BM_FRAME_WARNING, id);
    bm_bytes_add_text(out, sentence);
}

void bm_frame_add_result(struct bm_bytes *out, const struct bm_id *id,
                         const struct bm_result *result)
{
    begin(out, BM_FRAME_RESULT, id);
    bm_table_pack(&bm_result_table, result, out);
}

void bm_frame_add_drop(struct bm_bytes *out, const struct bm_id *id)
{
    begin(out, BM_FRAME_DROP, id);
}

void bm_frame_add_job(struct bm_bytes *out, const struct bm_job *job)
{
    begin(out, BM_FRAME_JOB, &job->id);
    bm_table_pack(&bm_config_table, &job->config, out);
    bm_table_pack(&bm_launch_table, &job->launch, out);
    bm_bytes_add_text(out, job->results);
    bm_bytes_add_text(out, job->claimant);
    bm_bytes_add_u8(out, job->sealed);
    bm_bytes_add(out, &job->seal, sizeof job->seal);
    bm_bytes_add_u8(out, job->reprobes);
    bm_bytes_add(out, &job->epochs_done, sizeof job->epochs_done);
    bm_bytes_add_text(out, job->data_digest);
}

/* Copies the next text to `to`, which has room for `size` characters. */
static bool decode_name(struct bm_cursor *in, char *to, size_t size)
{
    size_t length;
    const char *text = bm_cursor_text(in, &length);
    if (text == NULL || length >= size)
        return false;
    memcpy(to, text, length);
    to[length] = '\0';
    return true;
}

/* As it is in memory: both ends are the same program, and nobody keeps it. */
void bm_frame_add_progress(struct bm_bytes *out, const struct bm_id *id,
                           const struct bm_progress *progress)
{
    begin(out, BM_FRAME_PROGRESS, id);
    bm_bytes_add(out, progress, sizeof *progress);
}

/* As it was in memory. */
static bool decode_raw(struct bm_cursor *in, void *to, size_t size)
{
    const void *data = bm_cursor_take(in, size);
    if (data != NULL)
        memcpy(to, data, size);
    return data != NULL;
}

static bool decode_bool(struct bm_cursor *in, bool *to)
{
    *to = bm_cursor_u8(in) != 0;
    return !in->overrun;
}

static bool decode_meta(struct bm_cursor *in, struct bm_frame *frame)
{
    if (!decode_name(in, frame->name, sizeof frame->name))
        return false;
    frame->text = bm_cursor_text(in, &frame->text_size);
    return frame->text != NULL;
}

static bool decode_measured(struct bm_cursor *in, const struct bm_schemas *schemas,
                            struct bm_measured *measured, struct bm_err *err)
{
    if (bm_table_unpack(&schemas->tables[EVALUATION], in, &measured->evaluation, err) != 0)
        return false;
    measured->n_taps = bm_cursor_u32(in);
    if (measured->n_taps > BM_MOST_TAPS)
        return false;
    for (size_t i = 0; i < measured->n_taps; i++)
        if (bm_table_unpack(&schemas->tables[TAP_PROBE], in, &measured->taps[i], err) != 0)
            return false;
    /* All pairs, or none: then, and before there were any, it ends here. */
    measured->n_pairs = in->at < in->size ? bm_pairs_of(measured->n_taps) : 0;
    for (size_t i = 0; i < measured->n_pairs; i++)
        if (bm_table_unpack(&schemas->tables[TAP_PAIR], in, &measured->pairs[i], err) != 0)
            return false;
    return true;
}

static bool decode_probes(struct bm_cursor *in, const struct bm_schemas *schemas,
                          struct bm_frame *frame, struct bm_err *err)
{
    if (bm_table_unpack(&schemas->tables[CONFIG], in, &frame->config, err) != 0)
        return false;
    for (frame->n_measured = 0; in->at < in->size; frame->n_measured++) {
        size_t size;
        const char *data = bm_cursor_text(in, &size);
        if (data == NULL || frame->n_measured == BM_MOST_MEASURED)
            return false;
        struct bm_cursor part = bm_cursor_of(data, size);
        if (!decode_measured(&part, schemas, &frame->measured[frame->n_measured], err) ||
            part.overrun || part.at != part.size)
            return false;
    }
    return frame->n_measured > 0;
}

static bool decode_job(struct bm_cursor *in, const struct bm_schemas *schemas, struct bm_job *job,
                       struct bm_err *err)
{
    return bm_table_unpack(&schemas->tables[CONFIG], in, &job->config, err) == 0 &&
           bm_table_unpack(&schemas->tables[LAUNCH], in, &job->launch, err) == 0 &&
           decode_name(in, job->results, sizeof job->results) &&
           decode_name(in, job->claimant, sizeof job->claimant) && decode_bool(in, &job->sealed) &&
           decode_raw(in, &job->seal, sizeof job->seal) && decode_bool(in, &job->reprobes) &&
           decode_raw(in, &job->epochs_done, sizeof job->epochs_done) &&
           decode_name(in, job->data_digest, sizeof job->data_digest);
}

static bool decode_records(struct bm_cursor *in, const struct bm_schemas *schemas,
                           struct bm_frame *frame, struct bm_err *err)
{
    switch (frame->kind) {
    case BM_FRAME_META:
        return decode_meta(in, frame);
    case BM_FRAME_BEGIN:
        return bm_table_unpack(&schemas->tables[CONFIG], in, &frame->config, err) == 0;
    case BM_FRAME_EVALUATION:
        frame->n_measured = 1;
        return decode_measured(in, schemas, &frame->measured[0], err);
    case BM_FRAME_PROBES:
        return decode_probes(in, schemas, frame, err);
    case BM_FRAME_LOG:
    case BM_FRAME_WARNING:
        frame->text = bm_cursor_text(in, &frame->text_size);
        return frame->text != NULL;
    case BM_FRAME_RESULT:
        return bm_table_unpack(&schemas->tables[RESULT], in, &frame->result, err) == 0;
    case BM_FRAME_JOB:
        frame->job.id = frame->id;
        return decode_job(in, schemas, &frame->job, err);
    case BM_FRAME_PROGRESS:
        return decode_raw(in, &frame->progress, sizeof frame->progress);
    case BM_FRAME_DROP:
        return true; /* the id says it all */
    case BM_FRAME_SCHEMA:
        break;
    }
    bm_fail(err, BM_EXIT_IO,
            "a frame of kind %d, which this version of bm-sweep does not know: use the one that "
            "wrote it",
            (int)frame->kind);
    return false;
}

int bm_frame_decode(const void *data, size_t size, struct bm_schemas *schemas,
                    struct bm_frame *frame, struct bm_err *err)
{
    struct bm_cursor in = bm_cursor_of(data, size);
    frame->kind = (enum bm_frame_kind)bm_cursor_u8(&in);
    const unsigned char *id = bm_cursor_take(&in, sizeof frame->id);
    if (id == NULL)
        return bm_fail(err, BM_EXIT_IO, "a frame of %zu bytes is too short", size);
    memcpy(&frame->id, id, sizeof frame->id);
    if (frame->kind == BM_FRAME_SCHEMA) {
        size_t table = bm_cursor_u8(&in);
        if (table >= BM_FRAME_TABLES)
            return 0; /* a table of a later version: nothing here reads it */
        return bm_schema_read(tables[table], &in, &schemas->tables[table], err);
    }
    if (!decode_records(&in, schemas, frame, err) || in.overrun || in.at != in.size)
        return bm_fail(err, BM_EXIT_IO, "a frame of kind %d and %zu bytes is damaged",
                       (int)frame->kind, size);
    return 0;
}
