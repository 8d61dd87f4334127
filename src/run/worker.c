#include "worker.h"

#include <string.h>

#include "message.h"
#include "node.h"
#include "signals.h"
#include "wire.h"

struct worker {
    struct bm_node node;
    bool stopped;  /* starts no trainer any more */
    bool released; /* rank 0 has said BYE */
};

static void send(enum bm_message kind, const void *data, size_t size)
{
    struct bm_bytes message = {0};
    bm_bytes_add_u8(&message, (uint8_t)kind);
    bm_bytes_add(&message, data, size);
    bm_wire_send(0, message.data, message.size);
    bm_bytes_fini(&message);
}

static void send_frame(void *context, size_t slot, const void *frame, size_t size)
{
    (void)context, (void)slot;
    send(BM_MESSAGE_FRAME, frame, size);
}

static void start_job(struct worker *worker, const void *data, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    struct bm_err err = {0};
    bm_schemas_init(&schemas);
    if (bm_frame_decode(data, size, &schemas, &frame, &err) != 0 ||
        bm_node_start(&worker->node, 0, &frame.job, &err) != 0)
        send(BM_MESSAGE_LOST, err.text, strlen(err.text));
}

static void stop(struct worker *worker)
{
    worker->stopped = true;
    bm_node_kill(&worker->node);
}

static void obey(struct worker *worker, const struct bm_bytes *message)
{
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_JOB:
        if (!worker->stopped)
            start_job(worker, message->data + 1, message->size - 1);
        break;
    case BM_MESSAGE_STOP:
        stop(worker);
        send(BM_MESSAGE_BYE, NULL, 0);
        break;
    case BM_MESSAGE_BYE:
        worker->released = true;
        break;
    default: /* the others go to rank 0 */
        break;
    }
}

/* A signal to this rank alone, too, ends the whole sweep: rank 0 has to hear of it. */
static void look_for_signal(struct worker *worker)
{
    if (worker->stopped || bm_signals_caught() == 0)
        return;
    unsigned char number = (unsigned char)bm_signals_caught();
    stop(worker);
    send(BM_MESSAGE_SIGNAL, &number, 1);
}

void bm_worker_run(void)
{
    struct worker worker = {0};
    struct bm_bytes message = {0};
    bm_node_init(&worker.node, 1);
    worker.node.rank = bm_wire_rank();
    worker.node.frame = send_frame;
    for (int nap = 1, from; !worker.released;) {
        bool any = bm_node_pump(&worker.node, worker.stopped ? -1 : bm_signals_fd(), nap);
        look_for_signal(&worker);
        while (bm_wire_poll(&from, &message)) {
            obey(&worker, &message);
            any = true;
        }
        nap = any ? 1 : 2 * nap > BM_LONGEST_NAP ? BM_LONGEST_NAP : 2 * nap;
    }
    bm_bytes_fini(&message);
    bm_node_fini(&worker.node);
}
