/* The part of rank 0's loop that deals with what goes wrong with machines: trainers and ranks that
 * are lost, die at once, are silent or make no sense. Whose fault it was is doubt.c's decision,
 * what is said of it losses.c's. For the loop alone. */
#ifndef BM_RUN_MASTER_FAULTS_H
#define BM_RUN_MASTER_FAULTS_H

#include "master.h"

/* The rank that has the slot. */
static inline int bm_master_rank_of(const struct bm_master *master, size_t slot)
{
    size_t own = master->crew.n_slots;
    return slot < own ? 0 : (int)(slot - own) + 1;
}

static inline size_t bm_master_slot_of(const struct bm_master *master, int rank)
{
    return master->crew.n_slots + (size_t)rank - 1;
}

/* What is known of a run of the schedule. */
static inline const struct bm_point *bm_master_point_of(const struct bm_master *master, size_t run)
{
    return &master->session->points.points[master->session->todo[run]];
}

/* The slot can run nothing any more: why, in a sentence. */
void bm_faults_take_lost(struct bm_master *master, size_t slot, const char *sentence);
/* Something of the slot's run could not be written. It stays to do, and as all write to the same
 * place, no other is begun: it would be trained in vain. What runs goes on, and may find more room
 * at its end. */
void bm_faults_take_unsaved(struct bm_master *master, size_t slot, const char *sentence);

/* The slot's run was stopped by a signal to its trainer: it is to do, as before. */
void bm_faults_take_returned(struct bm_master *master, size_t slot);

/* Whether the slot's run, which ended so, died before it told anything: another machine may have
 * what that one lacks. */
bool bm_faults_is_doubtful(const struct bm_master *master, size_t slot,
                           const struct bm_result *result);
/* Takes the RESULT frame of such a run, which is kept back until it is clear whose fault it is. */
void bm_faults_take_death(struct bm_master *master, size_t slot, const struct bm_frame *frame,
                          const void *data, size_t size);
/* The slot's run ended so. True: it crashed, and is tried again. `quarantined`: its RESULT frame,
 * where it is not because it crashed twice in the same way; else it stays empty. */
bool bm_faults_try_again(struct bm_master *master, size_t slot, const struct bm_frame *frame,
                         struct bm_bytes *quarantined);
/* The slot's run ended so. True: for want of memory, beside others, and it is tried again alone. */
bool bm_faults_try_alone(struct bm_master *master, size_t slot, const struct bm_frame *frame);
/* Whose fault it was that trainers died at once, as far as that is clear now. */
void bm_faults_judge(struct bm_master *master);

/* Gives the rank up: why, in a sentence. Whatever comes from it is not looked at any more; where it
 * can still hear, it is to stop. */
void bm_faults_abandon(struct bm_master *master, int rank, const char *sentence);
/* Gives up ranks from which nothing comes. After what waits was taken. */
void bm_faults_take_silence(struct bm_master *master);

#endif
