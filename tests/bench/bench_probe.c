/* A probe on random features, and the bare matrix product in float of all its training rows with
 * all its test rows (noisy: with as many training rows).
 * bench_probe PROBE TRAIN TEST DIMENSION [KNN_ALSO]: prints seconds of CPU of both, and the
 * floating-point operations that the probe says it takes. A probe of pairs has two taps. */
#include <stdio.h>
#include <stdlib.h>
#include "probe_run.h"
#include "training.h"

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
    double began = cpu_seconds();
    for (size_t at = 0; at < n_train; at += BLOCK)
        bm_gemm_float(false, true, (int)n_test, BLOCK, (int)dimension, 1, test, (int)dimension,
                      train + at * dimension, (int)dimension, 0, products, BLOCK);
    double seconds = cpu_seconds() - began;
    free(products);
    return seconds;
}

static double flops_of(const struct probe_run *run)
{
    const struct bm_held held = {.n = strcmp(run->probe->name, "noisy") == 0
                                          ? (size_t)run->config->noisy_queries
                                          : run->test.n,
                                 .dimension = run->dimension[0]};
    const struct bm_probe_tap taps[] = {{run->dimension[0], &held}, {run->dimension[0], &held}};
    const struct bm_probe_task task = {
        .config = run->config,
        .classes = run->classes,
        .n_test = run->test.n,
        .n_train = run->train.n,
        .n_fitted = run->train.n,
        .n_taps = run->n_taps,
        .taps = taps,
    };
    return run->probe->flops(&task);
}

int main(int argc, char **argv)
{
    const struct bm_probe *probe = argc == 5 || argc == 6 ? bm_probe_find(argv[1]) : NULL;
    if (probe == NULL || atoi(argv[2]) % BLOCK != 0)
        return 2;
    size_t n_train = (size_t)atoi(argv[2]), n_test = (size_t)atoi(argv[3]);
    size_t dimension = (size_t)atoi(argv[4]), n_views = 2 * n_test;
    float *train = random_rows(n_train * dimension, 1), *test = random_rows(n_views * dimension, 2);
    uint16_t *truth = calloc(n_train + n_test, sizeof *truth);
    if (truth == NULL)
        abort();
    for (size_t i = 0; i < n_train + n_test; i++)
        truth[i] = (uint16_t)(i % 10);
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    config.noisy_queries = (int64_t)n_test;
    if (argc == 6 &&
        bm_field_set(bm_table_find(&bm_config_table, "knn_also"), &config, argv[5], NULL) != 0)
        return 2;
    struct probe_run run = {
        .probe = probe,
        .config = &config,
        .classes = 10,
        .n_taps = probe->of_pairs ? 2 : 1,
        .dimension = {dimension, dimension},
        .test = {n_test, {test, test}, truth, NULL},
        .train = {n_train, {train, train}, truth, NULL},
        .views = {n_views, {test, test}, NULL, NULL},
        .rows = BLOCK,
        .threads = 1,
    };
    double product = product_seconds(train, test, n_train, n_test, dimension);
    double began = cpu_seconds();
    probe_run(&run);
    printf("%.6g %.6g %.6g\n", cpu_seconds() - began, product, flops_of(&run));
    free(truth);
    free(train);
    free(test);
    return 0;
}
