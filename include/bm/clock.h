/* Time that only goes forward, for durations; and the time of day. */
#ifndef BM_CLOCK_H
#define BM_CLOCK_H

#include <stddef.h>

/* Seconds since some moment. */
double bm_seconds(void);
/* Now, "2026-01-31T23:59:59Z", written to `text`, which is returned. */
char *bm_utc(char *text, size_t size);

#endif
