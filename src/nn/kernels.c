/* Which kernels run: the best that the CPU has, unless another is asked for. */
#include "kernels.h"

#include <string.h>

#include "bm/isa.h"

extern const struct bm_kernels bm_kernels_portable;
#ifdef __x86_64__
extern const struct bm_kernels bm_kernels_avx2, bm_kernels_avx512;
#endif

const struct bm_kernels *const *bm_kernels_all(void)
{
    static const struct bm_kernels *all[4];
    size_t n = 0;
    if (all[0] != NULL)
        return all;
#if defined(__x86_64__) && !defined(BM_DOUBLE)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        all[n++] = &bm_kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        all[n++] = &bm_kernels_avx2;
#endif
    all[n] = &bm_kernels_portable;
    return all;
}

static const struct bm_kernels *chosen;

int bm_kernels_choose(const char *isa, struct bm_err *err)
{
    char names[64] = "";
    for (const struct bm_kernels *const *k = bm_kernels_all(); *k != NULL; k++) {
        if (strcmp((*k)->isa, isa) == 0) {
            chosen = *k;
            return 0;
        }
        strcat(strcat(names, names[0] ? ", " : ""), (*k)->isa);
    }
    return bm_fail(err, BM_EXIT_USAGE, "BM_ISA: '%s' is not to be had on this CPU (valid: %s)", isa,
                   names);
}

const struct bm_kernels *bm_kernels(void)
{
    if (chosen == NULL)
        chosen = bm_kernels_all()[0];
    return chosen;
}

const char *bm_isa(void)
{
    return bm_kernels()->isa;
}

bool bm_isa_has_bf16(void)
{
#if defined(__x86_64__) && !defined(BM_DOUBLE)
    return bm_kernels() == &bm_kernels_avx512 && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}
