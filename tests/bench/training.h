/* A network that trains on fixed random images, for the benchmarks of steps. */
#ifndef BM_TESTS_BENCH_TRAINING_H
#define BM_TESTS_BENCH_TRAINING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bm/arena.h"
#include "bm/arch.h"
#include "bm/random.h"

struct training {
    struct bm_net *net;
    int batch;
    bm_real *x, *targets, *d_output, *moments;
};

/* Other processes take time from this one, but no CPU seconds of its own. */
static inline double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static inline void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static inline void training_loss(struct training *training, const bm_real *output)
{
    bm_loss_find("mse")->value(output, training->targets, training->batch, 10, training->d_output);
}

static inline struct bm_update training_update(const struct training *training, int64_t t)
{
    return (struct bm_update){.optimizer = bm_optimizer_find("adam"),
                              .settings = {.lr = 1e-3},
                              .t = t,
                              .moments = training->moments};
}

/* Settings of networks that benchmarks know beside the usual ones. */
static inline void training_set(struct bm_net_spec *spec, const char *setting)
{
    if (strcmp(setting, "saved_activations=bf16") == 0) {
        spec->saved_activations = BM_STORED_BF16;
    } else if (strcmp(setting, "saved_activations=bf16_all") == 0) {
        spec->saved_activations = BM_STORED_BF16_ALL;
    } else if (strcmp(setting, "precision=bf16") == 0) {
        spec->precision = BM_PRECISION_BF16;
    } else {
        fprintf(stderr, "'%s' is no setting here\n", setting);
        exit(2);
    }
}

/* arguments: ARCH WIDTH PROJECTOR BATCH, STEPS (the caller's), SIDE of the images, then settings,
 * and NULL at the end */
static inline struct training training_of(char **arguments)
{
    struct bm_err err = {0};
    int side = atoi(arguments[5]);
    struct bm_net_spec spec = {.input = {side, side, 3},
                               .classes = 10,
                               .width = atoi(arguments[1]),
                               .depth = 3,
                               .projector_width = atoi(arguments[2]),
                               .stem = BM_STEM_SMALL,
                               .norm = BM_NORM_BN};
    for (char **setting = arguments + 6; *setting != NULL; setting++)
        training_set(&spec, *setting);
    snprintf(spec.arch, sizeof spec.arch, "%s", arguments[0]);
    struct training training = {.batch = atoi(arguments[3])};
    training.net = bm_net_new(&spec, training.batch, &err);
    if (training.net == NULL || bm_net_plan(training.net, BM_UPDATE_AT_ONCE, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    bm_net_init(training.net, 1);
    size_t n = (size_t)training.batch, image = bm_shape_size(spec.input);
    training.x = must(calloc(n * image, sizeof *training.x));
    training.targets = must(calloc(n * 10, sizeof *training.targets));
    training.d_output = must(calloc(n * 10, sizeof *training.d_output));
    struct bm_arena arena; /* as in training; never freed */
    size_t moments = 2 * bm_net_parameters(training.net) * sizeof *training.moments;
    if (bm_arena_init(&arena, bm_arena_need(moments), "moments", &err) != 0)
        abort();
    training.moments = bm_arena_take(&arena, moments);
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < n * image; i++)
        training.x[i] = (bm_real)bm_random_uniform(&random);
    for (size_t i = 0; i < n; i++)
        training.targets[i * 10 + bm_random_below(&random, 10)] = 1;
    return training;
}

#endif
