#include "node.h"

#include <assert.h>
#include <stdlib.h>

/* A slot's frames on their way out. */
struct outlet {
    struct bm_node *node;
    size_t slot;
};

void bm_node_init(struct bm_node *node, size_t n_slots)
{
    *node = (struct bm_node){.program = BM_TRAINER_SELF, .n_slots = n_slots};
    node->trainers = calloc(n_slots, sizeof *node->trainers);
    node->polls = calloc(2 * n_slots + 1, sizeof *node->polls);
    if (node->trainers == NULL || node->polls == NULL)
        abort();
}

void bm_node_fini(struct bm_node *node)
{
    bm_node_kill(node);
    free(node->trainers);
    free(node->polls);
    *node = (struct bm_node){0};
}

int bm_node_start(struct bm_node *node, size_t slot, const struct bm_job *job, struct bm_err *err)
{
    assert(slot < node->n_slots);
    return bm_trainer_start(&node->trainers[slot], node->program, job, err);
}

static void pass_on(void *context, const void *frame, size_t size)
{
    struct outlet *outlet = context;
    outlet->node->frame(outlet->node->context, outlet->slot, frame, size);
}

static void send_end(struct outlet *outlet, const struct bm_trainer *trainer,
                     const struct bm_result *result)
{
    struct bm_bytes frame = {0};
    size_t size;
    const char *tail = bm_trainer_tail(trainer, &size);
    if (size > 0) {
        bm_frame_add_log(&frame, &trainer->id, tail, size);
        pass_on(outlet, frame.data, frame.size);
        frame.size = 0;
    }
    bm_frame_add_result(&frame, &trainer->id, result);
    pass_on(outlet, frame.data, frame.size);
    bm_bytes_fini(&frame);
}

/* True when the trainer sent something or ended. */
static bool pump_slot(struct bm_node *node, size_t slot)
{
    struct bm_trainer *trainer = &node->trainers[slot];
    struct outlet outlet = {node, slot};
    struct bm_result result;
    bool any = bm_trainer_read(trainer, pass_on, &outlet);
    if (!bm_trainer_ended(trainer, pass_on, &outlet, &result))
        return any;
    result.rank = node->rank;
    send_end(&outlet, trainer, &result);
    bm_trainer_free(trainer);
    return true;
}

bool bm_node_pump(struct bm_node *node, int wake_fd, int timeout_ms)
{
    nfds_t n = 0;
    node->polls[n++] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    for (size_t slot = 0; slot < node->n_slots; slot++) {
        const struct bm_trainer *trainer = &node->trainers[slot];
        if (trainer->pid == 0)
            continue;
        node->polls[n++] = (struct pollfd){.fd = trainer->records_fd, .events = POLLIN};
        node->polls[n++] = (struct pollfd){.fd = trainer->output_fd, .events = POLLIN};
        /* Both closed: it is about to end, and no descriptor will tell. */
        if (trainer->records_fd < 0 && trainer->output_fd < 0 && timeout_ms > 1)
            timeout_ms = 1;
    }
    poll(node->polls, n, timeout_ms);
    bool any = false;
    for (size_t slot = 0; slot < node->n_slots; slot++)
        if (node->trainers[slot].pid != 0)
            any = pump_slot(node, slot) || any;
    return any;
}

void bm_node_kill(struct bm_node *node)
{
    for (size_t slot = 0; slot < node->n_slots; slot++)
        bm_trainer_kill(&node->trainers[slot]);
    for (size_t slot = 0; slot < node->n_slots; slot++)
        if (node->trainers[slot].pid != 0)
            bm_trainer_free(&node->trainers[slot]);
}
