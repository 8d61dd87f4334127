/* The effective rank of a tap (Roy and Vetterli 2007): exp of the entropy of the singular values of
 * the first test images' centred features, normalized to sum 1. Collapse shows here. They are the
 * roots of the eigenvalues of the smaller Gram matrix; what rounding leaves of a 0 would be 1e-8
 * under the root, so eigenvalues below n eps of the largest are 0. */
#include "bm/probe.h"

#include <math.h>

#include "bm/linalg.h"
#include "common/centred.h"

struct bm_probe_state {
    const struct bm_held *held;
};

struct scratch {
    double *gram;   /* side x side */
    double *values; /* side */
    double *work;
};

static size_t smaller_side(size_t n, size_t dimension)
{
    return n < dimension ? n : dimension;
}

static struct scratch carve(size_t n, size_t dimension, struct bm_arena *work)
{
    size_t side = smaller_side(n, dimension);
    return (struct scratch){
        .gram = bm_arena_take(work, side * side * sizeof(double)),
        .values = bm_arena_take(work, side * sizeof(double)),
        .work = bm_arena_take(work, bm_eigenvalues_work((int)side) * sizeof(double)),
    };
}

static size_t rank_work(const struct bm_probe_task *task)
{
    struct bm_arena count = {0};
    size_t n = bm_centred_images(task), dimension = task->taps->dimension;
    carve(n, dimension, &count);
    return count.used + bm_centred_work(n, dimension);
}

static double rank_flops(const struct bm_probe_task *task)
{
    size_t n = bm_centred_images(task), dimension = task->taps->dimension;
    double side = (double)smaller_side(n, dimension);
    /* A triangle of the Gram matrix; the reduction to three diagonals. */
    return side * (double)n * (double)dimension + 4.0 / 3 * side * side * side;
}

static struct bm_probe_state *rank_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    if (state != NULL)
        state->held = task->taps->held;
    return state;
}

/* exp(-sum p log p) of the roots of `values` (ascending), normalized; NAN if all are 0. */
static double effective_rank(const double *values, size_t n_values, size_t n)
{
    double cut = (double)n * 0x1p-52 * values[n_values - 1], sum = 0, entropy = 0;
    for (size_t i = 0; i < n_values; i++)
        sum += values[i] > cut ? sqrt(values[i]) : 0;
    if (sum == 0)
        return NAN;
    for (size_t i = 0; i < n_values; i++) {
        double p = values[i] > cut ? sqrt(values[i]) / sum : 0;
        entropy -= p > 0 ? p * log(p) : 0;
    }
    return exp(entropy);
}

static void rank_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                        struct bm_arena *work)
{
    const struct bm_held *held = state->held;
    size_t side = smaller_side(held->n, held->dimension);
    struct scratch scratch = carve(held->n, held->dimension, work);
    if (held->n <= held->dimension)
        bm_centred_gram(held, scratch.gram, work);
    else
        bm_centred_covariance(held, scratch.gram, work);
    if (!bm_eigenvalues((int)side, scratch.gram, scratch.values, scratch.work))
        return;
    double rank = effective_rank(scratch.values, side, held->n);
    if (!isnan(rank))
        values[0] = (struct bm_probe_value){rank, 1};
}

const struct bm_probe bm_probe_rank = {
    .name = "rank",
    .help = "effective rank of the features of the first 2,000 test images",
    .columns = (const char *const[]){"rank", NULL},
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD, bm_centred_images}},
    .flops = rank_flops,
    .work_later = rank_work,
    .begin = rank_begin,
    .finish = rank_finish,
};
