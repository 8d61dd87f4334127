/* The criteria of the claims, and what follows from a measured value. */
#include "claims.h"

#include <math.h>

const struct bm_criterion bm_criteria[] = {
    {"C1", "memorization", BM_LEVEL, BM_NO_LESS, 0.999, false, bm_measure_memorization},
    {"C1", "embedding", BM_LEVEL, BM_NO_MORE, 0.03, true, bm_measure_embedding},
    {"C1", "embedding - init", BM_DIFFERENCE, BM_LESS, 0, false, bm_measure_embedding_gain},
    {"C2", "memorization", BM_LEVEL, BM_NO_LESS, 0.9, false, bm_measure_memorization},
    {"C2", "embedding - init", BM_DIFFERENCE, BM_MORE, 0, false, bm_measure_embedding_gain},
    {"C2", "embedding - that of C1", BM_DIFFERENCE, BM_NO_LESS, 0.05, false,
     bm_measure_embedding_to_base},
    {"C3", "best encoder tap - init", BM_DIFFERENCE, BM_MORE, 0, false, bm_measure_best_gain},
    {"C3", "embedding - output", BM_DIFFERENCE, BM_NO_LESS, 0.08, false,
     bm_measure_embedding_to_output},
    {"C3", "noisy probe: output - best other tap", BM_DIFFERENCE, BM_MORE, 0, false,
     bm_measure_noisy_at_output},
    {"C4", "Spearman of k and embedding, at equal epochs", BM_CORRELATION, BM_MORE, 0.8, false,
     bm_measure_trade_off},
    {"C4", "the same at the first fit of 99 %", BM_CORRELATION, BM_MORE, 0.8, false,
     bm_measure_trade_off_at_fit},
    {"C4", "Spearman of k and epochs to that fit", BM_CORRELATION, BM_MORE, 0.8, false,
     bm_measure_epochs_to_fit},
    {"C5", "fit: shared - independent, the least over k", BM_DIFFERENCE, BM_MORE, 0, false,
     bm_measure_least_gap},
    {"C5", "that at the largest k - at the smallest", BM_DIFFERENCE, BM_MORE, 0, false,
     bm_measure_gap_growth},
    {"C6", "embedding: augmented - same class", BM_DIFFERENCE, BM_EITHER, 0, false,
     bm_measure_source},
    {"C7", "slope of embedding over noise: full - none", BM_DIFFERENCE, BM_MORE, 0, false,
     bm_measure_slopes},
    {0}};

/* Means of 0.999 are as good as 0.999. */
static bool is_met(enum bm_relation relation, double value, double bound)
{
    const double slack = 1e-12;
    switch (relation) {
    case BM_LESS:
        return value < bound;
    case BM_MORE:
        return value > bound;
    case BM_NO_MORE:
        return value <= bound + slack;
    case BM_NO_LESS:
        return value >= bound - slack;
    case BM_EITHER:
        break;
    }
    return false;
}

static double bound_of(const struct bm_criterion *criterion, double chance)
{
    return criterion->bound + (criterion->above_chance ? chance : 0);
}

bool bm_meets(const struct bm_criterion *criterion, double value, double chance)
{
    return is_met(criterion->relation, value, bound_of(criterion, chance));
}

enum bm_verdict bm_judge(const struct bm_criterion *criterion, const struct bm_mean *value,
                         double chance)
{
    size_t least = criterion->kind == BM_CORRELATION ? BM_LEAST_DIVERSITIES : BM_LEAST_SEEDS;
    double bound = bound_of(criterion, chance), half = value->half;
    bool is_upper = criterion->relation == BM_LESS || criterion->relation == BM_NO_MORE;
    /* The ends of the interval that are the last to meet the criterion, and to fail it. */
    double worst = value->mean + (is_upper ? half : -half);
    double best = value->mean - (is_upper ? half : -half);
    if (value->n < least || isnan(value->mean) || isnan(bound))
        return BM_UNDECIDED;
    if (criterion->relation == BM_EITHER)
        return worst > bound || best < bound ? BM_HOLDS : BM_UNDECIDED;
    if (is_met(criterion->relation, criterion->kind == BM_DIFFERENCE ? worst : value->mean, bound))
        return BM_HOLDS;
    /* An interval that ends at the bound is on neither side, nor is one that is not known. */
    bool is_beyond = is_upper ? best > bound : best < bound;
    return is_beyond ? BM_REFUTED : BM_UNDECIDED;
}

enum bm_verdict bm_verdict_add(enum bm_verdict claim, enum bm_verdict part)
{
    if (claim == BM_REFUTED || part == BM_REFUTED)
        return BM_REFUTED;
    return claim == BM_HOLDS ? part : claim;
}
