#include "saver.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bm/checkpoint.h"
#include "bm/beat.h"
#include "bm/clock.h"
#include "bm/interrupt.h"
#include "bm/isa.h"
#include "bm/words.h"

/* Changes of bm_counters and bm_sessions, which no table describes, need another number. */
enum { STATE_VERSION = 2 };

/* With `auto` training loses at most one part in so many of its time, the disk is busy for at most
 * one part in so many, and checkpoints are at least so many seconds apart: runs of seconds need
 * none. */
static const double auto_share = 100, auto_disk_share = 10, auto_pause = 60;

/* Seconds from a checkpoint to the next one, after one for which training lost `lost` seconds and
 * that took `wall` seconds to write. */
static double pause_after(const struct bm_saver *saver, double lost, double wall)
{
    double every = saver->job->launch.checkpoint_every;
    if (every > 0)
        return 60 * every;
    return fmax(auto_pause, fmax(auto_share * lost, auto_disk_share * wall));
}

static bool is_off(const struct bm_saver *saver)
{
    return saver->job->launch.checkpoint_every < 0;
}

void bm_saver_init(struct bm_saver *saver, const struct bm_job *job,
                   int (*tell)(const struct bm_bytes *frame))
{
    *saver = (struct bm_saver){.job = job, .began = bm_seconds(), .tell = tell};
    /* Trainers that started together do not write together. */
    double phase = 0.5 + job->id.bytes[0] / 256.0;
    saver->next = saver->began + phase * pause_after(saver, 0, 0);
}

void bm_saver_fini(struct bm_saver *saver)
{
    bm_writer_fini(&saver->writer);
    bm_bytes_fini(&saver->told);
}

void bm_saver_note(struct bm_saver *saver, const struct bm_bytes *frame)
{
    bm_bytes_add_u32(&saver->told, (uint32_t)frame->size);
    bm_bytes_add(&saver->told, frame->data, frame->size);
}

static double cpu_seconds(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* What sessions up to now took. */
static struct bm_sessions sessions_of(const struct bm_saver *saver)
{
    struct bm_sessions all = saver->before;
    char how[64];
    all.n++;
    all.wall_s += bm_seconds() - saver->began;
    all.cpu_s += cpu_seconds();
    all.worked_s += bm_beat_worked();
    const struct bm_launch *launch = &saver->job->launch;
    snprintf(how, sizeof how, "%.30s %d%s%s", bm_isa(), (int)launch->threads,
             launch->conv != BM_CONV_AUTO ? " " : "",
             launch->conv != BM_CONV_AUTO ? bm_conv_words[launch->conv] : "");
    size_t used = strlen(all.how);
    if (!bm_list_has(all.how, " + ", how))
        snprintf(all.how + used, sizeof all.how - used, "%s%s", used > 0 ? " + " : "", how);
    return all;
}

/* ---- for training ---- */

/* Without checkpoints a run still trains to its end: a failure is told, and tried again later. The
 * user hears of the first one since the last that was written. */
static void put_off(struct bm_saver *saver, const struct bm_err *err, int64_t step)
{
    char sentence[sizeof err->text + 80];
    snprintf(sentence, sizeof sentence, "no checkpoint after step %lld: %s", (long long)step,
             err->text);
    fprintf(stderr, "%s\n", sentence);
    if (saver->has_warned)
        return;
    saver->has_warned = true;
    struct bm_bytes warning = {0};
    bm_frame_add_warning(&warning, &saver->job->id, sentence);
    saver->tell(&warning);
    bm_bytes_fini(&warning);
}

static void note_saved(struct bm_saver *saver, int64_t step)
{
    saver->saved = step;
    saver->has_warned = false;
}

static void take_written(struct bm_saver *saver, bool waits)
{
    const struct bm_written *written = bm_writer_collect(&saver->writer, waits);
    if (written == NULL)
        return;
    if (written->status == 0)
        note_saved(saver, written->step);
    else
        put_off(saver, &written->err, written->step);
    saver->next = saver->writer.began +
                  pause_after(saver, saver->stopped_s + written->cpu_s, written->wall_s);
}

enum bm_wish bm_saver_wish(struct bm_saver *saver)
{
    if (bm_interrupt != 0)
        return BM_SAVE_AND_STOP;
    take_written(saver, false);
    return is_off(saver) || saver->writer.is_busy || bm_seconds() < saver->next ? BM_GO_ON
                                                                                : BM_SAVE_AND_GO_ON;
}

/* The spans of training, and one of our own behind them. */
static size_t gather(const struct bm_state *state, struct bm_sessions *sessions,
                     struct bm_span spans[BM_MOST_SPANS])
{
    memcpy(spans, state->spans, state->n * sizeof *spans);
    spans[state->n] = (struct bm_span){sessions, sizeof *sessions};
    return state->n + 1;
}

/* What is measured, where that has an effect, and whether something is collected of each image: the
 * id says what is computed. */
struct bm_id bm_saver_settings(const struct bm_config *config, const struct bm_launch *launch)
{
    struct bm_bytes text = {0};
    char value[200];
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        if (field->role == BM_OBSERVED && bm_config_has_effect(config, field, NULL))
            bm_bytes_printf(&text, "%s=%s\n", field->key,
                            bm_field_text(field, config, value, sizeof value));
    }
    if (launch->save_examples != BM_SAVE_NONE)
        bm_bytes_printf(&text, "examples\n");
    struct bm_id digest = bm_digest(text.data, text.size);
    bm_bytes_fini(&text);
    return digest;
}

