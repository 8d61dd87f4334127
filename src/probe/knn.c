/* The kNN probe: k nearest neighbours among the training features vote, by their true labels, for
 * the class of a test image (common/neighbours.c says which are nearest). */
#include "bm/probe.h"
#include "common/neighbours.h"

static int knn_check(const struct bm_probe_task *task, struct bm_err *err)
{
    size_t k = (size_t)task->config->knn_k;
    if (k <= task->n_fitted)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "knn_k: %zu neighbours are more than the %zu images that the probe is fitted on",
                   k, task->n_fitted);
}

static double knn_flops(const struct bm_probe_task *task)
{
    return bm_neighbours_flops(task, task->n_fitted);
}

static void knn_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                     struct bm_arena *work)
{
    bm_neighbours_offer(state, rows, rows->truth, work);
}

static void knn_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    const struct bm_held *held = bm_neighbours_held(state);
    for (size_t i = 0; i < held->n; i++) {
        struct bm_arena votes = *work;
        values->sum += bm_neighbours_vote(state, i, &votes) == held->truth[i];
    }
    values->count = (double)held->n;
}

const struct bm_probe bm_probe_knn = {
    .name = "knn",
    .help = "majority vote of the knn_k nearest training features",
    .columns = (const char *const[]){"knn", NULL},
    .in_ranges = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD}, [BM_WALK_FITTED] = {BM_TAKE_ROWS}},
    .check = knn_check,
    .flops = knn_flops,
    .work = bm_neighbours_work,
    .begin = bm_neighbours_begin,
    .rows = knn_rows,
    .after = bm_neighbours_after,
    .finish = knn_finish,
};
