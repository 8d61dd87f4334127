/* How long runs will take, from what others took. Pure. A kind is a number below BM_MOST_KINDS:
 * runs of one kind (one architecture) cost about the same time for the same arithmetic, those of
 * different ones do not. */
#ifndef BM_RUN_ESTIMATE_H
#define BM_RUN_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

enum { BM_MOST_KINDS = 64 };

/* What was seen. Zeroed: nothing. */
struct bm_pace {
    struct {
        double cost, seconds; /* of trainers */
    } kinds[BM_MOST_KINDS], all;
};

void bm_pace_add(struct bm_pace *pace, size_t kind, double cost, double seconds);
/* Whether anything of this kind was seen. */
bool bm_pace_knows(const struct bm_pace *pace, size_t kind);
/* Seconds of one trainer for `cost`: at the speed of its kind, else of all; NaN: nothing was seen.
 */
double bm_pace_seconds(const struct bm_pace *pace, size_t kind, double cost);

/* What is left to do. Zeroed: nothing. */
struct bm_load {
    double seconds; /* of one trainer for all */
    double longest; /* of them: one run cannot be shared */
};

/* Adds runs that take `seconds` together, the longest of them `longest`. NaN: unknown. */
void bm_load_add(struct bm_load *load, double seconds, double longest);
/* Seconds until all is done by so many trainers; NaN: unknown, or nobody is there to do it. */
double bm_load_time(const struct bm_load *load, size_t trainers);
/* The same where all trainers share so many cores: no less than these take for `work`, in seconds
 * of a core. Trainers beyond the cores make nothing faster. */
double bm_load_time_on(const struct bm_load *load, size_t trainers, double work, double cores);

#endif
