/* What the elements of arrays between layers are, or between the passes: a row a type. */
#ifndef BM_NN_ELEMENT_H
#define BM_NN_ELEMENT_H

#include "bm/nn.h"

enum bm_element { BM_ELEMENT_REAL, BM_ELEMENT_BF16 };

typedef void bm_pack(const bm_real *x, size_t n, void *packed);

struct bm_element_type {
    size_t bytes;
    /* Both NULL: for reals, which stay what they are. Elements keep their places, so that any part
     * can be packed or unpacked alone. */
    bm_pack *pack;
    void (*unpack)(const void *packed, size_t n, bm_real *x);
    /* Packs, or copies reals, past the caches. */
    bm_pack *stream;
};

const struct bm_element_type *bm_element_type(enum bm_element element);

/* How reals get to where they are stored; NULL: they are made there. */
static inline bm_pack *bm_element_packer(enum bm_element element, bool streams)
{
    const struct bm_element_type *type = bm_element_type(element);
    return streams ? type->stream : type->pack;
}

/* Where element number `at` of an array is. */
static inline void *bm_element_at(const void *array, enum bm_element element, size_t at)
{
    return (char *)array + at * bm_element_type(element)->bytes;
}

/* The same in an array that is known to be of reals. */
static inline bm_real *bm_real_at(const void *array, size_t at)
{
    return (bm_real *)array + at;
}

/* n of them, by pieces that threads share. */
void bm_element_pack(enum bm_element element, int threads, const bm_real *x, size_t n, void *packed,
                     bool streams);
void bm_element_unpack(enum bm_element element, int threads, const void *packed, size_t n,
                       bm_real *x);

#endif
