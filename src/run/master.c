/* The loop of rank 0. What to run next is schedule.c's decision, what to print report.c's; here
 * frames find their way into the store and jobs to their slots. Slots are numbered: this process's
 * trainers first, then one for each other rank. */
#include "master.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/clock.h"
#include "message.h"
#include "node.h"
#include "signals.h"
#include "wire.h"

/* Seconds. Finished runs are synced at once, evaluations of running ones in groups. */
static const double evaluation_delay = 0.5;
/* Snapshots cost at most one part in so many of the time, and are at least so far apart. */
static const double snapshot_share = 100, snapshot_pause = 2;
/* Without other ranks nothing has to be looked at often: pipes and signals wake the loop. */
enum { LONGEST_NAP_ALONE = 100 };

struct master {
    const struct bm_master_job *job;
    struct bm_schedule schedule;
    struct bm_node node;
    size_t *finished; /* runs that finished since the last sync; at most one a slot */
    size_t n_finished;
    double unsynced_since;   /* 0: everything is on disk */
    bool snapshot_is_behind; /* of what is on disk */
    double next_snapshot;
    bool closing; /* STOP is sent */
    int byes, signal;
    char lost[200]; /* why a slot was lost, the first time */
    struct bm_err *err;
};

/* ---- to the other ranks ---- */

static void send(int rank, enum bm_message kind, const struct bm_bytes *frame)
{
    struct bm_bytes message = {0};
    bm_bytes_add_u8(&message, (uint8_t)kind);
    if (frame != NULL)
        bm_bytes_add(&message, frame->data, frame->size);
    bm_wire_send(rank, message.data, message.size);
    bm_bytes_fini(&message);
}

void bm_master_release(int ranks)
{
    for (int rank = 1; rank < ranks; rank++)
        send(rank, BM_MESSAGE_BYE, NULL);
}

/* From here on nothing new starts, and what runs is ended. */
static void begin_closing(struct master *master)
{
    if (master->closing)
        return;
    master->closing = true;
    bm_schedule_stop(&master->schedule);
    for (int rank = 1; rank < master->job->ranks; rank++)
        send(rank, BM_MESSAGE_STOP, NULL);
    bm_node_kill(&master->node);
}

static bool has_failed(const struct master *master)
{
    return master->err->code != BM_EXIT_DONE;
}

/* ---- frames ---- */

static void append(struct master *master, const void *frame, size_t size)
{
    if (has_failed(master) || bm_store_append(master->job->store, frame, size, master->err) != 0)
        return;
    if (master->unsynced_since == 0)
        master->unsynced_since = bm_seconds();
}

/* A frame from the slot's trainer (bm_node's callback, and for frames of other ranks). */
static void take_frame(void *context, size_t slot, const void *frame, size_t size)
{
    struct master *master = context;
    enum bm_frame_kind kind = *(const unsigned char *)frame;
    if (kind == BM_FRAME_PROGRESS) {
        bm_report_progress(master->job->report, slot, frame, size);
        return;
    }
    append(master, frame, size);
    if (kind == BM_FRAME_RESULT) {
        master->finished[master->n_finished++] = bm_schedule_finish(&master->schedule, slot);
        bm_bar_end(&master->job->report->bar, slot);
    }
}

static const struct bm_point *point_of(const struct master *master, size_t run)
{
    return &master->job->points->points[master->job->todo[run]];
}

static void report_finished(struct master *master)
{
    const struct bm_master_job *job = master->job;
    for (size_t i = 0; i < master->n_finished; i++) {
        size_t point = job->todo[master->finished[i]];
        const struct bm_run *run =
            bm_results_find(bm_store_results(job->store), &job->points->points[point].id);
        bool done = run->result.status == BM_STATUS_DONE;
        bm_points_set_state(job->points, point, done ? BM_POINT_DONE : BM_POINT_FAILED);
        bm_report_run(job->report, point, run, &master->schedule);
    }
    master->n_finished = 0;
}

/* Makes durable what came; only then are runs reported as finished. */
static void sync_now(struct master *master)
{
    if (has_failed(master) || bm_store_sync(master->job->store, master->err) != 0)
        return;
    master->unsynced_since = 0;
    master->snapshot_is_behind = true;
    report_finished(master);
}

static void snapshot_now(struct master *master)
{
    double start = bm_seconds();
    if (has_failed(master) || bm_store_snapshot(master->job->store, master->err) != 0)
        return;
    double end = bm_seconds(), pause = snapshot_share * (end - start);
    master->next_snapshot = end + (pause > snapshot_pause ? pause : snapshot_pause);
    master->snapshot_is_behind = false;
}

/* Group commit: once a turn of the loop, for all that finished in it. */
static void commit(struct master *master)
{
    double now = bm_seconds();
    if (master->n_finished > 0 ||
        (master->unsynced_since > 0 && now - master->unsynced_since > evaluation_delay))
        sync_now(master);
    if (master->snapshot_is_behind && now >= master->next_snapshot && !master->closing)
        snapshot_now(master);
}

/* ---- slots ---- */

