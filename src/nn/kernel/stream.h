/* Stores past the caches: a line that is written whole is not fetched before, and takes no other
 * one's place. For arrays that have left the caches before they are read again. */
#ifndef BM_NN_KERNEL_STREAM_H
#define BM_NN_KERNEL_STREAM_H

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "pairs.h"

/* Whether vectors of reals, or of as many bfloat16 values, that lie one behind the other from
 * `array` on can be streamed. */
BM_INLINE bool can_stream(const void *array, enum bm_element element)
{
    size_t bytes = element == BM_ELEMENT_REAL ? sizeof(bm_vector) : sizeof(bm_halves);
    return (uintptr_t)array % bytes == 0;
}

/* Where there is no instruction for so many bytes it is a store. */
BM_INLINE void stream_bytes(void *to, const void *from, size_t bytes)
{
#ifdef __AVX512F__
    if (bytes == 64) {
        _mm512_stream_si512(to, _mm512_loadu_si512(from));
        return;
    }
#endif
#ifdef __AVX__
    if (bytes == 32) {
        _mm256_stream_si256(to, _mm256_loadu_si256(from));
        return;
    }
#endif
#ifdef __SSE2__
    if (bytes == 16) {
        _mm_stream_si128(to, _mm_loadu_si128(from));
        return;
    }
#endif
    memcpy(to, from, bytes);
}

BM_INLINE void stream(bm_real *to, bm_vector vector)
{
    stream_bytes(to, &vector, sizeof vector);
}

BM_INLINE void stream_halves(uint16_t *to, bm_halves halves)
{
    stream_bytes(to, &halves, sizeof halves);
}

/* Behind the last one, before other threads may read. */
BM_INLINE void end_stream(void)
{
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
