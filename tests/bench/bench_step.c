/* Training steps on fixed random images: forward, loss, backward, Adam.
 * bench_step ARCH WIDTH PROJECTOR BATCH STEPS: prints images/s of the steps after the first, and
 * the peak of memory in bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bm/nn.h"
#include "bm/random.h"
#include "bm/clock.h"

struct bench {
    struct bm_net *net;
    int batch;
    bm_real *x, *d_output, *moments;
    uint16_t *targets;
};

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void step(struct bench *bench, int64_t t)
{
    static const struct bm_optimizer_settings settings = {.lr = 1e-3};
    const struct bm_optimizer *adam = bm_optimizer_find("adam");
    const bm_real *output = bm_net_forward(bench->net, bench->x, bench->batch, BM_TRAIN);
    bm_loss_find("mse")->value(output, bench->targets, bench->batch, 10, bench->d_output);
    bm_net_backward(bench->net, bench->x, bench->d_output, bench->batch);
    adam->step(&settings, t, bm_net_parameters(bench->net), bm_net_parameter_data(bench->net),
               bm_net_gradient_data(bench->net), bench->moments);
}

static void fill(struct bench *bench, size_t image)
{
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    size_t n = (size_t)bench->batch;
    bench->x = must(calloc(n * image, sizeof *bench->x));
    bench->targets = must(calloc(n, sizeof *bench->targets));
    bench->d_output = must(calloc(n * 10, sizeof *bench->d_output));
    bench->moments = must(calloc(2 * bm_net_parameters(bench->net), sizeof *bench->moments));
    for (size_t i = 0; i < n * image; i++)
        bench->x[i] = (bm_real)bm_random_uniform(&random);
    for (size_t i = 0; i < n; i++)
        bench->targets[i] = (uint16_t)bm_random_below(&random, 10);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    struct bm_err err = {0};
    struct bm_net_spec spec = {.input = {32, 32, 3},
                               .classes = 10,
                               .width = atoi(argv[2]),
                               .depth = 3,
                               .projector_width = atoi(argv[3]),
                               .stem = "small",
                               .norm = true};
    snprintf(spec.arch, sizeof spec.arch, "%s", argv[1]);
    struct bench bench = {.batch = atoi(argv[4])};
    int steps = atoi(argv[5]);
    bench.net = bm_net_new(&spec, bench.batch, &err);
    if (bench.net == NULL || bm_net_plan(bench.net, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bm_net_init(bench.net, 1);
    fill(&bench, bm_shape_size(spec.input));
    step(&bench, 1); /* touches all memory */
    double began = bm_seconds();
    for (int i = 0; i < steps; i++)
        step(&bench, i + 2);
    double seconds = bm_seconds() - began;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.6g %.6g\n", steps * bench.batch / seconds, 1024.0 * (double)usage.ru_maxrss);
    return 0;
}
