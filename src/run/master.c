/* The loop of rank 0. What to run next is schedule.c's decision, what to print console.c's, when to
 * write ledger.c's; here frames find their way into the store and jobs to their slots. */
#include "master.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "say.h"
#include "signals.h"
#include "supply.h"

/* Without other ranks nothing has to be looked at often: pipes and signals wake the loop. */
enum { LONGEST_NAP_ALONE = 100 };

/* ---- to the other ranks ---- */

static void send_to_all(const struct bm_link *link, enum bm_message kind)
{
    for (int rank = 1; rank < link->ranks; rank++)
        bm_message_send(link, rank, kind, NULL, 0);
}

void bm_master_release(const struct bm_link *link)
{
    send_to_all(link, BM_MESSAGE_BYE);
}

/* From here on nothing new starts, and what runs is ended. */
static void begin_closing(struct bm_master *master)
{
    if (master->closing)
        return;
    master->closing = true;
    bm_schedule_stop(&master->schedule);
    bm_store_leave(master->ledger.store);
    send_to_all(master->link, BM_MESSAGE_STOP);
    bm_silence_hear_all(&master->silence);
    bm_crew_kill(&master->crew);
}

/* The rank that has the slot. */
static int rank_of(const struct bm_master *master, size_t slot)
{
    size_t own = master->crew.n_slots;
    return slot < own ? 0 : (int)(slot - own) + 1;
}

static size_t slot_of(const struct bm_master *master, int rank)
{
    return master->crew.n_slots + (size_t)rank - 1;
}

/* ---- frames ---- */

/* Died at once: it told nothing, and it is not even its own word that it was at fault alone.
 * Another machine may have what this one lacks. */
static bool is_doubtful(const struct bm_master *master, size_t slot, const struct bm_result *result)
{
    return !master->schedule.slots[slot].told &&
           (result->status == BM_STATUS_CRASHED || result->status == BM_STATUS_ERROR);
}

/* The result is kept back until it is clear whose fault it is. */
static void take_death(struct bm_master *master, size_t slot, const struct bm_frame *frame,
                       const void *data, size_t size)
{
    size_t run = bm_schedule_die(&master->schedule, slot);
    bm_ledger_hold(&master->ledger, run, data, size);
    bm_console_give_back(master->console, slot);
    bm_losses_died(&master->losses, rank_of(master, slot), &frame->id, frame->result.cause);
}

static void take_result(struct bm_master *master, size_t slot, const void *data, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    if (bm_frame_decode(data, size, &schemas, &frame, NULL) == 0 &&
        is_doubtful(master, slot, &frame.result)) {
        take_death(master, slot, &frame, data, size);
        return;
    }
    size_t run = bm_schedule_finish(&master->schedule, slot);
    bm_ledger_append(&master->ledger, data, size);
    bm_ledger_forget(&master->ledger, run);
    bm_console_finish(master->console, slot);
    master->finished[master->n_finished++] = run;
}

/* A frame from the slot's trainer (bm_crew's callback, and for frames of other ranks). */
static void take_frame(void *context, size_t slot, const void *frame, size_t size)
{
    struct bm_master *master = context;
    enum bm_frame_kind kind = *(const unsigned char *)frame;
    if (kind == BM_FRAME_PROGRESS) {
        bm_console_progress(master->console, slot, frame, size);
    } else if (kind == BM_FRAME_RESULT) {
        take_result(master, slot, frame, size);
    } else {
        if (kind == BM_FRAME_EVALUATION)
            bm_schedule_tell(&master->schedule, slot);
        bm_ledger_append(&master->ledger, frame, size);
    }
}

static const struct bm_point *point_of(const struct bm_master *master, size_t run)
{
    return &master->session->points.points[master->session->todo[run]];
}

static void report_finished(struct bm_master *master)
{
    struct bm_points *points = &master->session->points;
    const struct bm_results *results = bm_store_results(master->ledger.store);
    for (size_t i = 0; i < master->n_finished; i++) {
        size_t point = master->session->todo[master->finished[i]];
        const struct bm_run *run = bm_results_find(results, &points->points[point].id);
        bool done = run->result.status == BM_STATUS_DONE;
        bm_points_set_state(points, point, done ? BM_POINT_DONE : BM_POINT_FAILED);
        bm_console_run(master->console, point, run, &master->schedule);
    }
    master->n_finished = 0;
}

/* Makes durable what came; only then are runs reported as finished. */
static void sync_now(struct bm_master *master)
{
    if (bm_ledger_sync(&master->ledger) == 0)
        report_finished(master);
}

/* Group commit: once a turn, for all that finished in it. */
static void commit(struct bm_master *master)
{
    if (master->n_finished > 0 || bm_ledger_wants_sync(&master->ledger))
        sync_now(master);
    if (!master->closing && bm_ledger_wants_snapshot(&master->ledger))
        bm_ledger_snapshot(&master->ledger);
}

/* ---- slots ---- */

static bool is_all_lost(const struct bm_master *master)
{
    return master->schedule.n_lost == master->schedule.n_slots;
}

