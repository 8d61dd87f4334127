/* What slows a sweep down without anybody noticing, and the flag that mends it. */
#ifndef BM_RUN_ADVICE_H
#define BM_RUN_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BM_MOST_ADVICE = 4, BM_ADVICE_SIZE = 400 };

/* Vectors that a CPU has, and that a kernel of OpenBLAS uses. */
enum bm_vectors { BM_VECTORS_OLD, BM_VECTORS_AVX2, BM_VECTORS_AVX512 };

struct bm_advice_facts {
    enum bm_vectors vectors;   /* of the CPU */
    const char *kernel;        /* that OpenBLAS chose */
    const char *forced_kernel; /* $OPENBLAS_CORETYPE; NULL: not set */
    bool launched;             /* by an MPI launcher */
    int cores;                 /* that this process may use */
    int shared_cores;          /* that all trainers of this host may use together */
    const char *bound;         /* why it is not all of them; NULL: it is, or by affinity */
    int64_t threads;           /* of a trainer; 0: as many as `cores` */
    size_t trainers;           /* on this host */
    const char *ignored;       /* variables without effect, "A=1, B=2"; "" or NULL: none */
};

/* Fills in what can be known of this process and its host. `launched`, `threads` and `trainers` are
 * there already. */
void bm_advice_probe(struct bm_advice_facts *facts);
/* One sentence each; returns how many. */
size_t bm_advise(const struct bm_advice_facts *facts,
                 char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE]);
/* Tells all that there is to say of so many trainers here, with `threads` each (as above). */
void bm_advise_all(int64_t threads, size_t trainers,
                   void (*tell)(void *context, const char *sentence), void *context);

#endif
