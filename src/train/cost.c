/* What a run will take: arithmetic, memory and disk, from the configuration alone. */
#include "batch.h"
#include "examples.h"
#include "rewind.h"
#include "rounds.h"
#include "setup.h"

#include <string.h>

#include "bm/data.h"

/* `auto` is what the binding gives, which a plan cannot know. */
static int threads_of(const struct bm_launch *launch)
{
    return launch->threads > 0 ? (int)launch->threads : 1;
}

/* What the cost needs to know of a network. Grids repeat few networks over many points. */
struct sized_net {
    struct bm_net_spec spec;
    int batch, pool;
    size_t memory[BM_UPDATE_TENSORS + 1]; /* bytes, by what becomes of gradients */
    size_t spare, parameters, rewind;
    int resume;
    double reach[BM_MOST_TAPS];
    double flops;
    bool has_statistics; /* running ones, which are calibrated */
    bool rounds_products;
    int n_taps;
    size_t longest; /* floats of a tap for one image */
    struct bm_probe_tap taps[BM_MOST_TAPS];
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
    size_t at = n_known < REMEMBERED ? n_known++ : oldest++ % REMEMBERED;
    struct sized_net *sized = &known[at];
    *sized = (struct sized_net){
        .spec = *spec,
        .batch = batch,
        .pool = pool,
        .memory = {[BM_UPDATE_AT_ONCE] = bm_net_memory(net, BM_UPDATE_AT_ONCE),
                   [BM_UPDATE_TENSORS] = bm_net_memory(net, BM_UPDATE_TENSORS)},
        .spare = bm_net_spare_bytes(net),
        .parameters = bm_net_parameters(net),
        .flops = bm_net_flops(net),
        .has_statistics = bm_net_statistics(net) > 0,
        .rounds_products = bm_net_rounds_products(net),
        .rewind = bm_rewind_bytes(net),
        .longest = bm_train_longest_tap(net, pool),
    };
    sized->resume = bm_train_stretch(net, sized->reach).resume;
    sized->n_taps = bm_train_taps(net, pool, sized->taps);
    bm_net_free(net);
    return sized;
}

bool bm_train_rounds_products(const struct bm_config *config, const struct bm_launch *launch)
{
    struct bm_net_spec spec;
    const struct sized_net *net = NULL;
    if (bm_train_net_spec(config, launch, &spec, NULL) == 0)
        net = size_net(&spec, (int)config->batch_size, (int)config->probe_pool, NULL);
    return net != NULL && net->rounds_products;
}

bool bm_train_pools(const struct bm_config *config, const struct bm_launch *launch)
{
    struct bm_net_spec spec;
    if (config->probe_pool == 0 || bm_train_net_spec(config, launch, &spec, NULL) != 0)
        return false;
    int batch = (int)config->batch_size;
    const struct sized_net *found = size_net(&spec, batch, (int)config->probe_pool, NULL);
    if (found == NULL)
        return false;
    const struct sized_net pooled = *found; /* the next may take its place */
    const struct sized_net *whole = size_net(&spec, batch, 0, NULL);
    bool any = false;
    for (int tap = 0; whole != NULL && tap < whole->n_taps; tap++)
        any = any || pooled.taps[tap].dimension < whole->taps[tap].dimension;
    return any;
}

/* What rounds of probes follow from: all but the network, which is added by its spec. */
struct probing_key {
    struct bm_net_spec spec;
    struct bm_config config; /* the settings of observation alone; the others are zero */
    struct bm_train_sizes sizes;
    int64_t batch, threads, memory;
};

static void make_key(struct probing_key *key, const struct sized_net *net,
                     const struct bm_config *config, const struct bm_launch *launch,
                     const struct bm_train_sizes *sizes)
{
    memset(key, 0, sizeof *key); /* padding, too: keys are compared by their bytes */
    memcpy(&key->spec, &net->spec, sizeof key->spec);
    for (size_t f = 0; f < bm_config_table.n_fields; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        if (field->role == BM_OBSERVED)
            memcpy((char *)&key->config + field->offset, (const char *)config + field->offset,
                   field->size);
    }
    memcpy(&key->sizes, sizes, sizeof key->sizes);
    key->batch = config->batch_size;
    key->threads = threads_of(launch);
    key->memory = launch->probe_memory;
}

