/* Time that only goes forward, for durations; and the time of day. */
#ifndef BM_CLOCK_H
#define BM_CLOCK_H

#include <stddef.h>

/* Seconds since some moment. */
double bm_seconds(void);
/* Time in which a process that looks at the clock again and again could run: what a limit on time
 * is about. It was suspended (stopped, frozen, its virtual machine paused) where it has not looked
 * for long. Starts as zero. */
struct bm_stint {
    double looked; /* 0: not yet */
    double seconds;
};
/* Looks: what has passed since the last time counts, but no more than a second of it. Returns the
 * seconds so far. */
double bm_stint_look(struct bm_stint *stint);
/* The same, but nothing counts. */
void bm_stint_skip(struct bm_stint *stint);
/* Now, "2026-01-31T23:59:59Z", written to `text`, which is returned. */
char *bm_utc(char *text, size_t size);

#endif
