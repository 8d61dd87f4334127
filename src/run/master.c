/* The loop of rank 0. What to run next is schedule.c's decision, what to print console.c's, when to
 * write ledger.c's; here jobs find their way to their slots, and events to those they are for. */
#include "master.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master_deadline.h"
#include "master_faults.h"
#include "master_frames.h"
#include "master_share.h"
#include "message.h"
#include "reprobe.h"
#include "schedule_choice.h"
#include "signals.h"
#include "supply.h"

/* Without other ranks nothing has to be looked at often: pipes and signals wake the loop. */
enum { LONGEST_NAP_ALONE = 100 };

/* ---- to the other ranks ---- */

static void send_to_all(const struct bm_link *link, enum bm_message kind, const void *body,
                        size_t size)
{
    for (int rank = 1; rank < link->ranks; rank++)
        bm_message_send(link, rank, kind, body, size);
}

void bm_master_release(const struct bm_link *link)
{
    send_to_all(link, BM_MESSAGE_BYE, NULL, 0);
}

/* From here on nothing new starts, and what runs is to save its state and end. */
static void begin_closing(struct bm_master *master)
{
    if (master->closing)
        return;
    master->closing = true;
    bm_schedule_stop(&master->schedule);
    bm_store_leave(master->ledger.store);
    const unsigned char signal = (unsigned char)master->signal;
    send_to_all(master->link, BM_MESSAGE_STOP, &signal, sizeof signal);
    bm_silence_hear_all(&master->silence);
    master->time.stopped = bm_seconds();
    master->patience = master->time.stopped + bm_signals_grace(master->signal);
    bm_crew_stop(&master->crew);
}

/* ---- slots ---- */

/* A run of this process was not done and is not at fault (bm_crew's callback). */
static void give_back(void *context, size_t slot, enum bm_fault fault, const char *sentence)
{
    if (fault == BM_FAULT_OUTPUT)
        bm_faults_take_unsaved(context, slot, sentence);
    else if (fault == BM_FAULT_STOPPED)
        bm_faults_take_returned(context, slot);
    else
        bm_faults_take_lost(context, slot, sentence);
}

static void describe_run(const struct bm_master *master, size_t run, struct bm_job *job)
{
    const struct bm_session *session = master->session;
    size_t point = session->todo[run];
    *job = (struct bm_job){.id = session->points.points[point].id, .launch = session->sweep.launch};
    if (session->request->reprobe)
        bm_reprobe_job(&session->points, bm_store_results(master->ledger.store), point, job);
    else
        bm_points_config(&session->points, point, &job->config);
    snprintf(job->results, sizeof job->results, "%s", session->sweep.results);
    if (master->share.claims != NULL)
        snprintf(job->claimant, sizeof job->claimant, "%s", master->share.claims->name);
    const struct bm_supply *supply = bm_supply_of(session, job->config.dataset);
    if (supply != NULL) {
        job->seal = supply->seal;
        job->sealed = true;
    }
}

static void start_run(struct bm_master *master, size_t slot, size_t run)
{
    const struct bm_point *point = bm_master_point_of(master, run);
    struct bm_job job;
    struct bm_bytes frame = {0};
    struct bm_err err = {0};
    describe_run(master, run, &job);
    bm_frame_add_begin(&frame, &job.id, &job.config);
    bm_ledger_append(&master->ledger, frame.data, frame.size);
    bm_console_begin(master->console, slot, point, &job.config);
    if (slot < master->crew.n_slots) {
        if (bm_crew_start(&master->crew, slot, &job, &err) != 0)
            bm_faults_take_lost(master, slot, err.text);
    } else {
        frame.size = 0;
        bm_frame_add_job(&frame, &job);
        bm_silence_hear(&master->silence, bm_master_rank_of(master, slot));
        bm_message_send(master->link, bm_master_rank_of(master, slot), BM_MESSAGE_JOB, frame.data,
                        frame.size);
    }
    bm_bytes_fini(&frame);
}

