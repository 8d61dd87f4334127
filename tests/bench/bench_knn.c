/* The kNN probe on random features, and the bare matrix product that it contains.
 * bench_knn TRAIN TEST DIMENSION: prints seconds of both. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/clock.h"
#include "bm/nn.h"
#include "bm/random.h"
#include "probe_run.h"

enum { BLOCK = 250 }; /* rows handed over at a time, as in training */

static float *random_rows(size_t n, uint64_t seed)
{
    struct bm_random random = bm_random_of(seed, BM_RANDOM_ORDER, 0, 0);
    float *rows = calloc(n, sizeof *rows);
    if (rows == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        rows[i] = (float)bm_random_normal(&random);
    return rows;
}

static double product_seconds(const float *train, const float *test, size_t n_train, size_t n_test,
                              size_t dimension)
{
    float *products = random_rows(BLOCK * n_test, 3);
    double began = bm_seconds();
    for (size_t at = 0; at < n_train; at += BLOCK)
        bm_gemm_float(false, true, (int)n_test, BLOCK, (int)dimension, 1, test, (int)dimension,
                      train + at * dimension, (int)dimension, 0, products, BLOCK);
    double seconds = bm_seconds() - began;
    free(products);
    return seconds;
}

static double probe_seconds(const float *train, const float *test, size_t n_train, size_t n_test,
                            size_t dimension)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    uint16_t *truth = calloc(n_train + n_test, sizeof *truth);
    if (truth == NULL)
        abort();
    for (size_t i = 0; i < n_train + n_test; i++)
        truth[i] = (uint16_t)(i % 10);
    struct probe_run run = {
        .probe = bm_probe_find("knn"),
        .config = &config,
        .classes = 10,
        .n_taps = 1,
        .dimension = {dimension},
        .test = {n_test, {test}, truth, NULL},
        .train = {n_train, {train}, truth, NULL},
        .rows = BLOCK,
    };
    double began = bm_seconds();
    probe_run(&run);
    double seconds = bm_seconds() - began;
    free(truth);
    return seconds;
}

int main(int argc, char **argv)
{
    if (argc != 4 || atoi(argv[1]) % BLOCK != 0)
        return 2;
    size_t n_train = (size_t)atoi(argv[1]), n_test = (size_t)atoi(argv[2]);
    size_t dimension = (size_t)atoi(argv[3]);
    float *train = random_rows(n_train * dimension, 1), *test = random_rows(n_test * dimension, 2);
    double product = product_seconds(train, test, n_train, n_test, dimension);
    double probe = probe_seconds(train, test, n_train, n_test, dimension);
    printf("%.6g %.6g\n", probe, product);
    free(train);
    free(test);
    return 0;
}
