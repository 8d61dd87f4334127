/* Test values that need no generator's state: element i of tensor t is a pure function of (t, i),
 * which tests/reference/network_golden.py has, too. */
#ifndef BM_TESTS_HASH_H
#define BM_TESTS_HASH_H

#include <stdint.h>

/* The finalizer of splitmix64. */
static inline uint64_t hash_bits(uint64_t tensor, uint64_t i)
{
    uint64_t z = tensor * 0xD1342543DE82EF95u + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* In [-0.5, 0.5). */
static inline double hash_value(uint64_t tensor, uint64_t i)
{
    return (double)(hash_bits(tensor, i) >> 11) * 0x1p-53 - 0.5;
}

#endif
