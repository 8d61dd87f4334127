#include "saver.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bm/checkpoint.h"
#include "bm/clock.h"
#include "bm/interrupt.h"
#include "bm/isa.h"

/* With `auto` writing takes at most one part in so many of the time, and is at least so many
 * seconds apart: runs of seconds need none. */
static const double auto_share = 100, auto_pause = 60;

static double pause_after(const struct bm_saver *saver, double cost)
{
    double every = saver->job->launch.checkpoint_every;
    if (every > 0)
        return 60 * every;
    return auto_share * cost > auto_pause ? auto_share * cost : auto_pause;
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
    saver->next = saver->began + phase * pause_after(saver, 0);
}

void bm_saver_fini(struct bm_saver *saver)
{
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
    char how[40];
    all.n++;
    all.wall_s += bm_seconds() - saver->began;
    all.cpu_s += cpu_seconds();
    snprintf(how, sizeof how, "%.30s %d", bm_isa(), (int)saver->job->launch.threads);
    size_t used = strlen(all.how);
    if (strstr(all.how, how) == NULL)
        snprintf(all.how + used, sizeof all.how - used, "%s%s", used > 0 ? " + " : "", how);
    return all;
}

/* ---- for training ---- */

enum bm_wish bm_saver_wish(struct bm_saver *saver)
{
    if (bm_interrupt != 0)
        return BM_SAVE_AND_STOP;
    return is_off(saver) || bm_seconds() < saver->next ? BM_GO_ON : BM_SAVE_AND_GO_ON;
}

/* The spans of training, and one of our own behind them. */
static size_t gather(const struct bm_state *state, struct bm_sessions *sessions,
                     struct bm_span spans[BM_MOST_SPANS])
{
    memcpy(spans, state->spans, state->n * sizeof *spans);
    spans[state->n] = (struct bm_span){sessions, sizeof *sessions};
    return state->n + 1;
}

/* Evaluations are told again as they were packed: by this program's tables, or not at all. */
static struct bm_checkpoint_of of(const struct bm_saver *saver, const struct bm_state *state)
{
    return (struct bm_checkpoint_of){saver->job->results, saver->job->id, state->data,
                                     bm_schemas_digest()};
}

/* Without checkpoints a run still trains to its end: a failure is told, and tried again later. */
void bm_saver_save(struct bm_saver *saver, const struct bm_state *state)
{
    struct bm_span spans[BM_MOST_SPANS];
    struct bm_sessions sessions = sessions_of(saver);
    const struct bm_checkpoint_of whose = of(saver, state);
    struct bm_err err = {0};
    if (is_off(saver) || state->steps == saver->saved)
        return;
    double began = bm_seconds();
    size_t n = gather(state, &sessions, spans);
    if (bm_checkpoint_write(&whose, state->steps, spans, n, &saver->told, &err) == 0)
        saver->saved = state->steps;
    else
        fprintf(stderr, "no checkpoint after step %lld: %s\n", (long long)state->steps, err.text);
    double ended = bm_seconds();
    saver->next = ended + pause_after(saver, ended - began);
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
        printf("%s\n", note);
    if (!is_there)
        return false;
    saver->before = sessions;
    tell_again(saver, result);
    printf("session %lld goes on from a checkpoint, after %.1f s of training\n",
           (long long)sessions.n + 1, sessions.wall_s);
    fflush(stdout);
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
