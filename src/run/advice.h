/* What slows a sweep down without anybody noticing, and the flag that mends it. */
#ifndef BM_RUN_ADVICE_H
#define BM_RUN_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BM_MOST_ADVICE = 3, BM_ADVICE_SIZE = 240 };

struct bm_advice_facts {
    bool has_avx512;           /* the CPU */
    const char *kernel;        /* that OpenBLAS chose */
    const char *forced_kernel; /* $OPENBLAS_CORETYPE; NULL: not set */
    bool launched;             /* by an MPI launcher */
    int host_cores;            /* of this host */
    int cores;                 /* that this process may use */
    int64_t threads;           /* of a trainer; 0: as many as `cores` */
    size_t trainers;           /* on this host */
};

/* Fills in what can be known of this process and its host: all but `launched`, `threads` and
 * `trainers`. */
void bm_advice_probe(struct bm_advice_facts *facts);
/* One sentence each; returns how many. */
size_t bm_advise(const struct bm_advice_facts *facts,
                 char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE]);

#endif
