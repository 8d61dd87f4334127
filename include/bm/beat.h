/* What a trainer and its parent know of each other by memory that they share: its progress, a
 * counter that is advanced by pieces of work (batches, blocks of a probe), never by a clock, so
 * that it stands still when nothing is done; and for how long it could work. */
#ifndef BM_BEAT_H
#define BM_BEAT_H

#include <stdint.h>

/* ---- who works ---- */

/* A piece of work is done. From any thread. */
void bm_beat(void);
/* From here on the counter is the one behind the descriptor, which is closed. 0, or an errno. */
int bm_beat_share(int fd);
/* Seconds for which this process could work up to now, as its parent counts them: not those in
 * which it was suspended. 0: nobody watches. */
double bm_beat_worked(void);

/* ---- who watches ---- */

struct bm_pulse {
    int fd; /* for the child */
    struct bm_pulse_page *page;
};
/* 0, or an errno. bm_pulse_fini is needed, and allowed, in any case; also for a zeroed one. */
int bm_pulse_init(struct bm_pulse *pulse);
void bm_pulse_fini(struct bm_pulse *pulse);
uint64_t bm_pulse_read(const struct bm_pulse *pulse);
void bm_pulse_tell(const struct bm_pulse *pulse, double worked_s);

#endif
