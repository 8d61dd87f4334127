/* What a run will take: arithmetic, memory and disk, from the configuration alone. */
#include "batch.h"
#include "setup.h"

#include <math.h>
#include <string.h>

#include "bm/data.h"
#include "bm/probe.h"

/* What the cost needs to know of a network. Grids repeat few networks over many points. */
struct sized_net {
    struct bm_net_spec spec;
    int batch, pool;
    size_t memory, parameters;
    double flops;
    int taps;
    size_t longest;  /* floats of a tap for one image */
    double features; /* of all taps */
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
        .memory = bm_net_memory(net, BM_UPDATE_AT_ONCE),
        .parameters = bm_net_parameters(net),
        .flops = bm_net_flops(net),
        .taps = bm_net_taps(net),
    };
    for (int tap = 0; tap < sized.taps; tap++)
        sized.features += (double)bm_net_tap_dimension(net, tap, pool);
    sized.longest = bm_train_longest_tap(net, pool);
    bm_net_free(net);
    size_t at = n_known < REMEMBERED ? n_known++ : oldest++ % REMEMBERED;
    known[at] = sized;
    return &known[at];
}

/* Bytes that the probes would hold if all of them worked in one pass over the images. */
static double probe_bytes(const struct bm_config *config, const struct sized_net *net, double test)
{
    double bytes = 0;
    for (const struct bm_probe *const *probe = bm_probes; *probe != NULL; probe++) {
        if (!bm_train_uses_probe(config, (*probe)->name))
            continue;
        struct bm_probe_task mean_tap = {
            .config = config,
            .dimension = (size_t)(net->features / net->taps),
        };
        double per_tap = (double)(*probe)->memory_per_test(&mean_tap);
        bytes += test * (net->features * sizeof(float) + net->taps * per_tap);
    }
    return bytes;
}

/* Bytes of images: a generated set has those that are asked for, a set of files maps them all. */
static double image_bytes(const struct bm_dataset *dataset, const struct bm_train_sizes *sizes)
{
    struct bm_image_shape shape = dataset->shape;
    size_t images = dataset->generated ? sizes->n_probe_train + sizes->n_test
                                       : dataset->n_train + dataset->n_test;
    return (double)images * shape.channels * shape.height * shape.width;
}

static double batch_bytes(const struct bm_net_spec *spec, const struct bm_config *config,
                          const struct bm_launch *launch)
{
    struct bm_arena count = {0};
    struct bm_batch batch = {
        .input = spec->input,
        .classes = spec->classes,
        .most = (int)config->batch_size,
        .threads = launch->threads > 0 ? (int)launch->threads : 1,
    };
    bm_batch_carve(&batch, &count);
    return (double)count.used;
}

/* FLOPs of one evaluation. It sees the training images for memorization and, where views are not
 * the images, for fit, and the test images. The probes see test images and those that they are
 * fitted on in each of their passes, the first of which also counts the accuracies, and compare the
 * features of each pair. */
static double evaluation_flops(const struct bm_config *config, const struct bm_train_sizes *sizes,
                               const struct sized_net *net, double passes)
{
    double train = (double)sizes->n_train, test = (double)sizes->n_test;
    double probe_train = (double)sizes->n_probe_train, pairs = 0;
    double images = train + test + (config->diversity != 0 ? train : 0);
    if (passes > 0) {
        images += (passes - 1) * (probe_train + test);
        if (config->probe_train == BM_PROBE_TRAIN_ALL)
            images += probe_train;
        pairs = 2 * net->features * probe_train * test;
    }
    return net->flops * images + pairs;
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
    double batch = (double)config->batch_size, probe_limit = (double)launch->probe_memory * 0x1p20;
    double probes = probe_bytes(config, net, (double)sizes.n_test);
    cost->evaluations = (int)bm_train_evaluations(config);
    cost->taps = net->taps;

    /* A backward pass costs two forward passes. */
    double images = (double)sizes.steps * batch * (double)config->epochs;
    cost->flops =
        3 * net->flops * images +
        cost->evaluations * evaluation_flops(config, &sizes, net, ceil(probes / probe_limit));

    /* What is to be saved is put together in memory; a tensor at a time is on its way there. */
    bool saves = launch->save_weights != BM_SAVE_NONE;
    double saved = saves ? (double)net->parameters * sizeof(float) : 0;

    const double process = 48 * 0x1p20; /* libraries, buffers of OpenBLAS */
    const struct bm_optimizer *optimizer = bm_optimizer_find(config->optimizer);
    double moments = optimizer->moments * (double)net->parameters * sizeof(bm_real);
    double batches = batch_bytes(&spec, config, launch);
    double features = batch * (double)net->longest * sizeof(float);
    cost->memory = process + (double)net->memory + moments + batches + features +
                   image_bytes(bm_dataset_find(config->dataset), &sizes) +
                   fmin(probes, probe_limit) + 2 * saved;

    double row = 8.0 * (double)bm_evaluation_table.n_fields +
                 net->taps * (double)bm_tap_probe_table.record_size;
    /* Once in the journal, once in the snapshot. */
    cost->disk = 2 * (cost->evaluations * row +
                      (double)(sizeof(struct bm_config) + sizeof(struct bm_result))) +
                 saved;
    return 0;
}
