/* Vectors of the instruction set that a kernel file is being compiled for. The Makefile sets BM_ISA
 * (a name and suffix) and BM_VECTOR_BYTES. */
#ifndef BM_NN_KERNEL_VECTOR_H
#define BM_NN_KERNEL_VECTOR_H

#include <string.h>

#include "../kernels.h"

/* A kernel's symbol: bm_NAME_ISA. */
#define BM_JOIN_(name, isa) bm_##name##_##isa
#define BM_JOIN(name, isa)  BM_JOIN_(name, isa)
#define BM_KERNEL(name)     BM_JOIN(name, BM_ISA)

#define BM_KERNEL_PROTOTYPE(name, arguments) void BM_KERNEL(name) arguments;
BM_KERNELS(BM_KERNEL_PROTOTYPE)
#undef BM_KERNEL_PROTOTYPE

#define BM_INLINE static inline __attribute__((always_inline))

/* No alignment is asked for: rows of channels may begin anywhere. */
typedef bm_real bm_vector
    __attribute__((vector_size(BM_VECTOR_BYTES), aligned(sizeof(bm_real)), may_alias));

enum { LANES = BM_VECTOR_BYTES / sizeof(bm_real) };

BM_INLINE bm_vector load(const bm_real *from)
{
    return *(const bm_vector *)from;
}

BM_INLINE void store(bm_real *to, bm_vector vector)
{
    *(bm_vector *)to = vector;
}

/* The first n lanes; zeros behind them. */
BM_INLINE bm_vector load_part(const bm_real *from, int n)
{
    if (n >= LANES)
        return load(from);
    bm_real values[LANES] = {0};
    memcpy(values, from, (size_t)n * sizeof *values);
    return load(values);
}

BM_INLINE void store_part(bm_real *to, bm_vector vector, int n)
{
    if (n >= LANES) {
        store(to, vector);
    } else {
        bm_real values[LANES];
        store(values, vector);
        memcpy(to, values, (size_t)n * sizeof *values);
    }
}

BM_INLINE bm_vector zero(void)
{
    return (bm_vector){0};
}

#endif