static void lose_slot(struct bm_master *master, size_t slot)
{
    bm_schedule_lose(&master->schedule, slot);
    bm_console_give_back(master->console, slot);
}

static void lose_and_say(struct bm_master *master, size_t slot, const char *sentence)
{
    lose_slot(master, slot);
    bm_losses_say(&master->losses, rank_of(master, slot), sentence, is_all_lost(master));
}

/* Gives up ranks where trainers died at once again and again. */
static void retire(struct bm_master *master)
{
    for (size_t slot; bm_schedule_spoilt(&master->schedule, &slot);) {
        int rank = rank_of(master, slot);
        size_t streak = bm_schedule_streak(&master->schedule, slot);
        do
            lose_slot(master, slot);
        while (bm_schedule_spoilt(&master->schedule, &slot) && rank_of(master, slot) == rank);
        bm_losses_say_deaths(&master->losses, rank, streak, is_all_lost(master));
    }
}

/* Whose fault it was that trainers died at once, as far as that is clear now. */
static void judge(struct bm_master *master)
{
    retire(master);
    for (size_t run; bm_schedule_convict(&master->schedule, &run);) {
        bm_ledger_release(&master->ledger, run);
        bm_console_drop(master->console, point_of(master, run));
        master->finished[master->n_finished++] = run;
    }
}

/* Something of the slot's run could not be written. It stays to do, and as all write to the same
 * place, no other is begun: it would be trained in vain. What runs goes on, and may find more room
 * at its end. */
static void take_unsaved(struct bm_master *master, size_t slot, const char *sentence)
{
    const struct bm_point *point = point_of(master, master->schedule.slots[slot].run);
    bm_losses_unsaved(&master->losses, &point->id, sentence);
    bm_schedule_stop(&master->schedule);
    lose_slot(master, slot);
}

/* A run of this process was not done and is not at fault (bm_crew's callback). */
static void give_back(void *context, size_t slot, enum bm_fault fault, const char *sentence)
{
    if (fault == BM_FAULT_OUTPUT)
        take_unsaved(context, slot, sentence);
    else
        lose_and_say(context, slot, sentence);
}

static void start_run(struct bm_master *master, size_t slot, size_t run)
{
    const struct bm_session *session = master->session;
    const struct bm_point *point = point_of(master, run);
    struct bm_job job = {.id = point->id, .launch = session->sweep.launch};
    struct bm_bytes frame = {0};
    struct bm_err err = {0};
    bm_points_config(&session->points, session->todo[run], &job.config);
    snprintf(job.results, sizeof job.results, "%s", session->sweep.results);
    const struct bm_supply *supply = bm_supply_of(session, job.config.dataset);
    if (supply != NULL) {
        job.seal = supply->seal;
        job.sealed = true;
    }
    bm_frame_add_begin(&frame, &job.id, &job.config);
    bm_ledger_append(&master->ledger, frame.data, frame.size);
    bm_console_begin(master->console, slot, point, &job.config);
    if (slot < master->crew.n_slots) {
        if (bm_crew_start(&master->crew, slot, &job, &err) != 0)
            lose_and_say(master, slot, err.text);
    } else {
        frame.size = 0;
        bm_frame_add_job(&frame, &job);
        bm_silence_hear(&master->silence, rank_of(master, slot));
        bm_message_send(master->link, rank_of(master, slot), BM_MESSAGE_JOB, frame.data,
                        frame.size);
    }
    bm_bytes_fini(&frame);
}

static void assign(struct bm_master *master)
{
    size_t slot, run;
    while (!bm_ledger_has_failed(&master->ledger) &&
           bm_schedule_assign(&master->schedule, &slot, &run))
        start_run(master, slot, run);
}

/* ---- events ---- */

static void take_message(struct bm_master *master, int from, const struct bm_bytes *message)
{
    if (master->silence.ranks[from].gone)
        return;
    size_t slot = slot_of(master, from);
    bm_silence_hear(&master->silence, from);
    const unsigned char *body = message->data + 1;
    size_t size = message->size - 1;
    char sentence[600];
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_FRAME:
        take_frame(master, slot, body, size);
        break;
    case BM_MESSAGE_LOST:
        snprintf(sentence, sizeof sentence, "%.*s", (int)size, (const char *)body);
        lose_and_say(master, slot, sentence);
        break;
    case BM_MESSAGE_UNSAVED:
        snprintf(sentence, sizeof sentence, "%.*s", (int)size, (const char *)body);
        take_unsaved(master, slot, sentence);
        break;
    case BM_MESSAGE_SIGNAL:
        if (master->signal == 0)
            master->signal = body[0];
        break;
    case BM_MESSAGE_BYE:
        master->silence.ranks[from].bye = true;
        break;
    default: /* the others come from here */
        break;
    }
}

static bool is_progress(const struct bm_bytes *message)
{
    return message->data[0] == BM_MESSAGE_BEAT ||
           (message->data[0] == BM_MESSAGE_FRAME && message->data[1] == BM_FRAME_PROGRESS);
}

