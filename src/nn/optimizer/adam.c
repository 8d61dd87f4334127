/* Adam (Kingma and Ba 2015) as torch.optim.Adam computes it: beta 0.9 and 0.999, denominator
 * sqrt(v) / sqrt(1 - beta2^t) + 1e-8, weight decay as an L2 term of the gradient. */
#include "bm/nn.h"

#include <math.h>

static void adam_step(const struct bm_optimizer_settings *settings, int64_t t, size_t n,
                      bm_real *parameters, const bm_real *gradients, bm_real *state)
{
    const double beta1 = 0.9, beta2 = 0.999;
    const bm_real keep1 = (bm_real)beta1, take1 = (bm_real)(1 - beta1);
    const bm_real keep2 = (bm_real)beta2, take2 = (bm_real)(1 - beta2);
    const bm_real step = (bm_real)(settings->lr / (1 - pow(beta1, (double)t)));
    const bm_real correction = (bm_real)(1 / sqrt(1 - pow(beta2, (double)t)));
    const bm_real epsilon = (bm_real)1e-8, decay = (bm_real)settings->weight_decay;
    bm_real *restrict p = parameters, *restrict m = state, *restrict v = state + n;
    for (size_t i = 0; i < n; i++) {
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

const struct bm_optimizer bm_optimizer_adam = {.name = "adam", .moments = 2, .step = adam_step};
