#include "master_frames.h"

#include <stdio.h>

#include "bm/checkpoint.h"
#include "master_faults.h"
#include "master_share.h"
#include "reprobe.h"
#include "say.h"

static void note_outcome(struct bm_outcome *outcome, const struct bm_result *result)
{
    outcome->wall_s = result->wall_s;
    snprintf(outcome->cause, sizeof outcome->cause, "%s", result->cause);
}

static void take_result(struct bm_master *master, size_t slot, const void *data, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    bool is_whole = bm_frame_decode(data, size, &schemas, &frame, NULL) == 0;
    if (is_whole && master->outcomes != NULL)
        note_outcome(&master->outcomes[master->schedule.slots[slot].run], &frame.result);
    if (is_whole && master->outcomes == NULL && bm_faults_try_alone(master, slot, &frame))
        return;
    if (is_whole && bm_faults_is_doubtful(master, slot, &frame.result)) {
        bm_faults_take_death(master, slot, &frame, data, size);
        return;
    }
    struct bm_bytes quarantined = {0};
    if (is_whole && master->outcomes == NULL &&
        bm_faults_try_again(master, slot, &frame, &quarantined))
        return;
    size_t run = bm_schedule_finish(&master->schedule, slot);
    if (quarantined.size > 0)
        bm_ledger_append(&master->ledger, quarantined.data, quarantined.size);
    else
        bm_ledger_append(&master->ledger, data, size);
    bm_bytes_fini(&quarantined);
    bm_ledger_forget(&master->ledger, run);
    bm_console_finish(master->console, slot);
    master->finished[master->n_finished++] = run;
}

static void say_warning(const void *data, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    char id[BM_ID_TEXT];
    bm_schemas_init(&schemas);
    if (bm_frame_decode(data, size, &schemas, &frame, NULL) == 0)
        bm_say("warning: run %.8s: %.*s", bm_id_text(&frame.id, id), (int)frame.text_size,
               frame.text);
}

void bm_master_take_frame(void *context, size_t slot, const void *frame, size_t size)
{
    struct bm_master *master = context;
    enum bm_frame_kind kind = *(const unsigned char *)frame;
    if (kind == BM_FRAME_WARNING) {
        say_warning(frame, size);
    } else if (kind == BM_FRAME_PROGRESS) {
        bm_console_progress(master->console, slot, frame, size);
    } else if (kind == BM_FRAME_RESULT) {
        take_result(master, slot, frame, size);
    } else {
        if (kind == BM_FRAME_EVALUATION || kind == BM_FRAME_PROBES)
            bm_schedule_tell(&master->schedule, slot);
        bm_ledger_append(&master->ledger, frame, size);
    }
}

/* A run that ended by itself needs its checkpoints no more; one that was ended goes on from them,
 * should it be tried again. That they stay where they cannot be removed does no harm. */
static void forget_state(const struct bm_master *master, const struct bm_run *run)
{
    enum bm_status status = run->result.status;
    if (status != BM_STATUS_CRASHED && status != BM_STATUS_TIMEOUT)
        bm_checkpoint_remove(master->session->sweep.results, &run->id, NULL);
}

static void report_run(struct bm_master *master, size_t point, const struct bm_run *run)
{
    forget_state(master, run);
    bool done = run->result.status == BM_STATUS_DONE;
    bm_points_set_state(&master->session->points, point, done ? BM_POINT_DONE : BM_POINT_FAILED);
    char how[200];
    snprintf(how, sizeof how, "%s: %.150s", bm_status_words[run->result.status], run->result.cause);
    bm_status_ended(&master->status, &run->id, done, how);
    bm_console_run(master->console, point, run, &master->schedule);
    if (!done && master->session->request->fail_fast)
        master->failed_fast = true;
}

/* The run is done in any case: whether its probes are there now. */
static void report_reprobed(struct bm_master *master, size_t point, const struct bm_run *run,
                            const struct bm_outcome *outcome)
{
    struct bm_points *points = &master->session->points;
    const struct bm_results *results = bm_store_results(master->ledger.store);
    bool done = bm_reprobe_need(points, results, point, NULL, NULL) == BM_REPROBE_NOTHING;
    bm_points_set_state(points, point, done ? BM_POINT_DONE : BM_POINT_FAILED);
    bm_status_ended(&master->status, &run->id, done, outcome->cause);
    bm_console_reprobed(master->console, point, run, outcome, &master->schedule);
}

void bm_master_report_finished(struct bm_master *master)
{
    const struct bm_results *results = bm_store_results(master->ledger.store);
    for (size_t i = 0; i < master->n_finished; i++) {
        size_t finished = master->finished[i], point = master->session->todo[finished];
        const struct bm_run *run =
            bm_results_find(results, &master->session->points.points[point].id);
        if (master->outcomes != NULL)
            report_reprobed(master, point, run, &master->outcomes[finished]);
        else
            report_run(master, point, run);
        bm_master_share_release(master, finished);
    }
    master->n_finished = 0;
}

void bm_master_sync(struct bm_master *master)
{
    if (bm_ledger_sync(&master->ledger) == 0)
        bm_master_report_finished(master);
}

void bm_master_commit(struct bm_master *master)
{
    if (master->n_finished > 0 || bm_ledger_wants_sync(&master->ledger))
        bm_master_sync(master);
    if (!master->closing && bm_ledger_wants_snapshot(&master->ledger))
        bm_ledger_snapshot(&master->ledger);
}
