#include "bm/random.h"

#include <assert.h>
#include <math.h>
#include <Random123/philox.h>

struct bm_random bm_random_of(uint64_t seed, enum bm_purpose purpose, uint64_t i, uint64_t j)
{
    return (struct bm_random){.key = {seed, (uint64_t)purpose}, .counter = {0, i, j, 0}};
}

struct bm_random bm_random_lane(const struct bm_random *random, uint64_t lane)
{
    assert(random->counter[0] == 0 && random->counter[3] == 0);
    struct bm_random of_lane = *random;
    of_lane.counter[3] = lane;
    return of_lane;
}

static philox4x64_ctr_t next_block(struct bm_random *random)
{
    const uint64_t *c = random->counter;
    philox4x64_ctr_t counter = {{c[0], c[1], c[2], c[3]}};
    philox4x64_key_t key = {{random->key[0], random->key[1]}};
    random->counter[0]++;
    return philox4x64(counter, key);
}

uint64_t bm_random_u64(struct bm_random *random)
{
    if (random->left == 0) {
        philox4x64_ctr_t block = next_block(random);
        for (unsigned w = 0; w < 4; w++)
            random->block[w] = block.v[w];
        random->left = 4;
    }
    return random->block[4 - random->left--];
}

/* In [0, 1). */
static double uniform_of(uint64_t word)
{
    return (double)(word >> 11) * 0x1p-53;
}

double bm_random_uniform(struct bm_random *random)
{
    return uniform_of(bm_random_u64(random));
}

double bm_random_range(struct bm_random *random, double low, double high)
{
    return low + (high - low) * bm_random_uniform(random);
}

void bm_random_ranges(struct bm_random *random, double low, double high, double *values, size_t n)
{
    size_t i = 0;
    for (; i < n && random->left > 0; i++)
        values[i] = bm_random_range(random, low, high);
    for (; n - i >= 4; i += 4) {
        philox4x64_ctr_t block = next_block(random);
        for (unsigned w = 0; w < 4; w++)
            values[i + w] = low + (high - low) * uniform_of(block.v[w]);
    }
    for (; i < n; i++)
        values[i] = bm_random_range(random, low, high);
}

uint64_t bm_random_below(struct bm_random *random, uint64_t n)
{
    uint64_t reject_below = -n % n; /* 2^64 mod n */
    for (;;) {
        unsigned __int128 product = (unsigned __int128)bm_random_u64(random) * n;
        if ((uint64_t)product >= reject_below)
            return (uint64_t)(product >> 64);
    }
}

double bm_random_normal(struct bm_random *random)
{
    const double two_pi = 6.283185307179586476925;
    double u = 1 - bm_random_uniform(random); /* (0, 1]: its logarithm is finite */
    double angle = two_pi * bm_random_uniform(random);
    return sqrt(-2 * log(u)) * cos(angle);
}

/* The logarithm of a number that is Gamma(shape, 1) (Marsaglia and Tsang 2000; for shapes below 1
 * one more is drawn and put right by U^(1/shape), which as a number would be 0). */
static double log_gamma(struct bm_random *random, double shape)
{
    double boost = 0;
    if (shape < 1) {
        boost = log(1 - bm_random_uniform(random)) / shape;
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = bm_random_normal(random), v = 1 + c * x;
        double u = 1 - bm_random_uniform(random); /* (0, 1] */
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
            return boost + log(d * v);
    }
}

/* a / (a + b) of two that are Gamma(alpha, 1). */
double bm_random_beta(struct bm_random *random, double alpha)
{
    double a = log_gamma(random, alpha), b = log_gamma(random, alpha);
    return 1 / (1 + exp(b - a));
}

void bm_random_shuffle(struct bm_random *random, uint32_t *items, size_t n)
{
    for (size_t left = n; left > 1; left--) {
        size_t pick = (size_t)bm_random_below(random, left);
        uint32_t item = items[left - 1];
        items[left - 1] = items[pick];
        items[pick] = item;
    }
}
