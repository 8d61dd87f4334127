/* The kNN probe: k nearest neighbours among the training features vote, by their true labels, for
 * the class of a test image (common/neighbours.c says which are nearest). Of several k, the most
 * neighbours are kept, and the first of them vote for each. */
#include "bm/probe.h"
#include "bm/words.h"
#include "common/neighbours.h"

#define COLUMN(k) "knn_" #k,
#define ROW(k)    {k, #k},
/* What is behind the first column, that of knn_k. */
static const struct {
    size_t k;
    const char *word;
} also[] = {BM_KNN_ALSO(ROW)};
enum { N_ALSO = sizeof also / sizeof *also };

static size_t most_of(const struct bm_config *config)
{
    size_t most = (size_t)config->knn_k;
    for (size_t i = 0; i < N_ALSO; i++)
        if (also[i].k > most && bm_words_have(config->knn_also, also[i].word))
            most = also[i].k;
    return most;
}

static int knn_check(const struct bm_probe_task *task, struct bm_err *err)
{
    size_t k = most_of(task->config);
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

static size_t knn_work(const struct bm_probe_task *task)
{
    return bm_neighbours_work(task, most_of(task->config));
}

static struct bm_probe_state *knn_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    return bm_neighbours_begin(task, most_of(task->config), arena);
}

static void knn_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                     struct bm_arena *work)
{
    bm_neighbours_offer(state, rows, rows->truth, work);
}

static struct bm_probe_value share_right(const struct bm_probe_state *state, size_t k,
                                         const struct bm_arena *work)
{
    const struct bm_held *held = bm_neighbours_held(state);
    struct bm_probe_value value = {0, (double)held->n};
    for (size_t i = 0; i < held->n; i++) {
        struct bm_arena votes = *work;
        value.sum += bm_neighbours_vote(state, i, k, &votes) == held->truth[i];
    }
    return value;
}

static void knn_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    const struct bm_config *config = bm_neighbours_config(state);
    values[0] = share_right(state, (size_t)config->knn_k, work);
    for (size_t i = 0; i < N_ALSO; i++)
        if (bm_words_have(config->knn_also, also[i].word))
            values[1 + i] = share_right(state, also[i].k, work);
}

const struct bm_probe bm_probe_knn = {
    .name = "knn",
    .help = "majority vote of the knn_k nearest training features",
    .columns = (const char *const[]){"knn", BM_KNN_ALSO(COLUMN) NULL},
    .in_ranges = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD}, [BM_WALK_FITTED] = {BM_TAKE_ROWS}},
    .check = knn_check,
    .flops = knn_flops,
    .work = knn_work,
    .begin = knn_begin,
    .rows = knn_rows,
    .after = bm_neighbours_after,
    .finish = knn_finish,
};
