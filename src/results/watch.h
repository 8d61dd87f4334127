/* What bm-results watch shows, and how it is laid out: pure, but for where the parts come from. */
#ifndef BM_RESULTS_WATCH_H
#define BM_RESULTS_WATCH_H

#include "bm/job_status.h"

/* A job, and when it was last seen to do something, by the clock of whoever watches. */
struct bm_sighting {
    char name[BM_JOB_NAME];
    uint64_t beat;
    double since;  /* seconds, when it had this beat first */
    bool has_beat; /* it was seen to grow */
};

struct bm_watch {
    const char *path; /* as it was given; borrowed */
    struct bm_jobs jobs;
    size_t n_sightings;
    struct bm_sighting *sightings; /* of the jobs, in their order; owned */
    double now;                    /* seconds, of the clock of sightings */
    /* Of the results, as they were when no job was there. */
    size_t runs, done, failed;
    size_t n_failures;
    struct bm_job_failure failures[BM_JOB_FAILURES]; /* the last ones first */
};

/* Takes what jobs say now; `jobs` are the watch's from here on. */
void bm_watch_take(struct bm_watch *watch, const struct bm_jobs *jobs, double now);
void bm_watch_fini(struct bm_watch *watch);
/* Whether nothing has come from job i for much longer than it should take. */
bool bm_watch_is_silent(const struct bm_watch *watch, size_t i);
/* Whether some job was not seen to do anything yet, nor to be silent. */
bool bm_watch_is_unsure(const struct bm_watch *watch);

/* Appends at most `height` lines (at least 3), none with more than `width` columns, each ended by a
 * newline. Runs that have no room are counted in one of them. */
void bm_watch_layout(const struct bm_watch *watch, int width, int height, struct bm_bytes *out);

#endif
