/* Arrays to bfloat16 and back, and past the caches. Every instruction set gives the same bits. */
#include "stream.h"

BM_INLINE void pack(const bm_real *restrict x, size_t n, uint16_t *restrict packed, bool streams,
                    bool native)
{
    size_t i = 0;
    for (; streams && i + LANES <= n; i += LANES)
        stream_halves(packed + i, rounded_halves(load(x + i), native));
    for (; i + LANES <= n; i += LANES)
        *(bm_halves *)(packed + i) = rounded_halves(load(x + i), native);
    bm_halves rest = rounded_halves(load_part(x + i, (int)(n - i)), native);
    memcpy(packed + i, &rest, (n - i) * sizeof *packed);
}

void BM_KERNEL(bf16_pack)(const bm_real *restrict x, size_t n, uint16_t *restrict packed,
                          bool streams)
{
    streams = streams && can_stream(packed, BM_ELEMENT_BF16);
    if (has_bf16())
        pack(x, n, packed, streams, true);
    else
        pack(x, n, packed, streams, false);
    if (streams)
        end_stream();
}

void BM_KERNEL(real_stream)(const bm_real *restrict x, size_t n, bm_real *restrict copy)
{
    size_t i = 0;
    if (can_stream(copy, BM_ELEMENT_REAL))
        for (; i + LANES <= n; i += LANES)
            stream(copy + i, load(x + i));
    memcpy(copy + i, x + i, (n - i) * sizeof *x);
    end_stream();
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
