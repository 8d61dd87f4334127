/* Mean and squared deviations of each channel over many pixels, in one pass over memory, a group of
 * pixels at a time: each group is summed about what its mean is expected to be, and groups are
 * joined in double (Chan, Golub and LeVeque 1983), so that nothing cancels where mean >> deviation.
 */
#ifndef BM_NN_MOMENTS_H
#define BM_NN_MOMENTS_H

#include "kernels.h"

/* Of one thread: lies in front of its vectors, in memory of the caller. */
struct bm_moments {
    int channels;
    double count;          /* pixels */
    double *mean, *square; /* of x, of x - mean (summed), one behind the other */
    double *sums;          /* of a group, about `shift` */
    bm_real *shift;
};

/* Takes those of no pixels; the first thing taken is the struct. */
struct bm_moments *bm_moments_begin(int channels, struct bm_arena *arena);
size_t bm_moments_bytes(int channels); /* that it takes */
/* Adds pixels that lie one behind the other. */
void bm_moments_add(struct bm_moments *moments, const void *x, enum bm_element element,
                    size_t pixels);
/* Those of all threads, `step` bytes apart from `first` on, to `moments`: means, then squares. */
void bm_moments_join(struct bm_moments *first, size_t step, int threads, double *moments);

/* `count` pixels, one behind the other. */
static inline struct bm_pixels bm_pixels_of(size_t count, int channels)
{
    return (struct bm_pixels){.images = 1, .height = 1, .width = (int)count, .channels = channels};
}

#endif
