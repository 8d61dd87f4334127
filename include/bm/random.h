/* Counter-based random streams (Philox4x64-10, Random123): every number is a pure function of
 * (seed, purpose, i, j) and of its position in the stream. Nothing depends on the order in which
 * streams are used, so runs repeat bit for bit on any number of ranks and after any interruption.
 */
#ifndef BM_RANDOM_H
#define BM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for. The numbers are part of what results mean: never renumber, only append. */
enum bm_purpose {
    BM_RANDOM_SUBSET = 1,      /* data_seed: ranks images of a class (i = split, j = image) */
    BM_RANDOM_NOISY = 2,       /* data_seed: ranks images for label noise (i = image) */
    BM_RANDOM_LABEL = 3,       /* data_seed: a random label (i = image, j = copy; 0: the image) */
    BM_RANDOM_SYNTHETIC = 4,   /* data_seed: a generated image (i = split, j = image) */
    BM_RANDOM_INIT = 5,        /* seed: initial parameters (i = parameter tensor) */
    BM_RANDOM_ORDER = 6,       /* seed: order of the images (i = epoch) */
    BM_RANDOM_PICK = 7,        /* seed: which copy a visit sees (i = image, j = epoch) */
    BM_RANDOM_VIEW = 8,        /* seed: augmentation of a copy (i = image, j = copy) */
    BM_RANDOM_FIT_PICK = 9,    /* seed: which copy `fit` sees (i = image, j = epoch) */
    BM_RANDOM_FIT_VIEW = 10,   /* seed: the view that `fit` sees when each is new (i, j as above) */
    BM_RANDOM_FRESH_VIEW = 11, /* seed: views for probes alone (i = image, j = view) */
    BM_RANDOM_PROJECTION = 12, /* 0: where the linear probe adds a long feature (i = feature) */
    BM_RANDOM_MIX = 13,        /* seed: who is mixed with whom, and how (i = epoch, j = batch) */
    BM_RANDOM_OTHERS = 14,     /* seed: ranks images that are copies of others (i = image) */
};

struct bm_random {
    uint64_t key[2], counter[4], block[4];
    unsigned left; /* words of `block` not handed out yet */
};

struct bm_random bm_random_of(uint64_t seed, enum bm_purpose purpose, uint64_t i, uint64_t j);
/* A lane of a stream that nothing was drawn from: lanes do not overlap, so however much one user of
 * a stream draws, it does not shift what another gets. Lane 0 is the stream itself. */
struct bm_random bm_random_lane(const struct bm_random *random, uint64_t lane);

uint64_t bm_random_u64(struct bm_random *random);
/* Uniform in [0, 1), 53 bits. */
double bm_random_uniform(struct bm_random *random);
/* Uniform in [low, high). */
double bm_random_range(struct bm_random *random, double low, double high);
/* What n calls of bm_random_range return, in a fraction of the time. */
void bm_random_ranges(struct bm_random *random, double low, double high, double *values, size_t n);
/* Uniform in 0 … n-1, without bias (Lemire 2019); n > 0. */
uint64_t bm_random_below(struct bm_random *random, uint64_t n);
/* Standard normal (Box-Muller; takes two words). */
double bm_random_normal(struct bm_random *random);
/* Beta(alpha, alpha), in [0, 1]: symmetric about 1/2, of variance 1 / (4 (2 alpha + 1)). */
double bm_random_beta(struct bm_random *random, double alpha);
/* Uniform permutation of items[0 … n-1] (Fisher-Yates). */
void bm_random_shuffle(struct bm_random *random, uint32_t *items, size_t n);

#endif
