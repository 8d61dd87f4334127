/* Limits of taps: what architectures name, trainers fill and journals keep; and the order of pairs
 * of them. */
#ifndef BM_TAP_H
#define BM_TAP_H

#include <stddef.h>

enum {
    BM_MOST_TAPS = 128, /* of a network, and of an evaluation in a file */
    BM_TAP_NAME = 24,   /* bytes of a name, with its NUL */
    BM_MOST_PAIRS = BM_MOST_TAPS * (BM_MOST_TAPS - 1) / 2,
};

/* Pairs a < b of so many taps, and the place of one in (0, 1), (0, 2) … (1, 2) …: before it are all
 * those of smaller a. */
static inline size_t bm_pairs_of(size_t taps)
{
    return taps > 0 ? taps * (taps - 1) / 2 : 0;
}
static inline size_t bm_pair_at(size_t taps, size_t a, size_t b)
{
    return a * taps - a * (a + 1) / 2 + (b - a - 1);
}

#endif
