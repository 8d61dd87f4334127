#include "session.h"

#include <math.h>
#include <stdlib.h>

#include "bm/isa.h"
#include "bm/machine.h"
#include "launcher.h"
#include "reprobe.h"
#include "supply.h"

/* Without other ranks this process has a trainer for each share of its cores. */
static void share_cores(struct bm_session *session)
{
    struct bm_launch *launch = &session->sweep.launch;
    int64_t cores = bm_cores();
    if (session->request->only != NULL)
        session->trainers = 1;
    else if (session->request->jobs > 0)
        session->trainers = session->request->jobs;
    else if (launch->threads > 0 && launch->threads < cores)
        session->trainers = (size_t)(cores / launch->threads);
    if (launch->threads == 0) /* auto */
        launch->threads =
            cores > (int64_t)session->trainers ? cores / (int64_t)session->trainers : 1;
}

int bm_session_init(struct bm_session *session, const struct bm_request *request, int ranks,
                    struct bm_err *err)
{
    *session = (struct bm_session){
        .request = request, .only = BM_ALL_POINTS, .ranks = ranks, .trainers = 1};
    session->has_bf16 = bm_isa_has_bf16();
    struct bm_sweep *sweep = &session->sweep;
    if (bm_sweep_read(request->file, request->sets, request->n_sets, sweep, err) != 0)
        return -1;
    int status = bm_launch_resolve(&sweep->launch, err);
    if (ranks == 1)
        share_cores(session);
    if (status == 0)
        status = bm_points_init(&session->points, sweep, err);
    if (status == 0 && request->only != NULL)
        status = bm_points_find(&session->points, request->only, &session->only, err);
    if (status != 0)
        bm_session_fini(session);
    return status;
}

void bm_session_fini(struct bm_session *session)
{
    free(session->todo);
    free(session->supplies);
    bm_points_fini(&session->points);
    bm_sweep_fini(&session->sweep);
}

static bool is_meant(const struct bm_session *session, size_t i)
{
    return session->only == BM_ALL_POINTS || session->only == i;
}

static bool is_again(const struct bm_session *session, const struct bm_point *point)
{
    enum bm_again retry = session->request->retry;
    return point->state == BM_POINT_FAILED && retry != BM_AGAIN_NONE &&
           (retry == BM_AGAIN_ALL || (retry == BM_AGAIN_TIMEOUT) == point->timed_out);
}

/* --only is about one point, --retry about what is to run, else it is about all. */
static void choose(struct bm_session *session)
{
    struct bm_points *points = &session->points;
    bool retry = session->request->retry != BM_AGAIN_NONE;
    for (size_t i = 0; i < points->n; i++) {
        bool meant = is_meant(session, i);
        bool runs =
            points->points[i].state == BM_POINT_TODO || is_again(session, &points->points[i]);
        if (meant && runs)
            session->todo[session->n_todo++] = i;
        if (meant && (runs || !retry || session->only == i))
            bm_points_ask(points, i);
    }
}

/* --reprobe is about finished runs that lack a probe. */
static void choose_to_reprobe(struct bm_session *session, const struct bm_results *results)
{
    struct bm_points *points = &session->points;
    size_t *const counts[] = {[BM_REPROBE_NOT_DONE] = &session->n_not_done,
                              [BM_REPROBE_NOTHING] = &session->n_whole,
                              [BM_REPROBE_POSSIBLE] = &session->n_todo,
                              [BM_REPROBE_REFUSED] = &session->n_refused};
    session->n_refused = session->n_whole = session->n_not_done = 0;
    for (size_t i = 0; i < points->n; i++) {
        if (!is_meant(session, i))
            continue;
        enum bm_reprobe_need need = bm_reprobe_need(points, results, i, NULL, NULL);
        size_t before = (*counts[need])++;
        if (need != BM_REPROBE_POSSIBLE && need != BM_REPROBE_REFUSED)
            continue;
        bm_points_ask(points, i);
        if (need == BM_REPROBE_REFUSED) {
            bm_points_set_state(points, i, BM_POINT_FAILED);
        } else {
            session->todo[before] = i;
            points->points[i].cost = bm_reprobe_cost(points, results, i);
        }
    }
}

bool bm_session_needs_bf16(const struct bm_session *session, size_t i)
{
    return !session->request->reprobe && session->points.points[session->todo[i]].needs_bf16;
}

void bm_session_select(struct bm_session *session, const struct bm_results *results)
{
    struct bm_points *points = &session->points;
    bm_points_match(points, results);
    free(session->todo);
    session->n_todo = 0;
    session->todo = calloc(points->n + 1, sizeof *session->todo);
    if (session->todo == NULL)
        abort();
    if (session->request->reprobe)
        choose_to_reprobe(session, results);
    else
        choose(session);
    session->n_again = points->asked[BM_POINT_FAILED];
    for (size_t i = 0; i < session->n_todo; i++)
        bm_points_set_state(points, session->todo[i], BM_POINT_TODO);
    session->n_again -= points->asked[BM_POINT_FAILED];
    session->n_before = points->asked[BM_POINT_DONE] + points->asked[BM_POINT_FAILED];
}

size_t bm_session_count_unable(const struct bm_session *session)
{
    size_t n = 0;
    for (size_t i = 0; i < session->n_todo && !session->has_bf16; i++)
        n += bm_session_needs_bf16(session, i);
    return n;
}

double bm_session_patience(const struct bm_session *session)
{
    const double least = 3; /* signs of life are no faster than disks */
    double timeout = session->sweep.launch.heartbeat_timeout;
    return timeout <= 0 ? INFINITY : timeout > least ? timeout : least;
}

bool bm_session_is_partial(const struct bm_session *session)
{
    const struct bm_request *request = session->request;
    return request->only != NULL || request->retry || request->reprobe;
}

size_t bm_session_all_trainers(const struct bm_session *session)
{
    return session->trainers + (size_t)session->ranks - 1;
}

size_t bm_session_trainers_here(const struct bm_session *session)
{
    return session->ranks > 1 ? (size_t)bm_launcher_local_ranks() : session->trainers;
}

enum bm_exit bm_session_outcome(const struct bm_session *session)
{
    return session->points.asked[BM_POINT_FAILED] > 0 ? BM_EXIT_FAILED : BM_EXIT_DONE;
}
