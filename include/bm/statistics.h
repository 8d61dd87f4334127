/* Statistics of a few numbers. NaN is "undefined" and is left out everywhere; what cannot be said
 * is NaN. No state, no memory, any order of the values gives the same bits. */
#ifndef BM_STATISTICS_H
#define BM_STATISTICS_H

#include <stddef.h>

/* The mean of the defined ones among some values, and how sure it is. */
struct bm_mean {
    size_t n;         /* defined */
    double mean;      /* NaN: n is 0 */
    double deviation; /* standard deviation, by n - 1; NaN: n < 2 */
    double half;      /* half of the 95 % interval of Student's t, n - 1 degrees; NaN: n < 2 */
};

/* Sorts `values`. */
struct bm_mean bm_mean_of(double *values, size_t n);

/* The value that Student's t with `degrees` of freedom (1, 2, …) stays below with probability `p`,
 * 0 < p < 1 (Abramowitz and Stegun 26.7.3 and 4). */
double bm_student_quantile(double p, size_t degrees);

/* Standard error of a share `p` that was counted in n trials: sqrt(p (1 - p) / n); NaN: n < 1. */
double bm_binomial_error(double p, double n);

/* Spearman's rank correlation of n pairs: Pearson's of their ranks, ties sharing their mean rank.
 * Infinities have a rank like others. NaN: a pair is undefined, n < 2, or one side is constant. */
double bm_spearman(const double *x, const double *y, size_t n);

#endif
