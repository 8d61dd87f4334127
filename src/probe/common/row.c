#include "row.h"

#include <math.h>

/* Partial sums, since each addition waits for the one before it. */
enum { SUMS = 8 };

static double total(const double sums[SUMS])
{
    double sum = 0;
    for (size_t s = 0; s < SUMS; s++)
        sum += sums[s];
    return sum;
}

double bm_row_dot(const float *a, const float *b, size_t n)
{
    double sums[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] += (double)a[i + s] * (double)b[i + s];
    for (; i < n; i++)
        sums[0] += (double)a[i] * (double)b[i];
    return total(sums);
}

double bm_row_length(const float *row, size_t n)
{
    return sqrt(bm_row_dot(row, row, n));
}

void bm_row_divide(const float *row, size_t n, double length, float *out)
{
    float scale = length > 0 ? (float)(1 / length) : 1;
    if (!isfinite(scale)) { /* denormal features: scale in two steps */
        for (size_t i = 0; i < n; i++)
            out[i] = (float)((double)row[i] / length);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = row[i] * scale;
    }
}

double bm_row_distance(const float *a, const float *b, size_t n)
{
    double sums[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t s = 0; s < SUMS; s++) {
            double difference = (double)a[i + s] - (double)b[i + s];
            sums[s] += difference * difference;
        }
    for (; i < n; i++) {
        double difference = (double)a[i] - (double)b[i];
        sums[0] += difference * difference;
    }
    return total(sums);
}
