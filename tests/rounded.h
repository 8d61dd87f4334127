/* What rounding to bfloat16 is, written out once more. */
#ifndef BM_TESTS_ROUNDED_H
#define BM_TESTS_ROUNDED_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The nearest number with an empty lower half; of two, that whose last bit is even. Denormals
 * become 0. What would follow the largest is 2^128 here, and infinity as a result. */
static inline float rounded(float value)
{
    if (!isfinite(value))
        return value;
    if (fabsf(value) < FLT_MIN)
        return copysignf(0, value);
    uint32_t below = bits_of(value) & 0xFFFF0000, above = below + 0x10000;
    double low = (double)float_of(below), high = (double)float_of(above);
    if (isinf(high))
        high = copysign(0x1p128, high);
    double down = fabs((double)value - low), up = fabs(high - (double)value);
    bool is_above = up < down || (up == down && (below >> 16 & 1) != 0);
    return float_of(is_above ? above : below);
}

#endif
