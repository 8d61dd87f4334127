/* The run of a session, from the opening of its results to the summary: which part does what. */
#include <math.h>

#include "bm/store.h"
#include "console.h"
#include "launcher.h"
#include "master.h"
#include "memory.h"
#include "prepare.h"
#include "say.h"
#include "signals.h"

/* Seconds to wait for whoever has the results now. Ranks outlive a killed mpirun by seconds; tasks
 * of a job step that each run one point of a sweep take turns. */
static double lock_wait(const struct bm_request *request)
{
    return request->only != NULL && bm_launcher_company() > 1 ? INFINITY : 15;
}

static int prepare(struct bm_session *session, struct bm_store *store, const struct bm_link *link,
                   struct bm_err *err)
{
    if (bm_session_select(session, bm_store_results(store), err) != 0)
        return -1;
    if (session->n_todo == 0)
        return 0;
    if (bm_memory_check(session, err) != 0 ||
        bm_prepare_provenance(session, store, link->library, err) != 0)
        return -1;
    return bm_prepare_data(session, store, err);
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
    bm_console_end(&console, code);
    return code;
}

enum bm_exit bm_session_run(const struct bm_request *request, const struct bm_link *link,
                            struct bm_err *err)
{
    struct bm_session session;
    struct bm_store *store;
    if (bm_session_init(&session, request, link->ranks, err) != 0)
        return err->code;
    enum bm_exit code = BM_EXIT_DONE;
    if (bm_store_open(session.sweep.results, lock_wait(request), bm_say_sentence, &store, err) ==
        0) {
        if (prepare(&session, store, link, err) == 0)
            code = run_prepared(&session, store, link, err);
        bm_store_close(store);
    } else if (bm_signals_caught() != 0) {
        err->code = bm_signals_exit(bm_signals_caught());
    }
    bm_session_fini(&session);
    return err->code != BM_EXIT_DONE ? err->code : code;
}
