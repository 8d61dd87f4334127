/* Time that only goes forward, for durations. */
#ifndef BM_CLOCK_H
#define BM_CLOCK_H

/* Seconds since some moment. */
double bm_seconds(void);

#endif
