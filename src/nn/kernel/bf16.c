/* Arrays to bfloat16 and back. Every instruction set gives the same bits. */
#include "pairs.h"

BM_INLINE void pack(const bm_real *restrict x, size_t n, uint16_t *restrict packed, bool native)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        *(bm_halves *)(packed + i) = rounded_halves(load(x + i), native);
    bm_halves rest = rounded_halves(load_part(x + i, (int)(n - i)), native);
    memcpy(packed + i, &rest, (n - i) * sizeof *packed);
}

void BM_KERNEL(bf16_pack)(const bm_real *restrict x, size_t n, uint16_t *restrict packed)
{
    if (has_bf16())
        pack(x, n, packed, true);
    else
        pack(x, n, packed, false);
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
