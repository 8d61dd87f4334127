/* Which of the other ranks have been silent for too long. Time in which rank 0 itself was suspended
 * does not count, as it may have been suspended together with them. */
#ifndef BM_RUN_SILENCE_H
#define BM_RUN_SILENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/clock.h"

struct bm_silence {
    double limit; /* seconds; 0: none */
    struct bm_stint stint;
    struct bm_rank {
        double heard; /* seconds of `stint` */
        bool bye;     /* it has ended */
        bool gone;    /* it was given up: nothing that comes from it counts any more */
    } * ranks;        /* owned */
    int n_ranks;
};

void bm_silence_init(struct bm_silence *silence, int ranks, double limit);
void bm_silence_fini(struct bm_silence *silence);

/* Time passes. What has come is to be taken before anybody is judged. */
void bm_silence_look(struct bm_silence *silence);
/* Something came from the rank, or from now on something has to. */
void bm_silence_hear(struct bm_silence *silence, int rank);
void bm_silence_hear_all(struct bm_silence *silence);
bool bm_silence_is_long(const struct bm_silence *silence, int rank);
/* Neither has it ended nor was it given up. */
bool bm_silence_is_here(const struct bm_silence *silence, int rank);
/* All others have ended or were given up. */
bool bm_silence_is_alone(const struct bm_silence *silence);

#endif
