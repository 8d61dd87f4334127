/* Rows of features in float, measured in double; the same bits on every instruction set. */
#ifndef BM_ROW_H
#define BM_ROW_H

#include <stddef.h>

double bm_row_dot(const float *a, const float *b, size_t n);
double bm_row_length(const float *row, size_t n);
/* A row, or a part of one, divided by the length of the whole row, to `out` (which may be the same
 * memory); length 0: as it is. */
void bm_row_divide(const float *row, size_t n, double length, float *out);
/* The squared Euclidean distance. */
double bm_row_distance(const float *a, const float *b, size_t n);
enum { BM_ROW_GROUP = 2 };
/* The same of `a` and of each of some rows divided by their lengths; `divided`: memory of n. */
void bm_row_distances(const float *a, const float *const rows[BM_ROW_GROUP],
                      const double lengths[BM_ROW_GROUP], size_t n, float *divided,
                      double distances[BM_ROW_GROUP]);

#endif
