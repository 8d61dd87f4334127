/* Vectors that the double build prints and the float build compares with. */
#ifndef BM_TESTS_VECTORS_H
#define BM_TESTS_VECTORS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A line: the count, then the values, exactly. */
static inline void print_vector(const double *values, size_t n)
{
    printf("%zu", n);
    for (size_t i = 0; i < n; i++)
        printf(" %a", values[i]);
    printf("\n");
}

/* What `test --dump` of the double build prints; close with pclose. */
static inline FILE *dump_of(const char *test)
{
    const char *build = getenv("BM_BUILD");
    char command[1000];
    snprintf(command, sizeof command, "'%s/tests/double/%s' --dump",
             build != NULL ? build : "build", test);
    return popen(command, "r");
}

/* |ours - theirs| / |theirs| for the next vector; NAN where it is no vector of n values. */
static inline double error_of_next(FILE *dump, const float *ours, size_t n)
{
    size_t their_n = 0;
    double error = 0, norm = 0, theirs;
    if (fscanf(dump, "%zu", &their_n) != 1 || their_n != n)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        if (fscanf(dump, "%la", &theirs) != 1)
            return NAN;
        error += ((double)ours[i] - theirs) * ((double)ours[i] - theirs);
        norm += theirs * theirs;
    }
    return error > 0 ? sqrt(error / norm) : error; /* two zeros are equal */
}

#endif
