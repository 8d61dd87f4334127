#include "master_share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bm/clock.h"
#include "master_faults.h"
#include "say.h"

/* Seconds between two looks at what others do, and how much of the time they may take: one part in
 * so many. */
static const double pause_s = 1, share_of_time = 50;

struct bm_named_run {
    struct bm_id id;
    size_t run; /* the schedule's */
};

static int by_id(const void *a, const void *b)
{
    return bm_id_compare(a, b);
}

void bm_master_share_init(struct bm_master *master)
{
    struct bm_share *share = &master->share;
    size_t n = master->session->n_todo;
    *share = (struct bm_share){.claims = bm_store_claims(master->ledger.store)};
    if (share->claims == NULL)
        return;
    share->by_id = calloc(n + 1, sizeof *share->by_id);
    if (share->by_id == NULL)
        abort();
    for (size_t run = 0; run < n; run++)
        share->by_id[run] = (struct bm_named_run){bm_master_point_of(master, run)->id, run};
    qsort(share->by_id, n, sizeof *share->by_id, by_id);
}

void bm_master_share_fini(struct bm_master *master)
{
    master->session->n_elsewhere = master->schedule.n_elsewhere;
    free(master->share.by_id);
    master->share.by_id = NULL;
}

/* ---- what others have finished ---- */

static void hear(void *context, const struct bm_run *run)
{
    struct bm_master *master = context;
    const struct bm_named_run *found = bsearch(
        &run->id, master->share.by_id, master->session->n_todo, sizeof *master->share.by_id, by_id);
    bool done = run->result.status == BM_STATUS_DONE;
    if (found == NULL)
        return;
    enum bm_run_state state = master->schedule.states[found->run];
    if (state != BM_RUN_PENDING && state != BM_RUN_ELSEWHERE)
        return; /* it runs here as well */
    bm_schedule_settle(&master->schedule, found->run);
    bm_console_drop(master->console, bm_master_point_of(master, found->run));
    bm_points_set_state(&master->session->points, master->session->todo[found->run],
                        done ? BM_POINT_DONE : BM_POINT_FAILED);
    master->session->n_by_others++;
}

static void follow(struct bm_master *master)
{
    if (bm_store_follow(master->ledger.store, hear, master) > 0)
        bm_ledger_touch(&master->ledger);
}

/* A run that is to begin may be done already: so none does. Once nothing is left that runs here,
 * and a job that lives would have been heard of, there is nothing to wait for. */
static void look_at_unread(struct bm_master *master)
{
    const double told_after_s = 5;
    struct bm_share *share = &master->share;
    double since, now = bm_seconds();
    const struct bm_err *why = bm_store_unread(master->ledger.store, &since);
    if (why == NULL && share->told_unread)
        bm_say("what other jobs wrote can be read again");
    if (why == NULL || now - since < told_after_s) {
        share->told_unread = share->told_unread && why != NULL;
        return;
    }
    if (!share->told_unread)
        bm_say("warning: %s; until it can be read no run begins, as it may be done", why->text);
    share->told_unread = true;
    if (master->schedule.n_running == 0 && now - since > bm_session_patience(master->session) &&
        !bm_ledger_has_failed(&master->ledger))
        *master->ledger.err = *why;
}

/* ---- claims ---- */

bool bm_master_share_claim(struct bm_master *master, size_t slot, size_t run)
{
    struct bm_claims *claims = master->share.claims;
    const struct bm_id *run_id = &bm_master_point_of(master, run)->id;
    char id[BM_ID_TEXT];
    if (claims == NULL)
        return true;
    bm_id_text(run_id, id);
    bool is_ours = bm_claim_take(claims, id);
    bm_schedule_lend(&master->schedule, slot);
    if (!is_ours)
        return false;
    /* Only now: who had it before has written what came of it before it was given back. It may have
     * been heard of while the run was made here as well, and was given up here. */
    follow(master);
    const struct bm_run *known = bm_results_find(bm_store_results(master->ledger.store), run_id);
    if (bm_run_is_done(known))
        hear(master, known);
    bool may_be_done = bm_store_is_behind(master->ledger.store);
    if (!may_be_done && master->schedule.states[run] == BM_RUN_ELSEWHERE) {
        bm_schedule_take_back(&master->schedule, slot, run);
        return true;
    }
    bm_claim_release(claims, id);
    return false;
}

void bm_master_share_release(struct bm_master *master, size_t run)
{
    char id[BM_ID_TEXT];
    if (master->share.claims != NULL)
        bm_claim_release(master->share.claims,
                         bm_id_text(&bm_master_point_of(master, run)->id, id));
}

/* ---- what others have ---- */

/* A run that another job has or had: whether it is to do again. */
static void look_after(struct bm_master *master, size_t run)
{
    struct bm_claims *claims = master->share.claims;
    char id[BM_ID_TEXT];
    bm_id_text(&bm_master_point_of(master, run)->id, id);
    enum bm_claim_state state = bm_claim_look(claims, id);
    if (state == BM_CLAIM_DEAD || state == BM_CLAIM_STALE) {
        if (!bm_claim_clear(claims, id))
            return;
        bm_say("run %.8s is taken over from a job that is not there any more", id);
        state = BM_CLAIM_FREE;
    }
    if (state == BM_CLAIM_FREE || state == BM_CLAIM_OURS)
        bm_schedule_reclaim(&master->schedule, run);
}

void bm_master_share_look(struct bm_master *master)
{
    struct bm_share *share = &master->share;
    const struct bm_schedule *schedule = &master->schedule;
    double now = bm_seconds();
    if (share->claims == NULL || master->closing || now < share->next)
        return;
    follow(master);
    look_at_unread(master);
    if (schedule->n_elsewhere > 0)
        bm_claims_refresh(share->claims);
    for (size_t run = 0; schedule->n_elsewhere > 0 && run < schedule->n_runs; run++)
        if (schedule->states[run] == BM_RUN_ELSEWHERE)
            look_after(master, run);
    double end = bm_seconds(), most = bm_session_patience(master->session) / 8;
    share->next = end + fmin(fmax(pause_s, share_of_time * (end - now)), most);
}
