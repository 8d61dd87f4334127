/* How long slots have been idle at the end: what longest first cannot avoid. Pure: it is told when
 * runs begin and end. */
#ifndef BM_RUN_TAIL_H
#define BM_RUN_TAIL_H

#include <stddef.h>

struct bm_tail {
    size_t n_slots;
    double *since; /* by slot: since when it is idle, in seconds; infinite: it is not; NaN: lost */
};

/* All slots are idle. */
void bm_tail_init(struct bm_tail *tail, size_t n_slots, double now);
void bm_tail_fini(struct bm_tail *tail);
void bm_tail_begin(struct bm_tail *tail, size_t slot);
void bm_tail_end(struct bm_tail *tail, size_t slot, double now);
/* Nothing runs there any more: that is no idleness. */
void bm_tail_lose(struct bm_tail *tail, size_t slot);
/* Seconds from each slot's last run up to now, of all slots together. */
double bm_tail_sum(const struct bm_tail *tail, double now);

#endif
