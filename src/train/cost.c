/* What a run will take: arithmetic, memory and disk, from the configuration alone. */
#include "setup.h"

#include <string.h>

/* What the cost needs to know of a network. Grids repeat few networks over many points. */
struct sized_net {
    struct bm_net_spec spec;
    int batch, pool;
    size_t memory, parameters;
    double flops;
    int taps;
    double features; /* floats of all taps for one image */
};

enum { REMEMBERED = 32 };

static const struct sized_net *size_net(const struct bm_net_spec *spec, int batch, int pool,
                                        struct bm_err *err)
{
    static struct sized_net known[REMEMBERED];
    static size_t n_known, oldest;
    for (size_t i = 0; i < n_known; i++)
        if (known[i].batch == batch && known[i].pool == pool &&
            memcmp(&known[i].spec, spec, sizeof *spec) == 0)
            return &known[i];
    struct bm_net *net = bm_net_new(spec, batch, err);
    if (net == NULL)
        return NULL;
    struct sized_net sized = {
        .spec = *spec,
        .batch = batch,
        .pool = pool,
        .memory = bm_net_memory(net),
        .parameters = bm_net_parameters(net),
        .flops = bm_net_flops(net),
        .taps = bm_net_taps(net),
    };
    for (int tap = 0; tap < sized.taps; tap++)
        sized.features += (double)bm_net_tap_dimension(net, tap, pool);
    bm_net_free(net);
    size_t at = n_known < REMEMBERED ? n_known++ : oldest++ % REMEMBERED;
    known[at] = sized;
    return &known[at];
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

int bm_cost_of(const struct bm_config *config, const struct bm_launch *launch, struct bm_cost *cost,
               struct bm_err *err)
{
    struct bm_net_spec spec;
    struct bm_train_sizes sizes;
    if (bm_train_net_spec(config, &spec, err) != 0 || bm_train_sizes(config, &sizes, err) != 0)
        return -1;
    const struct sized_net *net =
        size_net(&spec, (int)config->batch_size, (int)config->probe_pool, err);
    if (net == NULL)
        return -1;
    double train = (double)sizes.n_train, test = (double)sizes.n_test;
    double probe_train = (double)sizes.n_probe_train;
    int64_t regular = config->epochs / config->probe_every;
    cost->evaluations = (int)(1 + regular + (config->epochs % config->probe_every != 0));
    cost->taps = net->taps;

    /* A backward pass costs two forward passes. An evaluation sees the training images twice
     * (memorization, fit), the test images once, and compares the features of each pair. */
    double images = (double)sizes.steps * (double)config->batch_size * (double)config->epochs;
    double pairs = config->probes[0] ? 2 * net->features * probe_train * test : 0;
    double evaluation = net->flops * (2 * train + test) + pairs;
    cost->flops = 3 * net->flops * images + cost->evaluations * evaluation;

    const double process = 48 * 0x1p20; /* libraries, buffers of OpenBLAS */
    const struct bm_optimizer *optimizer = bm_optimizer_find(config->optimizer);
    double moments = optimizer->moments * (double)net->parameters * sizeof(bm_real);
    double features = net->features * (test + (double)config->batch_size) * sizeof(float);
    double batch = (double)config->batch_size * (double)bm_shape_size(spec.input) * sizeof(bm_real);
    double pixels = (train + test) * (double)bm_shape_size(spec.input);
    cost->memory = process + (double)net->memory + moments + batch + pixels +
                   smaller(features, (double)launch->probe_memory * 0x1p20);

    double row = 8.0 * (double)bm_evaluation_table.n_fields +
                 net->taps * (double)bm_tap_probe_table.record_size;
    /* Once in the journal, once in the snapshot. */
    cost->disk = 2 * (cost->evaluations * row +
                      (double)(sizeof(struct bm_config) + sizeof(struct bm_result)));
    return 0;
}
