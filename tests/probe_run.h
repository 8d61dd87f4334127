/* Runs a probe on features in memory, through the rounds and walks of an evaluation. */
#ifndef BM_TESTS_PROBE_RUN_H
#define BM_TESTS_PROBE_RUN_H

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "train/probing.h"

enum { PROBE_RUN_TAPS = 8 };

struct probe_images {
    size_t n;
    const float *features[PROBE_RUN_TAPS]; /* of each tap, n x its dimension */
    const uint16_t *truth, *label;         /* label NULL: truth */
};

struct probe_run {
    const struct bm_probe *probe, *beside; /* beside: another one that runs along; NULL: none */
    const struct bm_config *config;
    int classes, n_taps;
    size_t dimension[PROBE_RUN_TAPS];
    struct probe_images test, train;
    struct probe_images fitted; /* n = 0: as train */
    struct probe_images views;  /* rows 2i and 2i + 1 are views of test image i */
    size_t rows;                /* of a call; 0: 50 */
    size_t memory;              /* bytes that a round allocates; 0: no limit */
    size_t spare;               /* bytes of other memory that it may use, full of garbage */
    int threads;                /* 0: as many as OpenMP has */
    /* What came out. */
    size_t rounds;
    bool shows_again;
    double values[PROBE_RUN_TAPS][BM_MAX_COLUMNS];
    double pairs[PROBE_RUN_TAPS][PROBE_RUN_TAPS]; /* of a probe of pairs: [a][b], a < b */
};

/* Rows first … of `images`, counted in the walk; `total`: rows of the walk. */
static inline void probe_run_show(const struct probe_run *run, struct bm_probing *probing,
                                  unsigned walks, const struct probe_images *images, size_t total,
                                  size_t first, size_t n)
{
    uint32_t *position = malloc(n * sizeof *position);
    uint16_t *truth = malloc(n * sizeof *truth), *label = malloc(n * sizeof *label);
    bool is_views = walks & 1u << BM_WALK_VIEWS;
    for (int tap = 0; tap < run->n_taps; tap++) {
        size_t d = run->dimension[tap];
        float *features = malloc(n * d * sizeof *features);
        for (size_t i = 0; i < n; i++) {
            size_t row = (first + i) * (is_views ? total : images->n) / total;
            size_t image = is_views ? row / 2 : row;
            position[i] = (uint32_t)image;
            truth[i] = images->truth[image];
            label[i] = images->label != NULL ? images->label[image] : truth[i];
            memcpy(features + i * d, images->features[tap] + row * d, d * sizeof *features);
        }
        const struct bm_probe_rows rows = {
            .tap = tap,
            .n = n,
            .dimension = d,
            .first = first,
            .features = features,
            .position = position,
            .truth = truth,
            .label = label,
        };
        if (bm_probing_wants_tap(probing, walks, tap, first, n))
            bm_probing_show(probing, walks, &rows);
        free(features);
    }
    free(position);
    free(truth);
    free(label);
}

static inline void probe_run_walk(const struct probe_run *run, struct bm_probing *probing,
                                  unsigned walks, const struct probe_images *images, size_t total)
{
    size_t first, end, most = probing->rounds.sizes.most_rows;
    bm_probing_wants(probing, walks, &first, &end);
    for (size_t at = first - first % most; at < end; at += most)
        probe_run_show(run, probing, walks, images, total, at,
                       total - at < most ? total - at : most);
    bm_probing_after(probing, walks);
}

/* Fills `rounds` and `values`. */
static inline void probe_run(struct probe_run *run)
{
    const struct probe_images *fitted = run->fitted.n > 0 ? &run->fitted : &run->train;
    struct probe_images views = run->views;
    views.truth = run->test.truth;
    struct bm_probe_tap taps[PROBE_RUN_TAPS] = {{0, NULL}};
    for (int t = 0; t < run->n_taps; t++)
        taps[t].dimension = run->dimension[t];
    const struct bm_probe *const probes[] = {run->probe, run->beside, NULL};
    const struct bm_probe_task sizes = {
        .config = run->config,
        .classes = run->classes,
        .threads = run->threads > 0 ? run->threads : omp_get_max_threads(),
        .n_test = run->test.n,
        .n_train = run->train.n,
        .n_fitted = fitted->n,
        .fitted_truth = fitted->truth,
        .most_rows = run->rows > 0 ? run->rows : 50,
        .n_taps = run->n_taps,
        .taps = taps,
    };
    struct bm_probing probing;
    bool more = true;
    struct bm_probe_memory memory = {.limit = run->memory > 0 ? run->memory : SIZE_MAX,
                                     .spare = run->spare};
    memory.at = run->spare > 0 ? aligned_alloc(BM_ALIGN, bm_arena_need(run->spare)) : NULL;
    if (memory.at != NULL)
        memset(memory.at, 0xff, run->spare);
    if (bm_probing_init(&probing, probes, &sizes, memory, NULL))
        abort();
    run->shows_again = probing.rounds.sizes.shows_again;
    for (run->rounds = 0; bm_probing_next(&probing, &more, NULL) == 0 && more; run->rounds++) {
        size_t queries = bm_round_rows(&probing.rounds.round, BM_WALK_QUERIES);
        probe_run_walk(run, &probing, 1u << BM_WALK_QUERIES, &run->train, queries);
        probe_run_walk(run, &probing, 1u << BM_WALK_TEST, &run->test, run->test.n);
        probe_run_walk(run, &probing, 1u << BM_WALK_TRAIN, &run->train, run->train.n);
        probe_run_walk(run, &probing, 1u << BM_WALK_FITTED, fitted, fitted->n);
        probe_run_walk(run, &probing, 1u << BM_WALK_AGAIN, fitted, fitted->n);
        probe_run_walk(run, &probing, 1u << BM_WALK_TEST_AFTER, &run->test, run->test.n);
        probe_run_walk(run, &probing, 1u << BM_WALK_VIEWS, &views, 2 * run->test.n);
        bm_probing_finish(&probing);
    }
    for (int t = 0; t < run->n_taps; t++)
        for (size_t c = 0; run->probe->columns[c] != NULL && !run->probe->of_pairs; c++)
            run->values[t][c] = bm_probing_value(&probing, 0, t, c);
    for (int a = 0; a < run->n_taps && run->probe->of_pairs; a++)
        for (int b = a + 1; b < run->n_taps; b++)
            run->pairs[a][b] = bm_probing_pair(&probing, 0, a, b);
    bm_probing_fini(&probing);
    free(memory.at);
}

#endif
