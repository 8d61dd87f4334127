#include "crew.h"

#include <assert.h>
#include <stdlib.h>

/* A slot's frames on their way out. */
struct outlet {
    struct bm_crew *crew;
    size_t slot;
};

void bm_crew_init(struct bm_crew *crew, size_t n_slots)
{
    *crew = (struct bm_crew){.program = BM_TRAINER_SELF, .n_slots = n_slots};
    crew->trainers = calloc(n_slots + 1, sizeof *crew->trainers);
    crew->polls = calloc(2 * n_slots + 1, sizeof *crew->polls);
    if (crew->trainers == NULL || crew->polls == NULL)
        abort();
}

void bm_crew_fini(struct bm_crew *crew)
{
    bm_crew_kill(crew);
    free(crew->trainers);
    free(crew->polls);
    *crew = (struct bm_crew){0};
}

int bm_crew_start(struct bm_crew *crew, size_t slot, const struct bm_job *job, struct bm_err *err)
{
    assert(slot < crew->n_slots);
    return bm_trainer_start(&crew->trainers[slot], crew->program, job, err);
}

static void pass_on(void *context, const void *frame, size_t size)
{
    struct outlet *outlet = context;
    outlet->crew->frame(outlet->crew->context, outlet->slot, frame, size);
}

static void send_log(struct outlet *outlet, const struct bm_trainer *trainer)
{
    struct bm_bytes frame = {0};
    size_t size;
    const char *tail = bm_trainer_tail(trainer, &size);
    if (size == 0)
        return;
    bm_frame_add_log(&frame, &trainer->id, tail, size);
    pass_on(outlet, frame.data, frame.size);
    bm_bytes_fini(&frame);
}

static void send_result(struct outlet *outlet, const struct bm_trainer *trainer,
                        const struct bm_result *result)
{
    struct bm_bytes frame = {0};
    bm_frame_add_result(&frame, &trainer->id, result);
    pass_on(outlet, frame.data, frame.size);
    bm_bytes_fini(&frame);
}

/* True when the trainer sent something or ended. */
static bool pump_slot(struct bm_crew *crew, size_t slot)
{
    struct bm_trainer *trainer = &crew->trainers[slot];
    struct outlet outlet = {crew, slot};
    struct bm_result result;
    bool any = bm_trainer_read(trainer, pass_on, &outlet);
    if (!bm_trainer_ended(trainer, pass_on, &outlet, &result))
        return any;
    result.rank = crew->rank;
    send_log(&outlet, trainer);
    if (crew->stopping && !trainer->has_result) {
        bm_trainer_free(trainer);
        return true;
    }
    if (trainer->fault == BM_FAULT_RUN)
        send_result(&outlet, trainer, &result);
    else
        crew->give_back(crew->context, slot, trainer->fault, result.cause);
    bm_trainer_free(trainer);
    return true;
}

bool bm_crew_pump(struct bm_crew *crew, int wake_fd, int timeout_ms)
{
    nfds_t n = 0;
    crew->polls[n++] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    for (size_t slot = 0; slot < crew->n_slots; slot++) {
        const struct bm_trainer *trainer = &crew->trainers[slot];
        if (trainer->pid == 0)
            continue;
        crew->polls[n++] = (struct pollfd){.fd = trainer->records_fd, .events = POLLIN};
        crew->polls[n++] = (struct pollfd){.fd = trainer->output_fd, .events = POLLIN};
        /* Both closed: it is about to end, and no descriptor will tell. */
        if (trainer->records_fd < 0 && trainer->output_fd < 0 && timeout_ms > 1)
            timeout_ms = 1;
    }
    poll(crew->polls, n, timeout_ms);
    bool any = false;
    for (size_t slot = 0; slot < crew->n_slots; slot++)
        if (crew->trainers[slot].pid != 0)
            any = pump_slot(crew, slot) || any;
    return any;
}

void bm_crew_stop(struct bm_crew *crew)
{
    crew->stopping = true;
    for (size_t slot = 0; slot < crew->n_slots; slot++)
        bm_trainer_stop(&crew->trainers[slot]);
}

bool bm_crew_is_idle(const struct bm_crew *crew)
{
    for (size_t slot = 0; slot < crew->n_slots; slot++)
        if (crew->trainers[slot].pid != 0)
            return false;
    return true;
}

void bm_crew_kill(struct bm_crew *crew)
{
    for (size_t slot = 0; slot < crew->n_slots; slot++)
        bm_trainer_kill(&crew->trainers[slot]);
    for (size_t slot = 0; slot < crew->n_slots; slot++)
        if (crew->trainers[slot].pid != 0)
            bm_trainer_free(&crew->trainers[slot]);
}
