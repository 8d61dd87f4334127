/* Stochastic gradient descent as torch.optim.SGD computes it: v = momentum v + g, w -= lr v, no
 * Nesterov; weight decay as an L2 term of the gradient. */
#include "common/velocity.h"

static void sgd_step(const struct bm_optimizer_settings *settings, int64_t t,
                     const struct bm_optimizer_part *part)
{
    (void)t;
    const struct bm_velocity velocity = {
        .momentum = settings->momentum,
        .decay = settings->weight_decay,
        .inside = 1,
        .outside = settings->lr,
    };
    bm_velocity_step(&velocity, part);
}

const struct bm_optimizer bm_optimizer_sgd = {
    .name = "sgd",
    .help =
        "SGD with momentum; the rate falls to a tenth at each multiple of a third of the epochs",
    .moments = 1,
    .schedule = BM_SCHEDULE_STEPS,
    .step = sgd_step,
};
