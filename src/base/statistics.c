/* Statistics of a few numbers. */
#include "bm/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return isnan(x) - isnan(y) != 0 ? isnan(x) - isnan(y) : (x > y) - (x < y);
}

/* ---- mean ---- */

/* In two passes: values that are nearly equal lose no digits. */
struct bm_mean bm_mean_of(double *values, size_t n)
{
    struct bm_mean found = {.mean = NAN, .deviation = NAN, .half = NAN};
    double sum = 0, squares = 0;
    if (n > 0)
        qsort(values, n, sizeof *values, compare); /* sums depend on the order */
    while (found.n < n && !isnan(values[found.n]))
        sum += values[found.n++];
    if (found.n == 0)
        return found;
    double count = (double)found.n;
    found.mean = sum / count;
    if (found.n < 2)
        return found;
    for (size_t i = 0; i < found.n; i++)
        squares += (values[i] - found.mean) * (values[i] - found.mean);
    found.deviation = sqrt(squares / (count - 1));
    found.half = bm_student_quantile(0.975, found.n - 1) * found.deviation / sqrt(count);
    return found;
}

/* ---- Student's t ---- */

/* The probability that |t| < sqrt(degrees) tan(angle), and its derivative by the angle. */
static double student_within(double angle, size_t degrees, double *slope)
{
    bool is_odd = degrees % 2 != 0;
    double c = cos(angle), term = is_odd ? c : 1, sum = 0, factor = is_odd ? 2 / M_PI : 1;
    *slope = is_odd ? factor : 1 / c;
    for (size_t k = is_odd; k + 2 <= degrees; k += 2) {
        sum += term;
        term *= c * c * (double)(k + 1) / (double)(k + 2);
        *slope *= c * c * (k > 0 ? (double)(k + 1) / (double)k : 1);
    }
    return is_odd ? factor * (angle + sin(angle) * sum) : sin(angle) * sum;
}

/* By Newton's method: the probability is concave, so steps from 0 never go too far. */
double bm_student_quantile(double p, size_t degrees)
{
    assert(p > 0 && p < 1 && degrees > 0);
    double angle = 0, within = fabs(2 * p - 1), slope, step;
    do {
        step = (within - student_within(angle, degrees, &slope)) / slope;
        angle += step;
    } while (step > 1e-15 * angle);
    return copysign(sqrt((double)degrees) * tan(angle), p - 0.5);
}

/* ---- shares ---- */

double bm_binomial_error(double p, double n)
{
    return n >= 1 ? sqrt(p * (1 - p) / n) : NAN;
}

/* ---- ranks ---- */

/* Twice the rank of x[i], counted from 0 around: values below minus values above. */
static double rank_of(const double *x, size_t n, size_t i)
{
    double rank = 0;
    for (size_t j = 0; j < n; j++)
        rank += (x[j] < x[i]) - (x[j] > x[i]);
    return rank;
}

/* Those ranks have the mean 0, so that products of them are the correlation's. */
double bm_spearman(const double *x, const double *y, size_t n)
{
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) || isnan(y[i]))
            return NAN;
        double a = rank_of(x, n, i), b = rank_of(y, n, i);
        xx += a * a;
        xy += a * b;
        yy += b * b;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}
