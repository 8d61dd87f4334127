/* What benchmarks report of several rounds. */
#ifndef BM_TESTS_BENCH_MEDIAN_H
#define BM_TESTS_BENCH_MEDIAN_H

#include <stdlib.h>

static inline int median_compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorts the values; of an even number, the upper one of the middle. */
static inline double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, median_compare);
    return values[n / 2];
}

#endif