static void lose_slot(struct master *master, size_t slot, const char *sentence, size_t size)
{
    int rank = slot < master->node.n_slots ? 0 : (int)(slot - master->node.n_slots) + 1;
    if (master->lost[0] == '\0')
        snprintf(master->lost, sizeof master->lost, "%.*s", (int)size, sentence);
    bm_report_say("warning: rank %d: %.*s; it goes on with one trainer less", rank, (int)size,
                  sentence);
    bm_schedule_lose(&master->schedule, slot);
    bm_bar_end(&master->job->report->bar, slot);
}

static void start_run(struct master *master, size_t slot, size_t run)
{
    const struct bm_sweep *sweep = master->job->sweep;
    const struct bm_point *point = point_of(master, run);
    struct bm_job job = {.id = point->id, .launch = sweep->launch};
    struct bm_bytes frame = {0};
    struct bm_err err = {0};
    bm_points_config(master->job->points, sweep, master->job->todo[run], &job.config);
    snprintf(job.results, sizeof job.results, "%s", sweep->results);
    bm_frame_add_begin(&frame, &job.id, &job.config);
    append(master, frame.data, frame.size);
    bm_report_begin(master->job->report, slot, point, &job.config);
    if (slot < master->node.n_slots) {
        if (bm_node_start(&master->node, slot, &job, &err) != 0)
            lose_slot(master, slot, err.text, strlen(err.text));
    } else {
        frame.size = 0;
        bm_frame_add_job(&frame, &job);
        send((int)(slot - master->node.n_slots) + 1, BM_MESSAGE_JOB, &frame);
    }
    bm_bytes_fini(&frame);
}

static void assign(struct master *master)
{
    size_t slot, run;
    while (!has_failed(master) && bm_schedule_assign(&master->schedule, &slot, &run))
        start_run(master, slot, run);
}

/* ---- events ---- */

static void take_message(struct master *master, int from, const struct bm_bytes *message)
{
    size_t slot = master->node.n_slots + (size_t)from - 1;
    const unsigned char *body = message->data + 1;
    size_t size = message->size - 1;
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_FRAME:
        take_frame(master, slot, body, size);
        break;
    case BM_MESSAGE_LOST:
        lose_slot(master, slot, (const char *)body, size);
        break;
    case BM_MESSAGE_SIGNAL:
        if (master->signal == 0)
            master->signal = body[0];
        break;
    case BM_MESSAGE_BYE:
        master->byes++;
        break;
    default: /* the others come from here */
        break;
    }
}

static bool is_progress(const struct bm_bytes *message)
{
    return message->data[0] == BM_MESSAGE_FRAME && message->data[1] == BM_FRAME_PROGRESS;
}

/* Waits up to `nap` milliseconds for events and takes them. True when there were any. */
static bool take_events(struct master *master, int nap)
{
    bool any = bm_node_pump(&master->node, master->closing ? -1 : bm_signals_fd(), nap);
    if (master->job->ranks == 1)
        return any;
    struct bm_bytes message = {0};
    for (int from; bm_wire_poll(&from, &message);) {
        any = any || !is_progress(&message); /* which is no reason to look again soon */
        take_message(master, from, &message);
    }
    bm_bytes_fini(&message);
    return any;
}

static void loop(struct master *master)
{
    int longest = master->job->ranks > 1 ? BM_LONGEST_NAP : LONGEST_NAP_ALONE;
    for (int nap = 1;;) {
        if (master->signal == 0)
            master->signal = bm_signals_caught();
        if (master->signal != 0 && !master->closing) {
            bm_report_freeze(master->job->report);
            sync_now(master); /* first: a launcher's SIGKILL may follow soon */
        }
        if (master->signal != 0 || has_failed(master))
            begin_closing(master);
        assign(master);
        if (bm_schedule_over(&master->schedule))
            begin_closing(master);
        if (master->closing && master->byes == master->job->ranks - 1)
            return;
        bool any = take_events(master, nap);
        commit(master);
        bm_report_draw(master->job->report, &master->schedule);
        nap = any ? 1 : 2 * nap > longest ? longest : 2 * nap;
    }
}

/* ---- life ---- */

static void master_init(struct master *master, const struct bm_master_job *job, struct bm_err *err)
{
    *master = (struct master){.job = job, .err = err};
    size_t n_slots = job->trainers + (size_t)job->ranks - 1;
    double *costs = calloc(job->n_todo + 1, sizeof *costs);
    master->finished = calloc(n_slots, sizeof *master->finished);
    if (costs == NULL || master->finished == NULL)
        abort();
    for (size_t run = 0; run < job->n_todo; run++)
        costs[run] = point_of(master, run)->cost;
    bm_schedule_init(&master->schedule, costs, job->n_todo, n_slots);
    free(costs);
    bm_node_init(&master->node, job->trainers);
    master->node.frame = take_frame;
    master->node.context = master;
}

int bm_master_run(const struct bm_master_job *job, struct bm_err *err)
{
    struct master master;
    master_init(&master, job, err);
    loop(&master);
    sync_now(&master);
    snapshot_now(&master);
    const struct bm_schedule *schedule = &master.schedule;
    bool is_complete = schedule->n_finished == schedule->n_runs;
    if (!is_complete && master.signal == 0)
        bm_fail(err, BM_EXIT_IO, "no trainer is left: %s", master.lost);
    bm_schedule_fini(&master.schedule);
    bm_node_fini(&master.node);
    free(master.finished);
    if (has_failed(&master))
        return -1;
    return is_complete ? 0 : master.signal;
}
