/* The run of a session, from the opening of its results to the summary: which part does what. */
#include <stdlib.h>
#include <time.h>

#include "bm/store.h"
#include "console.h"
#include "master.h"
#include "prepare.h"
#include "say.h"
#include "signals.h"
#include "strangers.h"

/* Where nothing is there yet, what refuses the start does so before anything is made. */
static int check_before_opening(struct bm_session *session, struct bm_err *err)
{
    struct bm_results results;
    const char *path = session->sweep.results;
    int is_new = bm_store_is_new(path, err);
    if (is_new <= 0)
        return is_new;
    int status = bm_store_peek(path, NULL, &results, err); /* a snapshot may be there alone */
    if (status == 0) {
        bm_session_select(session, &results);
        status = bm_prepare_check(session, &results, err);
    }
    bm_results_fini(&results);
    return status;
}

static int prepare(struct bm_session *session, struct bm_store *store, const struct bm_link *link,
                   struct bm_err *err)
{
    bm_session_select(session, bm_store_results(store));
    if (bm_prepare_check(session, bm_store_results(store), err) != 0)
        return -1;
    if (bm_strangers_record(&session->points, store, err) < 0)
        return -1;
    return bm_prepare_record(session, store, link->library, err);
}

/* What this job has written is in the file only once somebody has taken it in. */
static void wait_for_keeper(struct bm_session *session, struct bm_store *store)
{
    const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
    enum { SOON = 4 }; /* who lives shows it before */
    for (int i = 0; bm_signals_caught() == 0 && bm_store_is_orphaned(store); i++) {
        if (i == SOON)
            bm_say("waiting for up to %g s to see whether the job lives that writes %s",
                   bm_session_patience(session), session->sweep.results);
        nanosleep(&pause, NULL);
    }
}

/* Jobs with other grids may have begun runs meanwhile: who keeps the results, says of all. */
static int look_for_strangers(struct bm_session *session, struct bm_store *store,
                              struct bm_err *err)
{
    struct bm_points *points = &session->points;
    free(bm_strangers(points, bm_store_results(store), &points->n_strangers));
    int is_new = bm_store_keeps(store) ? bm_strangers_record(points, store, err) : 0;
    if (is_new > 0)
        return bm_store_snapshot(store, err) == 0 ? 0 : -1;
    return is_new;
}

/* Before the last line says how it ends: all that can be in the file is there. */
static int settle(struct bm_session *session, struct bm_store *store, enum bm_exit code,
                  struct bm_err *err)
{
    if (code != BM_EXIT_AGAIN)
        wait_for_keeper(session, store);
    if (bm_store_fold(store, err) != 0 || look_for_strangers(session, store, err) != 0)
        return -1;
    bm_prepare_clear(session, store, false);
    return 0;
}

static enum bm_exit run_prepared(struct bm_session *session, struct bm_store *store,
                                 const struct bm_link *link, struct bm_err *err)
{
    struct bm_console console;
    bm_console_init(&console, session, bm_store_results(store));
    bm_console_start(&console, bm_store_results(store));
    int signal = bm_master_run(session, store, link, &console, err);
    bm_console_stop(&console);
    if (signal < 0)
        return err->code;
    enum bm_exit code = signal > 0 ? bm_signals_exit(signal) : bm_session_outcome(session);
    if (session->is_in_vain)
        code = BM_EXIT_FAILED; /* what was asked to go on would go on for ever */
    if (settle(session, store, code, err) != 0)
        return err->code;
    bm_console_end(&console, code);
    return code;
}

/* Others may work beside it, but for probing further, which changes runs that are finished. */
static int open_store(struct bm_session *session, struct bm_store **store, struct bm_err *err)
{
    const double lock_wait_s = 15; /* ranks outlive a killed mpirun by seconds */
    const struct bm_sweep *sweep = &session->sweep;
    return session->request->reprobe
               ? bm_store_open(sweep->results, lock_wait_s, bm_say_sentence, store, err)
               : bm_store_join(sweep->results, sweep->name, bm_session_patience(session),
                               bm_say_sentence, store, err);
}

static enum bm_exit open_and_run(struct bm_session *session, const struct bm_link *link,
                                 struct bm_err *err)
{
    struct bm_store *store;
    enum bm_exit code = BM_EXIT_DONE;
    if (open_store(session, &store, err) == 0) {
        if (prepare(session, store, link, err) == 0)
            code = run_prepared(session, store, link, err);
        bm_store_close(store);
        if (err->code == BM_EXIT_DONE)
            bm_store_fold_rest(session->sweep.results, session->sweep.name,
                               bm_session_patience(session));
    } else if (bm_signals_caught() != 0) {
        err->code = bm_signals_exit(bm_signals_caught());
    }
    return code;
}

enum bm_exit bm_session_run(const struct bm_request *request, const struct bm_link *link,
                            struct bm_err *err)
{
    struct bm_session session;
    if (bm_session_init(&session, request, link->ranks, err) != 0)
        return err->code;
    for (int rank = 0; rank < link->ranks; rank++)
        session.has_bf16 |= bm_link_has_bf16(link, rank);
    enum bm_exit code = BM_EXIT_DONE;
    if (check_before_opening(&session, err) == 0)
        code = open_and_run(&session, link, err);
    bm_session_fini(&session);
    return err->code != BM_EXIT_DONE ? err->code : code;
}
