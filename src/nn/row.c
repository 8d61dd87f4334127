#include "bm/row.h"

#include <math.h>

#include "kernels.h"

double bm_row_dot(const float *a, const float *b, size_t n)
{
    double dot;
    bm_kernels()->row_dot(a, b, n, &dot);
    return dot;
}

double bm_row_length(const float *row, size_t n)
{
    return sqrt(bm_row_dot(row, row, n));
}

void bm_row_divide(const float *row, size_t n, double length, float *out)
{
    float scale = length > 0 ? (float)(1 / length) : 1;
    if (isfinite(scale))
        bm_kernels()->row_scale(row, n, scale, out);
    else /* denormal features: scale in two steps */
        for (size_t i = 0; i < n; i++)
            out[i] = (float)((double)row[i] / length);
}

double bm_row_distance(const float *a, const float *b, size_t n)
{
    double distance;
    bm_kernels()->row_distance(a, b, n, &distance);
    return distance;
}
