/* LARS (You, Gitman and Ginsburg 2017): SGD in which each tensor has a rate of its own, a fixed
 * share of its norm over that of its gradient, decay included. The rate is inside the velocity:
 * g += decay w, v = momentum v + lr ratio g, w -= v. */
#include <assert.h>
#include <math.h>

#include "common/velocity.h"

static const double TRUST = 0.001;

/* Squares of a tensor's values, and of its gradients with their decay. */
struct squares {
    double values, gradients;
};

static inline void add_squares(double w, double g, double decay, double *values, double *gradients)
{
    double gradient = g + decay * w;
    *values += w * w;
    *gradients += gradient * gradient;
}

/* Neighbours are summed side by side, as a vector has them. */
static struct squares sum_slice(const bm_real *w, const bm_real *g, size_t n, double decay)
{
    enum { LANES = 8 };
    double values[LANES] = {0}, gradients[LANES] = {0};
    struct squares sum = {0, 0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            add_squares((double)w[i + lane], (double)g[i + lane], decay, &values[lane],
                        &gradients[lane]);
    for (; i < n; i++)
        add_squares((double)w[i], (double)g[i], decay, &sum.values, &sum.gradients);
    for (size_t lane = 0; lane < LANES; lane++) {
        sum.values += values[lane];
        sum.gradients += gradients[lane];
    }
    return sum;
}

/* In an order that the number of threads has no part in. */
static struct squares sum_squares(const struct bm_optimizer_part *tensor, double decay)
{
    enum { SLICES = 64 };
    struct squares slices[SLICES], sum = {0, 0};
    size_t step = (tensor->columns + SLICES - 1) / SLICES;
#pragma omp parallel for schedule(static) if (tensor->columns > 1 << 16)
    for (size_t slice = 0; slice < SLICES; slice++) {
        size_t first = slice * step < tensor->columns ? slice * step : tensor->columns;
        size_t n = tensor->columns - first < step ? tensor->columns - first : step;
        slices[slice] = sum_slice(tensor->parameters + first, tensor->gradients + first, n, decay);
    }
    for (size_t slice = 0; slice < SLICES; slice++) {
        sum.values += slices[slice].values;
        sum.gradients += slices[slice].gradients;
    }
    return sum;
}

/* 1 where a norm is 0: biases begin there, and have to begin to move. */
static double ratio_of(const struct bm_optimizer_part *tensor, double decay)
{
    struct squares sum = sum_squares(tensor, decay);
    return sum.values > 0 && sum.gradients > 0 ? TRUST * sqrt(sum.values / sum.gradients) : 1;
}

static void lars_step(const struct bm_optimizer_settings *settings, int64_t t,
                      const struct bm_optimizer_part *part)
{
    (void)t;
    assert(part->rows == 1);
    bool is_excluded = settings->exclude_1d && part->n_dims == 1;
    double decay = is_excluded ? 0 : settings->weight_decay;
    const struct bm_velocity velocity = {
        .momentum = settings->momentum,
        .decay = decay,
        .inside = settings->lr * (is_excluded ? 1 : ratio_of(part, decay)),
        .outside = 1,
    };
    bm_velocity_step(&velocity, part);
}

const struct bm_optimizer bm_optimizer_lars = {
    .name = "lars",
    .help = "LARS: SGD with momentum in which a tensor's rate has the factor 0.001 times its norm "
            "over that of its gradient; half a cosine of lr times batch_size / 256",
    .moments = 1,
    .takes_tensors = true,
    .schedule = BM_SCHEDULE_COSINE,
    .is_per_256 = true,
    .step = lars_step,
};
