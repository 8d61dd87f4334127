/* How much longer a session takes: keeps count of what is to run, what runs and how fast it went.
 * Pure, but for bm_outlook_init, which looks which machine this is. */
#ifndef BM_RUN_OUTLOOK_H
#define BM_RUN_OUTLOOK_H

#include "estimate.h"
#include "schedule.h"
#include "session.h"

struct bm_outlook {
    const struct bm_session *session; /* borrowed */
    struct bm_pace pace;              /* of finished runs: earlier ones here, and this session's */
    double guess;                     /* FLOP/s of a trainer here, before anything was seen */
    double pending[BM_MOST_KINDS];    /* cost of what is to run and does not run yet, by kind */
    double first_word[BM_MOST_KINDS]; /* longest time that a run of the kind took to say how far it
                                         is; 0: none has */
    size_t n_slots;
    struct bm_outlook_slot {
        const struct bm_point *point; /* NULL: idle */
        double began;                 /* seconds, of any clock */
        double from;                  /* the share that was done before */
        double share;                 /* of the run that is done, 0 … 1; 0: not known */
    } * slots;                        /* owned */
};

/* `results`: what is stored now, of which the session was selected. */
void bm_outlook_init(struct bm_outlook *outlook, const struct bm_session *session,
                     const struct bm_results *results);
void bm_outlook_fini(struct bm_outlook *outlook);

/* A run begins in a slot; it says how far it is; it has ended; it is to do again. */
void bm_outlook_begin(struct bm_outlook *outlook, size_t slot, const struct bm_point *point,
                      double now);
void bm_outlook_progress(struct bm_outlook *outlook, size_t slot,
                         const struct bm_progress *progress, double now);
void bm_outlook_finish(struct bm_outlook *outlook, size_t slot);
void bm_outlook_give_back(struct bm_outlook *outlook, size_t slot);
/* A run that does not run is not to do any more. */
void bm_outlook_drop(struct bm_outlook *outlook, const struct bm_point *point);
/* A run was trained to its end in so many seconds. */
void bm_outlook_seen(struct bm_outlook *outlook, const struct bm_point *point, double seconds);

/* Seconds until a run that is begun now is done, and until it has begun to train: then it can be
 * stopped and leaves a checkpoint. NaN: nothing is known of runs of its kind. */
double bm_outlook_to_end(const struct bm_outlook *outlook, const struct bm_point *point);
double bm_outlook_to_training(const struct bm_outlook *outlook, const struct bm_point *point);

/* The part of the work that is done, of all that the session is about, 0 … 1. */
double bm_outlook_share(const struct bm_outlook *outlook);
/* Seconds until all is finished; NaN: nobody is there to do it. Before a run has said how far it is
 * this is a guess, by the instruction set: see bm_outlook_guesses. */
double bm_outlook_remaining(const struct bm_outlook *outlook, const struct bm_schedule *schedule,
                            double now);
bool bm_outlook_guesses(const struct bm_outlook *outlook);
/* Seconds until the slot's run is done, by its own speed so far, or else by that of others; NaN:
 * nothing is known, or nothing runs there. */
double bm_outlook_rest(const struct bm_outlook *outlook, size_t slot, double now);

#endif