static int cost_probing(const struct sized_net *net, const struct bm_config *config,
                        const struct bm_launch *launch, const struct bm_train_sizes *sizes,
                        struct bm_rounds_cost *cost, struct bm_err *err)
{
    static struct known {
        struct probing_key key;
        struct bm_rounds_cost cost;
    } known[REMEMBERED];
    static size_t n_known, oldest;
    struct probing_key key;
    make_key(&key, net, config, launch, sizes);
    for (size_t i = 0; i < n_known; i++)
        if (memcmp(&known[i].key, &key, sizeof key) == 0) {
            *cost = known[i].cost;
            return 0;
        }
    const struct bm_probe *probes[BM_MAX_PROBES + 1];
    const struct bm_probe_task task = bm_train_probe_task(
        config, sizes, net->spec.classes, threads_of(launch), net->n_taps, net->taps);
    const struct bm_probe_memory memory = {.limit = (size_t)launch->probe_memory << 20,
                                           .spare = net->spare,
                                           .stretch = {net->resume, net->reach}};
    bm_train_probes(config, probes);
    if (bm_rounds_cost(probes, &task, bm_train_fits_all(config), memory, cost, err) != 0)
        return -1;
    size_t at = n_known < REMEMBERED ? n_known++ : oldest++ % REMEMBERED;
    memcpy(&known[at].key, &key, sizeof key);
    known[at].cost = *cost;
    return 0;
}

/* Of training: those that are others' copies may be among those that probes are fitted on. */
static size_t generated_images(const struct bm_train_sizes *sizes)
{
    size_t used = sizes->n_train + sizes->n_others;
    return used > sizes->n_fitted ? used : sizes->n_fitted;
}

/* Bytes of images: a generated set has those that are asked for, a set of files maps them all. */
static double image_bytes(const struct bm_config *config, const struct bm_train_sizes *sizes)
{
    struct bm_image_shape shape = sizes->data.shape;
    const struct bm_catalog *catalog = sizes->data.catalog;
    size_t images = bm_dataset_find(config->dataset)->generated
                        ? generated_images(sizes) + sizes->n_test
                        : catalog->n_train + catalog->n_test;
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
        .threads = threads_of(launch),
        .config = config,
    };
    bm_batch_carve(&batch, &count);
    return (double)count.used;
}

/* What is kept of training images. */
struct kept {
    double held;  /* bytes, all through a run */
    double file;  /* bytes, at its end */
    double flops; /* of their depth */
    double bytes; /* that it allocates */
};