static void assign(struct bm_master *master)
{
    size_t slot, run;
    const double pause = 0.5; /* to look for one that fits takes long where there are many */
    if (bm_seconds() < master->time.next_assign)
        return;
    while (!bm_ledger_has_failed(&master->ledger) &&
           bm_schedule_assign(&master->schedule, &slot, &run))
        if (bm_master_share_claim(master, slot, run))
            start_run(master, slot, run);
        else if (bm_store_is_behind(master->ledger.store))
            break; /* what cannot be read now can be told of no other run either */
    if (isfinite(master->time.deadline.at) && bm_schedule_has_idle(&master->schedule))
        master->time.next_assign = bm_seconds() + pause;
}

/* ---- events ---- */

static void take_message(struct bm_master *master, int from, const struct bm_bytes *message)
{
    if (master->silence.ranks[from].gone)
        return;
    size_t slot = bm_master_slot_of(master, from), run = master->schedule.slots[slot].run;
    const char *doubt =
        bm_message_doubt(message, run == BM_NO_RUN ? NULL : &bm_master_point_of(master, run)->id);
    if (doubt != NULL) {
        bm_faults_abandon(master, from, doubt);
        return;
    }
    bm_silence_hear(&master->silence, from);
    const unsigned char *body = message->data + 1;
    size_t size = message->size - 1;
    char sentence[600];
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_FRAME:
        bm_master_take_frame(master, slot, body, size);
        break;
    case BM_MESSAGE_LOST:
        snprintf(sentence, sizeof sentence, "%.*s", (int)size, (const char *)body);
        bm_faults_take_lost(master, slot, sentence);
        break;
    case BM_MESSAGE_UNSAVED:
        snprintf(sentence, sizeof sentence, "%.*s", (int)size, (const char *)body);
        bm_faults_take_unsaved(master, slot, sentence);
        break;
    case BM_MESSAGE_RETURNED:
        bm_faults_take_returned(master, slot);
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

static void look_for_signal(struct bm_master *master)
{
    if (master->signal == 0)
        master->signal = bm_signals_caught();
    if (master->signal == 0 || master->closing)
        return;
    bm_console_freeze(master->console);
    bm_master_sync(master); /* first: a launcher's SIGKILL may follow soon */
}

bool bm_master_turn(struct bm_master *master)
{
    look_for_signal(master);
    bm_master_deadline_look(master);
    bm_master_share_look(master);
    if (master->signal != 0 || master->failed_fast || bm_ledger_has_failed(&master->ledger))
        begin_closing(master);
    assign(master);
    if (bm_schedule_over(&master->schedule))
        begin_closing(master);
    if (master->closing && bm_seconds() > master->patience)
        bm_crew_kill(&master->crew);
    if (master->closing && bm_crew_is_idle(&master->crew) && bm_silence_is_alone(&master->silence))
        return false;
    bool any = take_events(master);
    bm_faults_take_silence(master);
    bm_faults_judge(master);
    bm_master_commit(master);
    bm_console_draw(master->console, &master->schedule);
    bm_status_write(&master->status, master->console, &master->schedule);
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

/* Slots of one machine have the number of its first rank. */
static void find_nodes(struct bm_master *master)
{
    const struct bm_link *link = master->link;
    size_t n_slots = master->schedule.n_slots;
    master->nodes = must_allocate(n_slots, sizeof *master->nodes);
    for (size_t slot = 0; slot < n_slots; slot++) {
        int rank = bm_master_rank_of(master, slot), first = link->hosts == NULL ? rank : 0;
        while (first < rank && link->hosts[first] != link->hosts[rank])
            first++;
        master->nodes[slot] = (size_t)first;
    }
    master->schedule.nodes = master->nodes;
}

/* Which runs need what only some ranks have. */
static void find_needs(struct bm_master *master)
{
    struct bm_schedule *schedule = &master->schedule;
    master->needs_bf16 = must_allocate(schedule->n_runs, sizeof *master->needs_bf16);
    master->has_bf16 = must_allocate(schedule->n_slots, sizeof *master->has_bf16);
    for (size_t run = 0; run < schedule->n_runs; run++)
        master->needs_bf16[run] = bm_session_needs_bf16(master->session, run);
    for (size_t slot = 0; slot < schedule->n_slots; slot++)
        master->has_bf16[bm_schedule_place(schedule, slot)] =
            bm_link_has_bf16(master->link, bm_master_rank_of(master, slot));
    schedule->needs = master->needs_bf16;
    schedule->has = master->has_bf16;
}

/* Why runs are left that nobody stopped. */
static void fail_left(const struct bm_master *master, struct bm_err *err)
{
    const struct bm_schedule *schedule = &master->schedule;
    size_t left = schedule->n_runs - schedule->n_finished;
    if (bm_schedule_is_unable(schedule))
        bm_fail(err, BM_EXIT_IO,
                "no trainer is left that has AVX512-BF16, which precision: bf16 needs; %zu run%s "
                "left to do by the same command",
                left, left == 1 ? " is" : "s are");
    else
        bm_losses_fail(&master->losses, left, err);
}

void bm_master_init(struct bm_master *master, struct bm_session *session, struct bm_store *store,
                    const struct bm_link *link, struct bm_console *console, struct bm_err *err)
{
    *master = (struct bm_master){
        .session = session,
        .link = link,
        .console = console,
        .ledger = {.store = store, .err = err, .only_probes = session->request->reprobe},
        .nap = 1,
        .longest_nap = link->ranks > 1 ? BM_LONGEST_NAP : LONGEST_NAP_ALONE,
    };
    size_t n_slots = bm_session_all_trainers(session);
    double *costs = must_allocate(session->n_todo, sizeof *costs);
    master->finished = must_allocate(session->n_todo, sizeof *master->finished);
    if (session->request->reprobe)
        master->outcomes = must_allocate(session->n_todo, sizeof *master->outcomes);
    bm_losses_init(&master->losses, link->ranks);
    bm_retries_init(&master->retries, session->n_todo, session->sweep.launch.retries);
    bm_silence_init(&master->silence, link->ranks, session->sweep.launch.heartbeat_timeout);
    for (size_t run = 0; run < session->n_todo; run++)
        costs[run] = bm_master_point_of(master, run)->cost;
    bm_schedule_init(&master->schedule, costs, session->n_todo, n_slots, session->trainers);
    free(costs);
    find_nodes(master);
    find_needs(master);
    bm_crew_init(&master->crew, session->trainers);
    bm_master_deadline_init(master);
    bm_status_init(&master->status, session, store);
    bm_master_share_init(master);
    master->crew.frame = bm_master_take_frame;
    master->crew.give_back = give_back;
    master->crew.context = master;
}

int bm_master_fini(struct bm_master *master)
{
    struct bm_err *err = master->ledger.err;
    if (bm_ledger_settle(&master->ledger, master->n_finished) == 0)
        bm_master_report_finished(master);
    const struct bm_schedule *schedule = &master->schedule;
    bool is_complete = schedule->n_finished == schedule->n_runs;
    bm_master_share_fini(master);
    master->session->is_in_vain = !is_complete && bm_master_was_in_vain(master);
    bm_master_deadline_fini(master);
    bm_status_fini(&master->status);
    if (!is_complete && master->signal == 0 && !master->failed_fast)
        fail_left(master, err);
    bm_schedule_fini(&master->schedule);
    bm_crew_fini(&master->crew);
    bm_ledger_fini(&master->ledger);
    free(master->finished);
    free(master->nodes);
    free(master->needs_bf16);
    free(master->has_bf16);
    free(master->outcomes);
    bm_losses_fini(&master->losses);
    bm_retries_fini(&master->retries);
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
