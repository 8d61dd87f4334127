/* Arrays to bfloat16 and back. By operations on integers alone, so every instruction set gives the
 * same bits, and denormals count. */
#include "pairs.h"

void BM_KERNEL(bf16_pack)(const bm_real *restrict x, size_t n, uint16_t *restrict packed)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        *(bm_halves *)(packed + i) = halves_of(load(x + i));
    bm_halves rest = halves_of(load_part(x + i, (int)(n - i)));
    memcpy(packed + i, &rest, (n - i) * sizeof *packed);
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
