/* Ranks of a job in one process: links that are queues in memory in place of MPI, a sweep to run
 * over them, and a trainer that pretends (the test's own program, started as a trainer). */
#ifndef TESTS_LOOP_H
#define TESTS_LOOP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/beat.h"
#include "bm/frame.h"
#include "bm/interrupt.h"
#include "run/link.h"
#include "run/message.h"
#include "run/session.h"
#include "run/signals.h"
#include "run/trainer.h"

/* ---- links ---- */

enum { LOOP_MOST_RANKS = 64 };

/* Messages wait in the order in which they were sent, but for the part of them that is lost, comes
 * twice, or is late: by up to `longest_delay` looks of anybody. */
struct loop {
    int ranks;
    double lost, repeated, late;
    unsigned longest_delay;
    unsigned short dice[3]; /* of erand48 */
    unsigned long looks;
    bool abandoned[LOOP_MOST_RANKS];
    struct letter {
        int from, to;
        unsigned long due; /* in looks */
        struct bm_bytes message;
        struct letter *next;
    } * first;
    struct end {
        struct loop *loop;
        int rank;
    } ends[LOOP_MOST_RANKS];
};

static inline void loop_post(struct end *end, int to, const void *data, size_t size)
{
    struct loop *loop = end->loop;
    struct letter *letter = calloc(1, sizeof *letter), **last = &loop->first;
    *letter = (struct letter){.from = end->rank, .to = to, .due = loop->looks};
    if (erand48(loop->dice) < loop->late)
        letter->due += (unsigned long)(erand48(loop->dice) * loop->longest_delay);
    bm_bytes_add(&letter->message, data, size);
    while (*last != NULL)
        last = &(*last)->next;
    *last = letter;
}

static inline void loop_send(void *context, int to, const void *data, size_t size)
{
    struct end *end = context;
    if (erand48(end->loop->dice) < end->loop->lost)
        return;
    loop_post(end, to, data, size);
    if (erand48(end->loop->dice) < end->loop->repeated)
        loop_post(end, to, data, size);
}

static inline bool loop_poll(void *context, int *from, struct bm_bytes *message)
{
    struct end *end = context;
    end->loop->looks++;
    for (struct letter **at = &end->loop->first; *at != NULL; at = &(*at)->next) {
        struct letter *letter = *at;
        if (letter->to != end->rank || letter->due > end->loop->looks)
            continue;
        *from = letter->from;
        message->size = 0;
        bm_bytes_add(message, letter->message.data, letter->message.size);
        *at = letter->next;
        bm_bytes_fini(&letter->message);
        free(letter);
        return true;
    }
    return false;
}

static inline void loop_abandon(void *context, int rank)
{
    struct end *end = context;
    end->loop->abandoned[rank] = true;
}

static inline struct bm_link loop_link(struct loop *loop, int rank)
{
    loop->ends[rank] = (struct end){loop, rank};
    return (struct bm_link){.context = &loop->ends[rank],
                            .rank = rank,
                            .ranks = loop->ranks,
                            .library = "a loop",
                            .send = loop_send,
                            .poll = loop_poll,
                            .abandon = loop_abandon};
}

static inline void loop_fini(struct loop *loop)
{
    struct bm_bytes message = {0};
    int from;
    loop->looks += loop->longest_delay;
    for (int rank = 0; rank < loop->ranks; rank++)
        while (loop_poll(&(struct end){loop, rank}, &from, &message))
            ;
    bm_bytes_fini(&message);
}

/* ---- a sweep ---- */

/* Writes a sweep whose runs get shorter: run i has (n - i) * 10 epochs. */
static inline void loop_write_sweep(const char *path, const char *results, int n)
{
    FILE *file = fopen(path, "w");
    fprintf(file,
            "name: loop\nresults: %s\nrun: {threads: 1, retries: 0}\nfixed: {dataset: synthetic, "
            "train_size: "
            "60, test_size: 30, arch: mlp, width: 8, depth: 1, projector_width: 16, batch_size: "
            "20}\ngrid:\n  epochs: [",
            results);
    for (int i = 0; i < n; i++)
        fprintf(file, "%s%d", i > 0 ? ", " : "", 10 * (n - i));
    fprintf(file, "]\n");
    fclose(file);
}

