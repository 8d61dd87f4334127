/* Arrays to bfloat16 and back. By operations on integers alone, so every instruction set gives the
 * same bits, and denormals count. */
#include "pairs.h"

void BM_KERNEL(bf16_pack)(const bm_real *restrict x, size_t n, uint16_t *restrict packed)
{
    for (size_t i = 0; i < n; i += LANES) {
        size_t left = n - i < LANES ? n - i : LANES;
        bm_halves halves = halves_of(load_part(x + i, (int)left));
        memcpy(packed + i, &halves, left * sizeof *packed);
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
