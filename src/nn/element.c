#include "element.h"

#include "kernels.h"

static void pack_bf16(const bm_real *x, size_t n, void *packed)
{
    bm_kernels()->bf16_pack(x, n, packed, false);
}

static void stream_bf16(const bm_real *x, size_t n, void *packed)
{
    bm_kernels()->bf16_pack(x, n, packed, true);
}

static void stream_reals(const bm_real *x, size_t n, void *copy)
{
    bm_kernels()->real_stream(x, n, copy);
}

static void unpack_bf16(const void *packed, size_t n, bm_real *x)
{
    bm_kernels()->bf16_unpack(packed, n, x);
}

const struct bm_element_type *bm_element_type(enum bm_element element)
{
    static const struct bm_element_type types[] = {
        [BM_ELEMENT_REAL] = {sizeof(bm_real), NULL, NULL, stream_reals},
        [BM_ELEMENT_BF16] = {sizeof(uint16_t), pack_bf16, unpack_bf16, stream_bf16},
    };
    return &types[element];
}

enum { PIECE = 1 << 15 };

static size_t piece_at(size_t i, size_t n)
{
    return n - i < PIECE ? n - i : PIECE;
}

void bm_element_pack(enum bm_element element, int threads, const bm_real *x, size_t n, void *packed,
                     bool streams)
{
    bm_pack *pack = bm_element_packer(element, streams);
#pragma omp parallel for num_threads(threads) schedule(static) if (n > PIECE)
    for (size_t i = 0; i < n; i += PIECE)
        pack(x + i, piece_at(i, n), bm_element_at(packed, element, i));
}

void bm_element_unpack(enum bm_element element, int threads, const void *packed, size_t n,
                       bm_real *x)
{
    const struct bm_element_type *type = bm_element_type(element);
#pragma omp parallel for num_threads(threads) schedule(static) if (n > PIECE)
    for (size_t i = 0; i < n; i += PIECE)
        type->unpack(bm_element_at(packed, element, i), piece_at(i, n), x + i);
}
