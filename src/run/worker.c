#include "worker.h"

#include <string.h>

#include "bm/clock.h"
#include "message.h"
#include "signals.h"

static void send(const struct bm_worker *worker, enum bm_message kind, const void *body,
                 size_t size)
{
    bm_message_send(worker->link, 0, kind, body, size);
}

static void send_frame(void *context, size_t slot, const void *frame, size_t size)
{
    (void)slot;
    send(context, BM_MESSAGE_FRAME, frame, size);
}

static void give_back(void *context, size_t slot, enum bm_fault fault, const char *sentence)
{
    (void)slot;
    enum bm_message kind = fault == BM_FAULT_OUTPUT    ? BM_MESSAGE_UNSAVED
                           : fault == BM_FAULT_STOPPED ? BM_MESSAGE_RETURNED
                                                       : BM_MESSAGE_LOST;
    send(context, kind, sentence, strlen(sentence));
}

static void start_job(struct bm_worker *worker, const void *data, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    struct bm_err err = {0};
    bm_schemas_init(&schemas);
    worker->beats = 0;
    if (bm_frame_decode(data, size, &schemas, &frame, &err) != 0 ||
        bm_crew_start(&worker->crew, 0, &frame.job, &err) != 0)
        send(worker, BM_MESSAGE_LOST, err.text, strlen(err.text));
}

static void stop(struct bm_worker *worker, int signal)
{
    if (worker->stopped)
        return;
    worker->stopped = true;
    worker->patience = bm_seconds() + bm_signals_grace(signal);
    bm_crew_stop(&worker->crew);
}

/* Waits for trainers that were told to stop, but not for ever. */
static void take_leave(struct bm_worker *worker)
{
    if (worker->stopped && bm_seconds() > worker->patience)
        bm_crew_kill(&worker->crew);
    if (!worker->owes_bye || !bm_crew_is_idle(&worker->crew))
        return;
    worker->owes_bye = false;
    send(worker, BM_MESSAGE_BYE, NULL, 0);
}

static void obey(struct bm_worker *worker, const struct bm_bytes *message)
{
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_JOB:
        if (!worker->stopped)
            start_job(worker, message->data + 1, message->size - 1);
        break;
    case BM_MESSAGE_STOP:
        stop(worker, message->size > 1 ? message->data[1] : 0);
        worker->owes_bye = true;
        break;
    case BM_MESSAGE_BYE:
        worker->released = true;
        break;
    case BM_MESSAGE_MISSING: { /* a run, perhaps, for which rank 0 waits */
        static const char sentence[] = "messages to it were lost on the way";
        send(worker, BM_MESSAGE_LOST, sentence, strlen(sentence));
        stop(worker, 0);
        break;
    }
    default: /* the others go to rank 0 */
        break;
    }
}

/* A signal to this rank alone, too, ends the whole sweep: rank 0 has to hear of it. */
static void look_for_signal(struct bm_worker *worker)
{
    if (worker->stopped || bm_signals_caught() == 0)
        return;
    unsigned char number = (unsigned char)bm_signals_caught();
    stop(worker, number);
    send(worker, BM_MESSAGE_SIGNAL, &number, 1);
}

/* Rank 0 hears of progress, not of time that passes: a rank whose trainer hangs is silent. */
static void tell_beats(struct bm_worker *worker)
{
    const struct bm_trainer *trainer = &worker->crew.trainers[0];
    const double least_pause = 0.5;
    double now = bm_seconds();
    if (trainer->pid == 0 || trainer->beats == worker->beats || now - worker->told < least_pause)
        return;
    worker->beats = trainer->beats;
    worker->told = now;
    send(worker, BM_MESSAGE_BEAT, NULL, 0);
}

bool bm_worker_turn(struct bm_worker *worker)
{
    struct bm_bytes message = {0};
    bool any = bm_crew_pump(&worker->crew, worker->stopped ? -1 : bm_signals_fd(), worker->nap);
    look_for_signal(worker);
    tell_beats(worker);
    for (int from; worker->link->poll(worker->link->context, &from, &message);) {
        obey(worker, &message);
        any = true;
    }
    bm_bytes_fini(&message);
    take_leave(worker);
    int longer = 2 * worker->nap > worker->longest_nap ? worker->longest_nap : 2 * worker->nap;
    worker->nap = any ? 1 : longer;
    return !worker->released;
}

void bm_worker_init(struct bm_worker *worker, const struct bm_link *link)
{
    *worker = (struct bm_worker){.link = link, .nap = 1, .longest_nap = BM_LONGEST_NAP};
    bm_crew_init(&worker->crew, 1);
    worker->crew.rank = link->rank;
    worker->crew.frame = send_frame;
    worker->crew.give_back = give_back;
    worker->crew.context = worker;
}

void bm_worker_fini(struct bm_worker *worker)
{
    bm_crew_fini(&worker->crew);
}

void bm_worker_run(const struct bm_link *link)
{
    struct bm_worker worker;
    bm_worker_init(&worker, link);
    while (bm_worker_turn(&worker))
        ;
    bm_worker_fini(&worker);
}
