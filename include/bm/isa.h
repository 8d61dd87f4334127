/* The instruction set that the hot loops run on (nn/kernels.c): one program serves a mixed cluster.
 */
#ifndef BM_ISA_H
#define BM_ISA_H

#include <stdbool.h>

#include "bm/err.h"

/* Takes another instruction set than the best that the CPU has; before any network is built. Fails
 * (BM_EXIT_USAGE) where the CPU or this build has no such one. */
int bm_kernels_choose(const char *isa, struct bm_err *err);
const char *bm_isa(void); /* "avx512", "avx2", "portable" */
/* Whether it has dot products of bfloat16; else they are made of products of float, slowly. */
bool bm_isa_has_bf16(void);

#endif
