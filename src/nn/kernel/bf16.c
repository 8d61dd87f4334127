/* bfloat16, the upper half of a float: rounded to nearest even, so within half an ulp, 2^-8 of the
 * value. Integers alone, so every instruction set gives the same bits, and denormals count. */
#include "vector.h"

#include <string.h>

/* Beyond the largest finite value lies infinity; NaN stays NaN (its upper half could be that of
 * infinity). */
BM_INLINE uint32_t rounded(uint32_t bits)
{
    uint32_t nearest = bits + 0x7FFF + (bits >> 16 & 1);
    return (bits & 0x7FFFFFFF) > 0x7F800000 ? bits | 0x400000 : nearest;
}

void BM_KERNEL(bf16_pack)(const bm_real *restrict x, size_t n, uint16_t *restrict packed)
{
    for (size_t i = 0; i < n; i++) {
        float value = (float)x[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        packed[i] = (uint16_t)(rounded(bits) >> 16);
    }
}

void BM_KERNEL(bf16_unpack)(const uint16_t *restrict packed, size_t n, bm_real *restrict x)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)packed[i] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        x[i] = (bm_real)value;
    }
}
