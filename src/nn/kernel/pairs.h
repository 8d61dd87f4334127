/* Values in bfloat16, the upper half of a float, and products of pairs of them. */
#ifndef BM_NN_KERNEL_PAIRS_H
#define BM_NN_KERNEL_PAIRS_H

#include "vector.h"

/* As many lanes as a vector of reals has. */
typedef uint16_t bm_halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
typedef uint32_t bm_words __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float bm_floats __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* Whether there are instructions for it. What they round is what `halves_of` rounds. */
BM_INLINE bool has_bf16(void)
{
#if BM_VECTOR_BYTES == 64 && !defined BM_DOUBLE
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

/* To nearest even, so within half an ulp, 2^-8 of the value. Beyond the largest finite value lies
 * infinity; NaN stays NaN (its upper half could be that of infinity); denormals become 0, as for
 * the instruction. */
BM_INLINE bm_halves halves_of(bm_vector x)
{
    bm_words bits = (bm_words) __builtin_convertvector(x, bm_floats);
    bm_words is_normal = (bm_words)((bits & 0x7F800000) != 0);
    bits &= is_normal | 0x80000000;
    bm_words nearest = bits + 0x7FFF + (bits >> 16 & 1);
    bm_words is_nan = (bm_words)((bits & 0x7FFFFFFF) > 0x7F800000);
    return __builtin_convertvector(((nearest & ~is_nan) | ((bits | 0x400000) & is_nan)) >> 16,
                                   bm_halves);
}

/* `native` is a constant wherever these are inlined: has_bf16(). */
BM_INLINE bm_halves rounded_halves(bm_vector x, bool native)
{
#if BM_VECTOR_BYTES == 64 && !defined BM_DOUBLE
    if (native) {
        bm_halves halves;
        __asm__("vcvtneps2bf16 %1, %0" : "=v"(halves) : "v"(x));
        return halves;
    }
#endif
    (void)native;
    return halves_of(x);
}

/* Denormals count as 0, as for the instruction. */
BM_INLINE bm_vector floats_of(bm_words bits)
{
    bm_words is_normal = (bm_words)((bits & 0x7F800000) != 0);
    return __builtin_convertvector((bm_floats)(bits & is_normal), bm_vector);
}

/* The float whose upper half is the word's lower, and that whose is the upper one. */
BM_INLINE bm_vector lower_of(bm_words pairs)
{
    return floats_of(pairs << 16);
}

BM_INLINE bm_vector upper_of(bm_words pairs)
{
    return floats_of(pairs & 0xFFFF0000);
}

/* sum + both products of each pair; a: the same pair for all lanes. */
BM_INLINE bm_vector add_pairs(bm_vector sum, bm_pair a, bm_words b, bool native)
{
    bm_words all = a - (bm_words){0};
#if BM_VECTOR_BYTES == 64 && !defined BM_DOUBLE
    if (native) {
        __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(all), "v"(b));
        return sum;
    }
#endif
    (void)native;
    return sum + lower_of(all) * lower_of(b) + upper_of(all) * upper_of(b);
}

/* Puts values into the first or second half of pairs; the first one clears the second. */
BM_INLINE void store_pairs(bm_pair *to, bm_halves values, bool is_second)
{
    bm_words words = __builtin_convertvector(values, bm_words);
    if (is_second)
        words = *(bm_words *)to | words << 16;
    *(bm_words *)to = words;
}

#endif
