#include "master_faults.h"

#include <stdio.h>

#include "master_share.h"
#include "message.h"
#include "say.h"
#include "trainer.h"

/* ---- trainers and ranks that are lost ---- */

static bool is_all_lost(const struct bm_master *master)
{
    return master->schedule.n_lost == master->schedule.n_slots;
}

static void lose_slot(struct bm_master *master, size_t slot)
{
    bm_schedule_lose(&master->schedule, slot);
    bm_console_lose(master->console, slot);
}

void bm_faults_take_lost(struct bm_master *master, size_t slot, const char *sentence)
{
    lose_slot(master, slot);
    bm_losses_say(&master->losses, bm_master_rank_of(master, slot), sentence, is_all_lost(master));
}

void bm_faults_take_unsaved(struct bm_master *master, size_t slot, const char *sentence)
{
    const struct bm_point *point = bm_master_point_of(master, master->schedule.slots[slot].run);
    bm_losses_unsaved(&master->losses, &point->id, sentence);
    bm_schedule_stop(&master->schedule);
    lose_slot(master, slot);
}

void bm_faults_take_returned(struct bm_master *master, size_t slot)
{
    size_t run = master->schedule.slots[slot].run;
    bm_schedule_return(&master->schedule, slot);
    bm_master_share_release(master, run);
    bm_console_give_back(master->console, slot);
}

/* ---- trainers that die at once ---- */

bool bm_faults_is_doubtful(const struct bm_master *master, size_t slot,
                           const struct bm_result *result)
{
    return !master->schedule.slots[slot].told &&
           (result->status == BM_STATUS_CRASHED || result->status == BM_STATUS_ERROR);
}

void bm_faults_take_death(struct bm_master *master, size_t slot, const struct bm_frame *frame,
                          const void *data, size_t size)
{
    size_t run = bm_schedule_die(&master->schedule, slot, bm_trainer_is_own_fault(&frame->result));
    bm_ledger_hold(&master->ledger, run, data, size);
    bm_console_give_back(master->console, slot);
    bm_losses_died(&master->losses, bm_master_rank_of(master, slot), &frame->id,
                   frame->result.cause);
}

/* ---- trainers that crash ---- */

static void add_quarantined(const struct bm_frame *frame, struct bm_bytes *quarantined)
{
    struct bm_result result = frame->result;
    snprintf(result.cause, sizeof result.cause, "%.200s; twice in the same way",
             frame->result.cause);
    bm_frame_add_result(quarantined, &frame->id, &result);
}

/* Where nothing begins any more, it is by the next job. */
static bool is_tried_again(struct bm_master *master, size_t run, const struct bm_frame *frame,
                           struct bm_bytes *quarantined)
{
    char id[BM_ID_TEXT];
    enum bm_retry verdict = bm_retries_judge(&master->retries, run, &frame->result);
    if (verdict == BM_RETRY_QUARANTINE)
        add_quarantined(frame, quarantined);
    if (verdict != BM_RETRY_AGAIN)
        return false;
    if (!master->closing)
        bm_say("warning: run %.8s: %s; it is tried again", bm_id_text(&frame->id, id),
               frame->result.cause);
    return true;
}

bool bm_faults_try_again(struct bm_master *master, size_t slot, const struct bm_frame *frame,
                         struct bm_bytes *quarantined)
{
    size_t run = master->schedule.slots[slot].run;
    if (!is_tried_again(master, run, frame, quarantined))
        return false;
    bm_schedule_crash(&master->schedule, slot);
    bm_console_give_back(master->console, slot);
    return true;
}

bool bm_faults_try_alone(struct bm_master *master, size_t slot, const struct bm_frame *frame)
{
    char id[BM_ID_TEXT];
    if (!bm_trainer_is_out_of_memory(&frame->result) || master->retries.most == 0 ||
        bm_schedule_is_alone(&master->schedule, slot))
        return false;
    if (!master->closing)
        bm_say("warning: run %.8s: %s; it is tried again once nothing else runs on a machine",
               bm_id_text(&frame->id, id), frame->result.cause);
    bm_schedule_set_alone(&master->schedule, slot);
    bm_console_give_back(master->console, slot);
    return true;
}

/* Gives up ranks where trainers died at once again and again. */
static void retire(struct bm_master *master)
{
    for (size_t slot; bm_schedule_spoilt(&master->schedule, &slot);) {
        int rank = bm_master_rank_of(master, slot);
        size_t streak = bm_schedule_streak(&master->schedule, slot);
        do
            lose_slot(master, slot);
        while (bm_schedule_spoilt(&master->schedule, &slot) &&
               bm_master_rank_of(master, slot) == rank);
        bm_losses_say_deaths(&master->losses, rank, streak, is_all_lost(master));
    }
}

/* That it died at once was the run's own fault, or somebody killed it: its end, which was kept
 * back, is one like others. */
static bool is_reprieved(struct bm_master *master, size_t run)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    struct bm_bytes quarantined = {0};
    const struct bm_bytes *held = bm_ledger_held(&master->ledger, run);
    bm_schemas_init(&schemas);
    if (held == NULL || master->outcomes != NULL ||
        bm_frame_decode(held->data, held->size, &schemas, &frame, NULL) != 0)
        return false;
    bool again = is_tried_again(master, run, &frame, &quarantined);
    if (quarantined.size > 0)
        bm_ledger_hold(&master->ledger, run, quarantined.data, quarantined.size);
    bm_bytes_fini(&quarantined);
    return again;
}

void bm_faults_judge(struct bm_master *master)
{
    retire(master);
    for (size_t run; bm_schedule_convict(&master->schedule, &run);) {
        if (is_reprieved(master, run)) {
            bm_schedule_reprieve(&master->schedule, run);
            bm_ledger_forget(&master->ledger, run);
            continue;
        }
        bm_ledger_release(&master->ledger, run);
        bm_console_drop(master->console, bm_master_point_of(master, run));
        master->finished[master->n_finished++] = run;
    }
}

/* ---- ranks that are silent, or make no sense ---- */

void bm_faults_abandon(struct bm_master *master, int rank, const char *sentence)
{
    size_t slot = bm_master_slot_of(master, rank);
    if (!master->closing)
        bm_message_send(master->link, rank, BM_MESSAGE_STOP, NULL, 0);
    master->silence.ranks[rank].gone = true;
    master->link->abandon(master->link->context, rank);
    if (!master->schedule.slots[slot].lost)
        bm_faults_take_lost(master, slot, sentence);
}

/* Nothing comes from a rank though it has a run, or should end. */
void bm_faults_take_silence(struct bm_master *master)
{
    char sentence[100];
    snprintf(sentence, sizeof sentence, "no sign of life for %g s (heartbeat_timeout)",
             master->silence.limit);
    bm_silence_look(&master->silence);
    for (int rank = 1; rank < master->link->ranks; rank++) {
        bool is_due = master->closing ||
                      master->schedule.slots[bm_master_slot_of(master, rank)].run != BM_NO_RUN;
        if (is_due && bm_silence_is_here(&master->silence, rank) &&
            bm_silence_is_long(&master->silence, rank))
            bm_faults_abandon(master, rank, sentence);
    }
}
