/* Who keeps the results: a job that comes first, one that takes over, one that is taken for dead.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bm/lock.h"
#include "store_state.h"

static bool claim_keeping(struct bm_claims *claims, enum bm_claim_state state)
{
    return bm_claim_take(claims, BM_CLAIM_KEEPER) ||
           (state >= BM_CLAIM_DEAD && bm_claim_clear(claims, BM_CLAIM_KEEPER) &&
            bm_claim_take(claims, BM_CLAIM_KEEPER));
}

bool bm_store_others_may_live(struct bm_store *store)
{
    struct bm_jobs jobs;
    bool any = false;
    if (bm_jobs_living(store->paths.snapshot, &store->shared.claims.sights, &jobs, NULL) != 0)
        return true;
    for (size_t i = 0; i < jobs.n; i++)
        any |= strcmp(jobs.jobs[i].name, store->shared.job.name) != 0;
    bm_jobs_fini(&jobs);
    return any;
}

/* Who only looks at results has the lock for a moment, too: where nobody is known to keep, it is
 * tried again. One that lives may have kept, whatever became of its claim since: the locks of some
 * network file systems hold on one machine alone, and whoever cleared the claim may have failed. */
int bm_store_try_to_keep(struct bm_store *store, struct bm_err *err)
{
    struct bm_claims *claims = &store->shared.claims;
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    enum { TRIES = 10 };
    for (int i = 0; i < TRIES; i++) {
        enum bm_claim_state state = bm_claim_look(claims, BM_CLAIM_KEEPER);
        int has_lock = bm_lock_try(store->paths.lock, &store->lock, err);
        if (has_lock > 0 && claim_keeping(claims, state)) {
            store->shared.renews = state == BM_CLAIM_STALE || bm_store_others_may_live(store);
            return 1;
        }
        bm_lock_release(store->lock);
        store->lock = BM_NO_LOCK;
        if (has_lock != 0 || state == BM_CLAIM_ALIVE || state == BM_CLAIM_UNSURE)
            return has_lock < 0 ? -1 : 0;
        nanosleep(&pause, NULL);
    }
    return 0;
}

bool bm_store_was_replaced(struct bm_store *store)
{
    if (!store->shared.is_shared || (access(store->paths.lock, F_OK) != 0 && errno == ENOENT))
        return false; /* all of it is gone */
    if (store->shared.is_guest)
        return true;
    enum bm_claim_state state = bm_claim_look(&store->shared.claims, BM_CLAIM_KEEPER);
    /* Whoever kept meanwhile may have ended. */
    return state == BM_CLAIM_FREE ? access(store->paths.journal, F_OK) == 0
                                  : state != BM_CLAIM_OURS;
}
