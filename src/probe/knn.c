/* The kNN probe: k nearest neighbours among the training features vote, by their true labels, for
 * the class of a test image (common/neighbours.c says which are nearest). */
#include "bm/probe.h"
#include "common/neighbours.h"

struct bm_probe_state {
    const struct bm_held *held;
    struct bm_neighbours *neighbours;
};

static size_t k_of(const struct bm_probe_task *task)
{
    return (size_t)task->config->knn_k;
}

static int knn_check(const struct bm_probe_task *task, struct bm_err *err)
{
    if (k_of(task) <= task->n_fitted)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "knn_k: %zu neighbours are more than the %zu images that the probe is fitted on",
                   k_of(task), task->n_fitted);
}

static double knn_flops(const struct bm_probe_task *task)
{
    return bm_neighbours_flops(task, task->n_fitted);
}

static size_t knn_work(const struct bm_probe_task *task)
{
    return bm_neighbours_work(task, k_of(task));
}

static struct bm_probe_state *knn_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    struct bm_neighbours *neighbours = bm_neighbours_begin(task, k_of(task), arena);
    if (state != NULL)
        *state = (struct bm_probe_state){task->taps->held, neighbours};
    return state;
}

static void knn_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                     struct bm_arena *work)
{
    bm_neighbours_offer(state->neighbours, rows, rows->truth, work);
}

static void knn_after(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    if (walk == BM_WALK_TEST)
        bm_neighbours_measure(state->neighbours, work);
}

static void knn_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    for (size_t i = 0; i < state->held->n; i++) {
        struct bm_arena votes = *work;
        values->sum += bm_neighbours_vote(state->neighbours, i, &votes) == state->held->truth[i];
    }
    values->count = (double)state->held->n;
}

const struct bm_probe bm_probe_knn = {
    .name = "knn",
    .help = "majority vote of the knn_k nearest training features",
    .columns = (const char *const[]){"knn", NULL},
    .in_ranges = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD}, [BM_WALK_FITTED] = {BM_TAKE_ROWS}},
    .check = knn_check,
    .flops = knn_flops,
    .work = knn_work,
    .begin = knn_begin,
    .rows = knn_rows,
    .after = knn_after,
    .finish = knn_finish,
};
