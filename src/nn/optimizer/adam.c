/* Adam (Kingma and Ba 2015) as torch.optim.Adam computes it: beta 0.9 and 0.999, denominator
 * sqrt(v) / sqrt(1 - beta2^t) + 1e-8, weight decay as an L2 term of the gradient. */
#include "bm/nn.h"

#include <math.h>

static const double BETA1 = 0.9, BETA2 = 0.999;

/* What all elements of a step have in common. */
struct factors {
    bm_real step, correction, decay;
};

static void adam_range(const struct factors *factors, size_t n, bm_real *restrict p,
                       const bm_real *restrict gradients, bm_real *restrict m, bm_real *restrict v)
{
    const bm_real keep1 = (bm_real)BETA1, take1 = (bm_real)(1 - BETA1);
    const bm_real keep2 = (bm_real)BETA2, take2 = (bm_real)(1 - BETA2);
    const bm_real step = factors->step, correction = factors->correction, decay = factors->decay;
    const bm_real epsilon = (bm_real)1e-8;
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

/* The same for a row of a matrix whose next row is `ahead` elements away (0: there is none): that
 * is fetched on the way, because hardware foresees only what follows in memory. */
static void adam_row(const struct factors *factors, size_t n, bm_real *p, const bm_real *gradients,
                     bm_real *m, bm_real *v, size_t ahead)
{
    enum { LINE = 64 / sizeof(bm_real), LINES = 4 };
    if (ahead == 0) {
        adam_range(factors, n, p, gradients, m, v);
        return;
    }
    for (size_t first = 0; first < n; first += LINES * LINE) {
        size_t count = n - first < LINES * LINE ? n - first : LINES * LINE;
        for (size_t i = first; i < first + count; i += LINE) {
            __builtin_prefetch(p + ahead + i, 1, 2);
            __builtin_prefetch(m + ahead + i, 1, 2);
            __builtin_prefetch(v + ahead + i, 1, 2);
        }
        adam_range(factors, count, p + first, gradients + first, m + first, v + first);
    }
}

static void adam_step(const struct bm_optimizer_settings *settings, int64_t t,
                      const struct bm_optimizer_part *part)
{
    const struct factors factors = {
        .step = (bm_real)(settings->lr / (1 - pow(BETA1, (double)t))),
        .correction = (bm_real)(1 / sqrt(1 - pow(BETA2, (double)t))),
        .decay = (bm_real)settings->weight_decay,
    };
    const size_t range = 1 << 16; /* elements; the last range of a row is shorter */
    const size_t per_row = (part->columns + range - 1) / range;
#pragma omp parallel for schedule(static) if (part->rows * part->columns > range)
    for (size_t i = 0; i < part->rows * per_row; i++) {
        size_t row = i / per_row, first = i % per_row * range;
        size_t count = part->columns - first < range ? part->columns - first : range;
        size_t at = row * part->stride + first;
        adam_row(&factors, count, part->parameters + at,
                 part->gradients + row * part->columns + first, part->moments + at,
                 part->moments + part->apart + at, row + 1 < part->rows ? part->stride : 0);
    }
}

const struct bm_optimizer bm_optimizer_adam = {.name = "adam", .moments = 2, .step = adam_step};
