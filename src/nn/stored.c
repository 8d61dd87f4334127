#include "stored.h"

#include "kernels.h"

static void pack_bf16(const bm_real *x, size_t n, void *packed)
{
    bm_kernels()->bf16_pack(x, n, packed);
}

static void unpack_bf16(const void *packed, size_t n, bm_real *x)
{
    bm_kernels()->bf16_unpack(packed, n, x);
}

const struct bm_stored_type *bm_stored_type(enum bm_stored stored)
{
    static const struct bm_stored_type types[] = {
        [BM_STORED_FP32] = {sizeof(bm_real), NULL, NULL},
        [BM_STORED_BF16] = {sizeof(uint16_t), pack_bf16, unpack_bf16},
    };
    return &types[stored];
}
