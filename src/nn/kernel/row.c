/* Rows of floats, measured in double. The sums are the same numbers added in the same order on
 * every instruction set, and nothing is contracted (Makefile). */
#include "vector.h"

/* Partial sums, since each addition waits for the one before it. */
enum { SUMS = 8 };

BM_INLINE double total(const double sums[SUMS])
{
    double sum = 0;
    for (int s = 0; s < SUMS; s++)
        sum += sums[s];
    return sum;
}

void BM_KERNEL(row_dot)(const float *a, const float *b, size_t n, double *dot)
{
    double sums[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] += (double)a[i + s] * (double)b[i + s];
    for (; i < n; i++)
        sums[0] += (double)a[i] * (double)b[i];
    *dot = total(sums);
}

void BM_KERNEL(row_distance)(const float *a, const float *b, size_t n, double *distance)
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
    *distance = total(sums);
}

/* Adds SUMS squares of differences to `b` times its scale. */
BM_INLINE void add_squares(const float *a, const float *b, float scale, double sums[SUMS])
{
    for (size_t s = 0; s < SUMS; s++) {
        double difference = (double)a[s] - (double)(b[s] * scale);
        sums[s] += difference * difference;
    }
}

/* To the first sum alone; without touching it apart from the others, of which it would lose its
 * place in a register. */
BM_INLINE void add_square(float a, float b, float scale, double sums[SUMS])
{
    float from[SUMS] = {a}, to[SUMS] = {b};
    add_squares(from, to, scale, sums);
}

/* Of rows times their scale. The sums of one do not wait for those of the other. */
void BM_KERNEL(row_distances)(const float *a, const float *const b[BM_ROW_GROUP],
                              const float scale[BM_ROW_GROUP], size_t n,
                              double distance[BM_ROW_GROUP])
{
    double first[SUMS] = {0}, second[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS) {
        add_squares(a + i, b[0] + i, scale[0], first);
        add_squares(a + i, b[1] + i, scale[1], second);
    }
    for (; i < n; i++) {
        add_square(a[i], b[0][i], scale[0], first);
        add_square(a[i], b[1][i], scale[1], second);
    }
    distance[0] = total(first);
    distance[1] = total(second);
}

void BM_KERNEL(row_scale)(const float *row, size_t n, float scale, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = row[i] * scale;
}