/* Evaluations are told again as they were packed: by this program's tables, or not at all. */
static struct bm_checkpoint_of of(const struct bm_saver *saver, const struct bm_state *state)
{
    const struct bm_id formats[] = {bm_schemas_digest(), {{STATE_VERSION}}};
    const struct bm_job *job = saver->job;
    return (struct bm_checkpoint_of){job->results, job->id,
                                     bm_saver_settings(&job->config, &job->launch), state->data,
                                     bm_digest_join(formats, 2)};
}

/* Training goes on meanwhile. Where the writer has to be prepared, this is asked for again. */
static void save_beside(struct bm_saver *saver, const struct bm_checkpoint_of *whose, int64_t step,
                        const struct bm_span *spans, size_t n)
{
    struct bm_err err = {0};
    double began = bm_seconds();
    int status = bm_writer_is_prepared(&saver->writer)
                     ? bm_writer_begin(&saver->writer, whose, step, spans, n, &saver->told, &err)
                     : bm_writer_prepare(&saver->writer, spans, n, &err);
    saver->stopped_s = bm_seconds() - began;
    if (status == 0)
        return;
    put_off(saver, &err, step);
    saver->next = began + pause_after(saver, saver->stopped_s, 0);
}

/* Nothing trains meanwhile, so that there is nothing to copy. One that is being written comes
 * first: it counts, should there be no time for another. */
static void save_and_wait(struct bm_saver *saver, const struct bm_checkpoint_of *whose,
                          int64_t step, const struct bm_span *spans, size_t n)
{
    struct bm_err err = {0};
    take_written(saver, true);
    if (saver->saved == step)
        return;
    if (bm_checkpoint_write(whose, step, spans, n, &saver->told, &err) == 0)
        note_saved(saver, step);
    else
        put_off(saver, &err, step);
}

void bm_saver_save(struct bm_saver *saver, const struct bm_state *state)
{
    struct bm_span spans[BM_MOST_SPANS];
    struct bm_sessions sessions = sessions_of(saver);
    const struct bm_checkpoint_of whose = of(saver, state);
    if (is_off(saver) || state->steps == saver->saved)
        return;
    size_t n = gather(state, &sessions, spans);
    (bm_interrupt != 0 ? save_and_wait : save_beside)(saver, &whose, state->steps, spans, n);
}

/* Tells the evaluations again: for who listens the run begins anew. Who does not hear them does not
 * hear the next one either, which ends the run. */
static void tell_again(struct bm_saver *saver, struct bm_result *result)
{
    struct bm_cursor cursor = bm_cursor_of(saver->told.data, saver->told.size);
    struct bm_schemas schemas;
    bm_schemas_init(&schemas);
    while (cursor.at < cursor.size) {
        struct bm_frame decoded;
        struct bm_bytes frame = {0};
        uint32_t size = bm_cursor_u32(&cursor);
        const unsigned char *data = bm_cursor_take(&cursor, size);
        if (data == NULL || bm_frame_decode(data, size, &schemas, &decoded, NULL) != 0)
            return;
        bm_result_take_evaluation(result, &decoded.measured[0].evaluation);
        bm_bytes_add(&frame, data, size);
        saver->tell(&frame);
        bm_bytes_fini(&frame);
    }
}

bool bm_saver_restore(struct bm_saver *saver, const struct bm_state *state,
                      struct bm_result *result)
{
    struct bm_span spans[BM_MOST_SPANS];
    struct bm_sessions sessions = {0};
    const struct bm_checkpoint_of whose = of(saver, state);
    char note[500];
    size_t n = gather(state, &sessions, spans);
    bool is_there = bm_checkpoint_read(&whose, spans, n, &saver->told, note);
    if (note[0] != '\0')
        fprintf(stderr, "%s\n", note);
    if (!is_there)
        return false;
    saver->before = sessions;
    tell_again(saver, result);
    fprintf(stderr, "session %lld goes on from a checkpoint, after %.1f s of training\n",
            (long long)sessions.n + 1, sessions.wall_s);
    return true;
}

void bm_saver_sign(const struct bm_saver *saver, struct bm_result *result)
{
    const struct bm_sessions all = sessions_of(saver);
    result->wall_s = saver->before.wall_s;
    result->cpu_s = saver->before.cpu_s;
    if (strstr(all.how, " + ") != NULL)
        snprintf(result->isa, sizeof result->isa, "%s", all.how);
}
