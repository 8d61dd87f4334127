/* The kernels of one instruction set. */
#include "vector.h"

#define BM_STRING_(text) #text
#define BM_STRING(text)  BM_STRING_(text)

extern const struct bm_kernels BM_KERNEL(kernels);
const struct bm_kernels BM_KERNEL(kernels) = {.isa = BM_STRING(BM_ISA),
                                              .lanes = LANES,
#define BM_KERNEL_ENTRY(name, arguments) .name = BM_KERNEL(name),
                                              BM_KERNELS(BM_KERNEL_ENTRY)
#undef BM_KERNEL_ENTRY
};