static int cost_examples(const struct sized_net *net, const struct bm_config *config,
                         const struct bm_launch *launch, const struct bm_train_sizes *sizes,
                         struct kept *kept, struct bm_err *err)
{
    struct bm_config asking = bm_examples_asking(config, sizes->n_train);
    struct bm_arena count = {0};
    struct bm_examples examples;
    struct bm_rounds_cost depth;
    *kept = (struct kept){0};
    if (launch->save_examples == BM_SAVE_NONE)
        return 0;
    if (bm_examples_check_k(config, sizes->n_train, err) != 0 ||
        cost_probing(net, &asking, launch, sizes, &depth, err) != 0)
        return -1;
    bm_examples_carve(&examples, sizes->n_train, (size_t)bm_train_evaluations(config), &count);
    kept->file = (double)(count.used + sizes->n_train * sizeof(float)); /* memorized_since */
    bm_arena_take(&count, (size_t)net->n_taps * sizes->n_train * sizeof(uint16_t));
    kept->held = (double)count.used;
    /* Test images are walked for accuracies alone. */
    kept->flops = depth.flops + net->flops * (depth.images - (double)sizes->n_test);
    kept->bytes = depth.bytes;
    return 0;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static enum bm_memory_part find_largest_part(double all, double images, double probes)
{
    double network = all - images - probes;
    if (images > network && images > probes)
        return BM_MEMORY_IMAGES;
    return probes > network ? BM_MEMORY_PROBES : BM_MEMORY_NETWORK;
}

/* Images that the network sees while its statistics are calibrated. */
static double calibrated_images(const struct sized_net *net, const struct bm_train_sizes *sizes)
{
    return net->has_statistics ? (double)sizes->n_train : 0;
}

/* … and while its parts are rewound. */
static double rewound_images(const struct sized_net *net, const struct bm_config *config,
                             const struct bm_train_sizes *sizes)
{
    double part = calibrated_images(net, sizes) + (double)(sizes->n_train + sizes->n_test);
    return bm_train_rewinds(config) ? net->n_taps * part : 0;
}

int bm_cost_of(const struct bm_config *config, const struct bm_launch *launch, struct bm_cost *cost,
               struct bm_err *err)
{
    struct bm_net_spec spec;
    struct bm_train_sizes sizes;
    if (bm_train_net_spec(config, launch, &spec, err) != 0 ||
        bm_train_sizes(config, launch, &sizes, err) != 0)
        return -1;
    const struct sized_net *net =
        size_net(&spec, (int)config->batch_size, (int)config->probe_pool, err);
    if (net == NULL)
        return -1;
    struct bm_rounds_cost probing;
    struct kept examples;
    if (cost_probing(net, config, launch, &sizes, &probing, err) != 0 ||
        cost_examples(net, config, launch, &sizes, &examples, err) != 0)
        return -1;
    double batch = (double)config->batch_size;
    cost->evaluations = (int)bm_train_evaluations(config);
    cost->taps = net->n_taps;

    /* A backward pass costs two forward passes. */
    double images = (double)sizes.steps * batch * (double)config->epochs;
    /* Without augmentation fit is memorization. */
    double evaluated = probing.images + (config->diversity != 0 ? (double)sizes.n_train : 0);
    double once = calibrated_images(net, &sizes) + rewound_images(net, config, &sizes);
    cost->flops = net->flops * (3 * images + once) +
                  cost->evaluations * (net->flops * evaluated + probing.flops) + examples.flops;

    /* What is to be saved is put together in memory; a tensor at a time is on its way there. */
    double weights = (double)net->parameters * sizeof(float);
    double files = launch->save_weights != BM_SAVE_NONE;
    if (launch->save_every > 0)
        files += (double)(config->epochs / launch->save_every);
    double saved = files > 0 ? weights : 0;

    const double process = 48 * 0x1p20; /* libraries, buffers of OpenBLAS */
    double moments = (double)bm_train_moments(config, net->parameters, net->rewind);
    double batches = batch_bytes(&spec, config, launch);
    double features = batch * (double)net->longest * sizeof(float);
    cost->state = (double)net->parameters * sizeof(bm_real) + moments + examples.held;
    /* A checkpoint is written from a copy. */
    double copied = launch->checkpoint_every < 0 ? 0 : cost->state;
    double stored = image_bytes(config, &sizes), probed = larger(probing.bytes, examples.bytes);
    cost->memory = process + (double)net->memory[bm_train_gradients(config)] + moments + batches +
                   features + stored + examples.held + probed + 2 * larger(saved, examples.file) +
                   copied;
    cost->largest_part = find_largest_part(cost->memory, stored, probed);

    double row = 8.0 * (double)bm_evaluation_table.n_fields +
                 net->n_taps * (double)bm_tap_probe_table.record_size +
                 (double)(bm_train_pairs(config, net->n_taps) * bm_tap_pair_table.record_size);
    /* Once in the journal, once in the snapshot. */
    cost->disk = 2 * (cost->evaluations * row +
                      (double)(sizeof(struct bm_config) + sizeof(struct bm_result))) +
                 files * weights + examples.file;
    return 0;
}
