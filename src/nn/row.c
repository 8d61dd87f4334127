#include "bm/row.h"

#include <math.h>
#include <stdbool.h>

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

static float scale_of(double length)
{
    return length > 0 ? (float)(1 / length) : 1;
}

void bm_row_divide(const float *row, size_t n, double length, float *out)
{
    float scale = scale_of(length);
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

void bm_row_distances(const float *a, const float *const rows[BM_ROW_GROUP],
                      const double lengths[BM_ROW_GROUP], size_t n, float *divided,
                      double distances[BM_ROW_GROUP])
{
    float scales[BM_ROW_GROUP];
    bool are_finite = true;
    for (size_t r = 0; r < BM_ROW_GROUP; r++) {
        scales[r] = scale_of(lengths[r]);
        are_finite &= isfinite(scales[r]) != 0;
    }
    if (are_finite)
        bm_kernels()->row_distances(a, rows, scales, n, distances);
    for (size_t r = 0; r < BM_ROW_GROUP && !are_finite; r++) {
        bm_row_divide(rows[r], n, lengths[r], divided);
        distances[r] = bm_row_distance(a, divided, n);
    }
}