/* Waits for events as long as the nap allows and takes them. True when there were any. */
static bool take_events(struct bm_master *master)
{
    bool any = bm_crew_pump(&master->crew, master->closing ? -1 : bm_signals_fd(), master->nap);
    if (master->link->ranks == 1)
        return any;
    struct bm_bytes message = {0};
    for (int from; master->link->poll(master->link->context, &from, &message);) {
        any = any || !is_progress(&message); /* which is no reason to look again soon */
        take_message(master, from, &message);
    }
    bm_bytes_fini(&message);
    return any;
}

/* Nothing comes from the rank though it has a run, or should end. Should it wake up, it is to stop.
 */
static void abandon(struct bm_master *master, int rank)
{
    char sentence[100];
    size_t slot = slot_of(master, rank);
    if (!master->closing)
        bm_message_send(master->link, rank, BM_MESSAGE_STOP, NULL, 0);
    master->silence.ranks[rank].gone = true;
    master->link->abandon(master->link->context, rank);
    snprintf(sentence, sizeof sentence, "no sign of life for %g s (heartbeat_timeout)",
             master->silence.limit);
    if (!master->schedule.slots[slot].lost)
        lose_and_say(master, slot, sentence);
}

static void give_up_silent(struct bm_master *master)
{
    bm_silence_look(&master->silence);
    for (int rank = 1; rank < master->link->ranks; rank++) {
        bool is_due =
            master->closing || master->schedule.slots[slot_of(master, rank)].run != BM_NO_RUN;
        if (is_due && bm_silence_is_here(&master->silence, rank) &&
            bm_silence_is_long(&master->silence, rank))
            abandon(master, rank);
    }
}

static void look_for_signal(struct bm_master *master)
{
    if (master->signal == 0)
        master->signal = bm_signals_caught();
    if (master->signal == 0 || master->closing)
        return;
    bm_console_freeze(master->console);
    sync_now(master); /* first: a launcher's SIGKILL may follow soon */
}

bool bm_master_turn(struct bm_master *master)
{
    look_for_signal(master);
    if (master->signal != 0 || bm_ledger_has_failed(&master->ledger))
        begin_closing(master);
    assign(master);
    if (bm_schedule_over(&master->schedule))
        begin_closing(master);
    if (master->closing && bm_silence_is_alone(&master->silence))
        return false;
    bool any = take_events(master);
    give_up_silent(master);
    judge(master);
    commit(master);
    bm_console_draw(master->console, &master->schedule);
    int longer = 2 * master->nap > master->longest_nap ? master->longest_nap : 2 * master->nap;
    master->nap = any ? 1 : longer;
    return true;
}

/* ---- life ---- */

static void *must_allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        abort();
    return memory;
}

void bm_master_init(struct bm_master *master, struct bm_session *session, struct bm_store *store,
                    const struct bm_link *link, struct bm_console *console, struct bm_err *err)
{
    *master = (struct bm_master){
        .session = session,
        .link = link,
        .console = console,
        .ledger = {.store = store, .err = err},
        .nap = 1,
        .longest_nap = link->ranks > 1 ? BM_LONGEST_NAP : LONGEST_NAP_ALONE,
    };
    size_t n_slots = bm_session_all_trainers(session);
    double *costs = must_allocate(session->n_todo, sizeof *costs);
    master->finished = must_allocate(session->n_todo, sizeof *master->finished);
    bm_losses_init(&master->losses, link->ranks);
    bm_silence_init(&master->silence, link->ranks, session->sweep.launch.heartbeat_timeout);
    for (size_t run = 0; run < session->n_todo; run++)
        costs[run] = point_of(master, run)->cost;
    bm_schedule_init(&master->schedule, costs, session->n_todo, n_slots, session->trainers);
    free(costs);
    bm_crew_init(&master->crew, session->trainers);
    master->crew.frame = take_frame;
    master->crew.give_back = give_back;
    master->crew.context = master;
}

int bm_master_fini(struct bm_master *master)
{
    struct bm_err *err = master->ledger.err;
    sync_now(master);
    bm_ledger_snapshot(&master->ledger);
    const struct bm_schedule *schedule = &master->schedule;
    bool is_complete = schedule->n_finished == schedule->n_runs;
    if (!is_complete && master->signal == 0)
        bm_losses_fail(&master->losses, schedule->n_runs - schedule->n_finished, err);
    bm_schedule_fini(&master->schedule);
    bm_crew_fini(&master->crew);
    bm_ledger_fini(&master->ledger);
    free(master->finished);
    bm_losses_fini(&master->losses);
    bm_silence_fini(&master->silence);
    if (bm_ledger_has_failed(&master->ledger))
        return -1;
    return is_complete ? 0 : master->signal;
}

int bm_master_run(struct bm_session *session, struct bm_store *store, const struct bm_link *link,
                  struct bm_console *console, struct bm_err *err)
{
    struct bm_master master;
    bm_master_init(&master, session, store, link, console, err);
    while (bm_master_turn(&master))
        ;
    return bm_master_fini(&master);
}
