#include "element.h"

#include "kernels.h"

static void pack_bf16(const bm_real *x, size_t n, void *packed)
{
    bm_kernels()->bf16_pack(x, n, packed);
}

static void unpack_bf16(const void *packed, size_t n, bm_real *x)
{
    bm_kernels()->bf16_unpack(packed, n, x);
}

const struct bm_element_type *bm_element_type(enum bm_element element)
{
    static const struct bm_element_type types[] = {
        [BM_ELEMENT_REAL] = {sizeof(bm_real), NULL, NULL},
        [BM_ELEMENT_BF16] = {sizeof(uint16_t), pack_bf16, unpack_bf16},
    };
    return &types[element];
}
