/* Which job works on what: RESULTS.h5.d/claims/WHAT, a file that is made exclusively and says the
 * job's name. WHAT is a run's id, or `keeper` (store.h). Claims are hints: a run that two jobs
 * train by mistake costs time, and both find the same. A claim is stale once its job is dead
 * (job_status.h), and then whoever comes takes it over. */
#ifndef BM_CLAIM_H
#define BM_CLAIM_H

#include "bm/job_status.h"

#define BM_CLAIM_KEEPER "keeper"

struct bm_claims {
    char folder[BM_PATH_SIZE];
    char name[BM_JOB_NAME];      /* of this job */
    struct bm_job_sights sights; /* of the others */
};

/* Claims of the job `name`; jobs are dead after `timeout_s` without a sign of life. */
int bm_claims_init(struct bm_claims *claims, const char *results, const char *name,
                   double timeout_s, struct bm_err *err);
/* Gives all of this job's back. */
void bm_claims_fini(struct bm_claims *claims);

/* True: it is this job's now (or was before), or it cannot be claimed at all, as where a disk
 * fails. False: it is another's. */
bool bm_claim_take(struct bm_claims *claims, const char *what);
/* Gives it back, if it is still this job's. */
void bm_claim_release(struct bm_claims *claims, const char *what);
/* Claims of other machines are seen for certain only after this. */
void bm_claims_refresh(const struct bm_claims *claims);
/* Whose it is, to be asked again and again. */
enum bm_claim_state {
    BM_CLAIM_FREE,
    BM_CLAIM_OURS,
    BM_CLAIM_ALIVE,  /* its job was seen to live */
    BM_CLAIM_UNSURE, /* its job was not seen to live yet, nor to be dead */
    BM_CLAIM_DEAD,   /* its job has ended, or died, for certain */
    BM_CLAIM_STALE   /* nothing came from its job for too long */
};
enum bm_claim_state bm_claim_look(struct bm_claims *claims, const char *what);
/* Takes a stale claim away: true when it is free now, for whoever takes it first. */
bool bm_claim_clear(struct bm_claims *claims, const char *what);

/* Takes away what jobs have left that died, or are silent: for whoever keeps the results, at its
 * end. */
void bm_claims_clear_dead(struct bm_claims *claims);

/* For a trainer of the job `name`: false where the claim is another job's for certain. */
bool bm_claim_holds(const char *results, const char *what, const char *name);

#endif
