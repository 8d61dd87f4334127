/* A session: what one start of bm-sweep has to do. A sweep, its points with what is known of them,
 * and those that are to run now. Everything else in run/ gets this one object. */
#ifndef BM_RUN_SESSION_H
#define BM_RUN_SESSION_H

#include <stdio.h>

#include "display.h"
#include "link.h"
#include "points.h"

/* What the user asks for. All texts are borrowed. */
struct bm_request {
    const char *file;        /* the sweep file */
    const char *const *sets; /* overrides "key=value" */
    size_t n_sets;
    const char *only; /* one point, by index or beginning of its id; NULL: all */
    size_t jobs;      /* trainers of a process without others; 0: as many as fit its cores */
    enum bm_again {
        BM_AGAIN_NONE,
        BM_AGAIN_FAILED,  /* all that failed but those that took too long */
        BM_AGAIN_TIMEOUT, /* these alone */
        BM_AGAIN_ALL
    } retry;         /* which failed runs, too */
    bool fail_fast;  /* the first run that fails ends it */
    bool reprobe;    /* trains nothing: takes further probes of finished runs (reprobe.h) */
    bool all;        /* a plan lists all points */
    double deadline; /* monotonic seconds by which all has to be over; 0: Slurm may say */
    enum bm_display display;
};

#define BM_ALL_POINTS ((size_t)-1)

struct bm_session {
    const struct bm_request *request; /* borrowed */
    struct bm_sweep sweep;            /* `launch` is resolved */
    struct bm_points points;          /* states are kept up to date while it runs */
    size_t only;          /* position of the point that was asked for, or BM_ALL_POINTS */
    size_t *todo, n_todo; /* positions of the points that are to run; owned */
    size_t n_again;       /* of them, those that failed before */
    /* With `reprobe`, beside those to do: runs that cannot be probed further (for the session,
     * their points have failed), those that lack no probe, and those that are not done. */
    size_t n_refused, n_whole, n_not_done;
    struct bm_supply *supplies; /* in the order of bm_datasets; owned. NULL: not looked at yet */
    size_t n_before;            /* runs asked for that were finished at the start */
    size_t n_elsewhere;         /* of those to do, that other jobs have at the end */
    size_t n_by_others;         /* runs that other jobs finished meanwhile */
    bool is_in_vain;            /* its time is over, and nothing came of it */
    int ranks;
    bool has_bf16;   /* a rank has instructions for it; as far as is known, this process */
    size_t trainers; /* of this process; every other rank has one */
};

/* Reads the sweep file, makes its points and finds the one that `only` means (BM_EXIT_USAGE: none).
 * Nothing is to do before bm_session_select. The session must stay where it is. */
int bm_session_init(struct bm_session *session, const struct bm_request *request, int ranks,
                    struct bm_err *err);
void bm_session_fini(struct bm_session *session);

/* Chooses what is to run, from what is stored. Again when that has changed. */
void bm_session_select(struct bm_session *session, const struct bm_results *results);

/* Whether todo[i] is to be trained with instructions that not every CPU has. */
bool bm_session_needs_bf16(const struct bm_session *session, size_t i);
/* Those of them that no rank can train, for want of instructions. */
size_t bm_session_count_unable(const struct bm_session *session);

/* Trainers of all ranks together, and those on this machine. */
size_t bm_session_all_trainers(const struct bm_session *session);
size_t bm_session_trainers_here(const struct bm_session *session);

/* Seconds without a sign of life after which another job, or a rank, is given up. */
double bm_session_patience(const struct bm_session *session);
/* Whether it is about a part of the sweep's points (--only, --retry, --reprobe). */
bool bm_session_is_partial(const struct bm_session *session);
/* What comes of it when it ran to its end: whether a run failed that was asked for. */
enum bm_exit bm_session_outcome(const struct bm_session *session);

/* Opens the results, runs what is missing and says so on standard error. Rank 0; the others serve
 * it with bm_worker_run meanwhile, and are let go afterwards. -> run.c */
enum bm_exit bm_session_run(const struct bm_request *request, const struct bm_link *link,
                            struct bm_err *err);
/* Prints to `out` what would run: counts, cost, memory, disk, time, and the first points or all.
 * Fails, behind that, where the data are not such that it could. Changes nothing. -> plan.c */
int bm_session_plan(const struct bm_request *request, FILE *out, struct bm_err *err);

#endif
