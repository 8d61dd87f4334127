/* The noisy-label probe: where the labels trained on can be read from the neighbourhood. kNN,
 * leave-one-out: `noisy_queries` training images ask all other images of the subset for the labels
 * trained on; also for the images whose label is wrong alone. */
#include "bm/probe.h"
#include "common/neighbours.h"

static size_t k_of(const struct bm_probe_task *task)
{
    return (size_t)task->config->knn_k;
}

static size_t queries(const struct bm_probe_task *task)
{
    size_t wanted = (size_t)task->config->noisy_queries;
    return wanted < task->n_train ? wanted : task->n_train;
}

static int noisy_check(const struct bm_probe_task *task, struct bm_err *err)
{
    size_t k = k_of(task);
    if (k < task->n_train)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "knn_k: the noisy probe has %zu images beside the one that asks, and wants %zu "
                   "neighbours: choose a smaller knn_k or a larger train_size",
                   task->n_train - 1, k);
}

static double noisy_flops(const struct bm_probe_task *task)
{
    return bm_neighbours_flops(task, task->n_train);
}

static size_t noisy_work(const struct bm_probe_task *task)
{
    return bm_neighbours_work(task, k_of(task));
}

static struct bm_probe_state *noisy_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    return bm_neighbours_begin(task, k_of(task), arena);
}

static void noisy_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                       struct bm_arena *work)
{
    bm_neighbours_offer_others(state, rows, rows->label, work);
}

static void noisy_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                         struct bm_arena *work)
{
    const struct bm_held *held = bm_neighbours_held(state);
    for (size_t i = 0; i < held->n; i++) {
        struct bm_arena votes = *work;
        bool is_right = bm_neighbours_vote(state, i, SIZE_MAX, &votes) == held->label[i];
        bool is_noisy = held->label[i] != held->truth[i];
        values[0].sum += is_right;
        values[1].sum += is_noisy && is_right;
        values[1].count += is_noisy;
    }
    values[0].count = (double)held->n;
}

static void noisy_votes(const struct bm_probe_state *state, uint16_t *votes, struct bm_arena *work)
{
    size_t n = bm_neighbours_held(state)->n;
    for (size_t i = 0; i < n; i++) {
        struct bm_arena each = *work;
        votes[i] = bm_neighbours_vote(state, i, SIZE_MAX, &each);
    }
}

const struct bm_probe bm_probe_noisy = {
    .name = "noisy",
    .help = "majority vote of the knn_k nearest other training images for the label trained on",
    .columns = (const char *const[]){"noisy", "noisy_of_noisy", NULL},
    .in_ranges = true,
    .of_labels = true,
    .walks = {[BM_WALK_QUERIES] = {BM_TAKE_HELD, queries}, [BM_WALK_TRAIN] = {BM_TAKE_ROWS}},
    .check = noisy_check,
    .flops = noisy_flops,
    .work = noisy_work,
    .begin = noisy_begin,
    .rows = noisy_rows,
    .after = bm_neighbours_after,
    .finish = noisy_finish,
    .votes = noisy_votes,
};
