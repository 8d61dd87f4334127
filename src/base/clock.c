#include "bm/clock.h"

#include <time.h>

double bm_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bm_stint_look(struct bm_stint *stint)
{
    const double most = 1;
    double now = bm_seconds(), passed = stint->looked > 0 ? now - stint->looked : 0;
    stint->looked = now;
    stint->seconds += passed < most ? passed : most;
    return stint->seconds;
}

void bm_stint_skip(struct bm_stint *stint)
{
    stint->looked = bm_seconds();
}

char *bm_utc(char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}
