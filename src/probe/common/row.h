/* Rows of features in float, measured in double. */
#ifndef BM_PROBE_COMMON_ROW_H
#define BM_PROBE_COMMON_ROW_H

#include <stddef.h>

/* Divides a row by its length, zero stays zero; returns what its squared length then is. */
double bm_row_normalize(float *row, size_t n);
/* The squared Euclidean distance. */
double bm_row_distance(const float *a, const float *b, size_t n);

#endif
