/* How work is shared among threads: each has one contiguous slice, whose bounds follow from the
 * counts alone, so that sums are made in the same order in every pass and every run. */
#ifndef BM_NN_SLICE_H
#define BM_NN_SLICE_H

/* Where the slice of a thread begins among n items; it ends where that of the next begins. */
static inline int bm_slice_begin(int n, int thread, int threads)
{
    return (int)((long long)n * thread / threads);
}

#endif
