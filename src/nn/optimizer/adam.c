/* Adam (Kingma and Ba 2015) as torch.optim.Adam computes it: beta 0.9 and 0.999, denominator
 * sqrt(v) / sqrt(1 - beta2^t) + 1e-8, weight decay as an L2 term of the gradient. */
#include <math.h>

#include "common/rows.h"

static const double BETA1 = 0.9, BETA2 = 0.999;

enum { MOMENTS = 2 };

/* What all elements of a step have in common. */
struct factors {
    bm_real step, correction, decay;
};

static void adam_range(const void *factors, const struct bm_row *row)
{
    const struct factors *common = factors;
    const bm_real keep1 = (bm_real)BETA1, take1 = (bm_real)(1 - BETA1);
    const bm_real keep2 = (bm_real)BETA2, take2 = (bm_real)(1 - BETA2);
    const bm_real step = common->step, correction = common->correction, decay = common->decay;
    const bm_real epsilon = (bm_real)1e-8;
    const bm_real *restrict gradients = row->gradients;
    bm_real *restrict p = row->parameters;
    bm_real *restrict m = row->moments, *restrict v = row->moments + row->apart;
    for (size_t i = 0; i < row->n; i++) {
        bm_real gradient = gradients[i] + decay * p[i];
        m[i] = keep1 * m[i] + take1 * gradient;
        v[i] = keep2 * v[i] + take2 * gradient * gradient;
#ifdef BM_DOUBLE
        bm_real root = sqrt(v[i]);
#else
        bm_real root = sqrtf(v[i]);
#endif
        p[i] -= step * m[i] / (root * correction + epsilon);
    }
}

static void adam_row(const void *factors, const struct bm_row *row)
{
    bm_row_in_pieces(row, MOMENTS, factors, adam_range);
}

static void adam_step(const struct bm_optimizer_settings *settings, int64_t t,
                      const struct bm_optimizer_part *part)
{
    const struct factors factors = {
        .step = (bm_real)(settings->lr / (1 - pow(BETA1, (double)t))),
        .correction = (bm_real)(1 / sqrt(1 - pow(BETA2, (double)t))),
        .decay = (bm_real)settings->weight_decay,
    };
    bm_each_row(part, &factors, adam_row);
}

const struct bm_optimizer bm_optimizer_adam = {
    .name = "adam",
    .help = "Adam: beta 0.9 and 0.999, epsilon 1e-8; a constant rate",
    .moments = MOMENTS,
    .schedule = BM_SCHEDULE_CONSTANT,
    .step = adam_step,
};