/* ---- a trainer ---- */

static inline void loop_write_record(struct bm_bytes *frame)
{
    uint32_t size = (uint32_t)frame->size;
    if (write(BM_TRAINER_RECORDS, &size, sizeof size) < 0 ||
        write(BM_TRAINER_RECORDS, frame->data, frame->size) < 0)
        exit(1);
    frame->size = 0;
}

static inline void loop_add_evaluation(struct bm_bytes *frame, const struct bm_id *id,
                                       int64_t epoch)
{
    struct bm_evaluation evaluation;
    bm_table_init(&bm_evaluation_table, &evaluation);
    evaluation.epoch = epoch;
    bm_frame_add_evaluation(frame, id, &evaluation, &(struct bm_findings){.n_taps = 0});
}

static inline void loop_add_result(struct bm_bytes *frame, const struct bm_id *id,
                                   enum bm_status status)
{
    struct bm_result result;
    bm_table_init(&bm_result_table, &result);
    result.status = status;
    bm_frame_add_result(frame, id, &result);
}

/* Runs with these epochs do other than end well. */
enum {
    LOOP_CRASHES = 7,
    LOOP_HANGS = 9,
    LOOP_HAS_NO_ROOM = 11,
    LOOP_WORKS = 13,
    LOOP_YIELDS = 15,
    LOOP_IS_STOPPED = 17,
    LOOP_SAVES = 19 /* it takes a moment to end */
};

/* What the test's main does when it is started with BM_TRAINER_OPTION. */
static inline int loop_train(void)
{
    unsigned char data[8192];
    struct bm_schemas schemas;
    struct bm_frame frame;
    struct bm_bytes out = {0};
    ssize_t size = read(STDIN_FILENO, data, sizeof data);
    bm_schemas_init(&schemas);
    if (size < 0 || bm_frame_decode(data, (size_t)size, &schemas, &frame, NULL) != 0)
        return 1;
    const struct bm_id *id = &frame.job.id;
    int64_t epochs = frame.job.config.epochs;
    loop_add_evaluation(&out, id, 0);
    loop_write_record(&out);
    bm_frame_add_progress(&out, id, &(struct bm_progress){.epoch = 1, .epochs = epochs});
    loop_write_record(&out);
    if (epochs == LOOP_HANGS)
        pause();
    if (epochs == LOOP_IS_STOPPED)
        raise(SIGTERM);
    if (epochs == LOOP_YIELDS || epochs == LOOP_IS_STOPPED || epochs == LOOP_SAVES) {
        bm_signals_note();
        while (bm_interrupt == 0)
            usleep(1000);
        if (epochs == LOOP_SAVES) {
            usleep(200 * 1000);
            loop_add_evaluation(&out, id, 1);
            loop_write_record(&out);
        }
        bm_bytes_fini(&out);
        return BM_EXIT_AGAIN;
    }
    bm_beat_share(BM_TRAINER_BEATS);
    for (int i = 0; epochs == LOOP_WORKS && i < 20; i++, usleep(100 * 1000))
        bm_beat();
    if (epochs == LOOP_CRASHES) {
        printf("it hurts\n");
        bm_bytes_fini(&out);
        return 3;
    }
    if (epochs == LOOP_HAS_NO_ROOM) {
        struct bm_result result;
        bm_table_init(&bm_result_table, &result);
        result.status = BM_STATUS_ERROR;
        snprintf(result.cause, sizeof result.cause, "cannot write x: No space left on device");
        bm_frame_add_result(&out, id, &result);
        loop_write_record(&out);
        bm_bytes_fini(&out);
        return BM_TRAINER_UNSAVED;
    }
    loop_add_evaluation(&out, id, epochs);
    loop_write_record(&out);
    loop_add_result(&out, id, BM_STATUS_DONE);
    loop_write_record(&out);
    bm_bytes_fini(&out);
    return 0;
}

static inline bool loop_is_trainer(int argc, char **argv)
{
    return argc == 2 && strncmp(argv[1], BM_TRAINER_OPTION, strlen(BM_TRAINER_OPTION)) == 0;
}

#endif
