/* What each job that works on a sweep says of itself, now and then: a text, RESULTS.h5.d/jobs/NAME,
 * where NAME is random. For those who watch, and its beat is a sign of life. The job holds a
 * lock of the file, so that the same system knows at once that it has died; nobody else needs any.
 * Errors are sentences with BM_EXIT_IO. */
#ifndef BM_JOB_STATUS_H
#define BM_JOB_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/bytes.h"
#include "bm/digest.h"
#include "bm/err.h"
#include "bm/file.h"
#include "bm/result.h"

enum { BM_JOB_NAME = 17 /* 16 hexadecimal digits and NUL */, BM_JOB_FAILURES = 5 };

/* A run that runs. */
struct bm_job_run {
    int rank;
    char id[BM_ID_TEXT];
    char settings[200];          /* those that vary */
    struct bm_progress progress; /* epoch 0: not known yet */
    double remaining;            /* seconds; NaN: unknown */
};

struct bm_job_failure {
    char id[BM_ID_TEXT];
    char cause[200];
};

struct bm_job_status {
    char name[BM_JOB_NAME];
    char sweep[64], host[64], batch[64]; /* batch: its name in the batch system; "": none */
    int64_t pid;
    char boot[40];             /* of the system that it runs on, where it holds the lock; else "" */
    uint64_t beat;             /* grows each time it is written */
    double every;              /* seconds until the next time */
    double elapsed, remaining; /* seconds; NaN: unknown */
    size_t runs, done, failed; /* of the sweep, as far as the job knows */
    size_t own_done, own_failed, trainers;
    size_t n_running, n_failures;
    struct bm_job_run *running;                      /* owned */
    struct bm_job_failure failures[BM_JOB_FAILURES]; /* the last ones first */
};

/* A new random name. */
void bm_job_name(char name[BM_JOB_NAME]);
/* Whether a job may have that name. */
bool bm_job_is_name(const char *name);
void bm_job_status_fini(struct bm_job_status *status);

/* ---- writing ---- */

struct bm_job_file {
    char path[BM_PATH_SIZE];
    int lock;    /* BM_NO_LOCK: none */
    size_t size; /* of what was written; it never shrinks */
};

/* Makes the file of a job; what `status` lacks of name, host, pid, batch and boot is filled in. */
int bm_job_file_open(const char *results, struct bm_job_status *status, struct bm_job_file *file,
                     struct bm_err *err);
/* Writes it; the beat grows. Nothing waits for the disk. It is made anew where others took it away,
 * who took the job for dead. */
int bm_job_file_write(struct bm_job_file *file, struct bm_job_status *status, struct bm_err *err);
/* Takes the file away: the job has ended. */
void bm_job_file_close(struct bm_job_file *file);

/* ---- reading ---- */

/* What jobs say, in the order of their names; what cannot be read, or is being written, is left
 * out. Owned. */
struct bm_jobs {
    size_t n;
    struct bm_job_status *jobs;
};
int bm_jobs_read(const char *results, struct bm_jobs *jobs, struct bm_err *err);
void bm_jobs_fini(struct bm_jobs *jobs);
/* Removes the files of jobs that have died for certain, as this system knows. */
void bm_jobs_clear(const char *results);

/* Whether other jobs live: what this one has seen of them, by its own clock. Hosts, process ids and
 * times that they tell decide nothing. */
struct bm_job_sights {
    char folder[BM_PATH_SIZE], boot[40];
    double timeout_s;
    size_t n;
    struct bm_job_sight *sights; /* owned */
};
enum bm_job_life {
    BM_JOB_ENDED,  /* in good order: its file is gone */
    BM_JOB_DEAD,   /* it has died, as this system knows */
    BM_JOB_SILENT, /* nothing came for `timeout_s` */
    BM_JOB_UNSURE, /* it was not seen to do anything yet */
    BM_JOB_ALIVE,
};
int bm_job_sights_init(struct bm_job_sights *sights, const char *results, double timeout_s,
                       struct bm_err *err);
void bm_job_sights_fini(struct bm_job_sights *sights);
/* Looks at the job's file. */
enum bm_job_life bm_job_life(struct bm_job_sights *sights, const char *name);
/* Looks at the files of all jobs but `own`, and says whether one lives for certain whose name
 * is before `own`. Who is not watched is not known to live, or to be silent. */
bool bm_job_sights_look(struct bm_job_sights *sights, const char *own);
/* Removes the files of those that are silent, for whoever has taken in all that they left. One that
 * comes back makes its file anew. */
void bm_job_sights_clear(struct bm_job_sights *sights, const char *own);
/* The same of anything that has a name and should change. */
enum bm_job_life bm_job_sight(struct bm_job_sights *sights, const char *name, const void *data,
                              size_t size);
/* Jobs that are not known to have ended or died, by what was seen of them, or, where that is NULL,
 * as far as this system can tell at once. Owned (bm_jobs_fini). */
int bm_jobs_living(const char *results, struct bm_job_sights *sights, struct bm_jobs *jobs,
                   struct bm_err *err);

/* The same as text. */
void bm_job_status_print(const struct bm_job_status *status, struct bm_bytes *text);
/* False, with nothing to free: it is not whole. */
bool bm_job_status_parse(const char *text, struct bm_job_status *status);

#endif
