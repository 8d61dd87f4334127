/* From a configuration to the network and the sizes that it means, without opening any data. */
#include "setup.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bm/data.h"
#include "bm/view.h"

int bm_train_net_spec(const struct bm_config *config, const struct bm_launch *launch,
                      struct bm_net_spec *spec, struct bm_err *err)
{
    struct bm_data_facts data;
    if (bm_dataset_find(config->dataset) == NULL || bm_arch_find(config->arch) == NULL)
        return bm_fail(err, BM_EXIT_DATA, "dataset '%s' or arch '%s' is unknown", config->dataset,
                       config->arch);
    if (bm_data_facts(config, launch, &data, err) != 0)
        return -1;
    int side = (int)config->image_size;
    memset(spec, 0, sizeof *spec); /* padding, too: specs are compared by their bytes */
    snprintf(spec->arch, sizeof spec->arch, "%s", config->arch);
    spec->input.height = side ? side : data.shape.height;
    spec->input.width = side ? side : data.shape.width;
    spec->input.channels = data.shape.channels;
    spec->classes = data.classes;
    spec->width = config->width;
    spec->depth = config->depth;
    spec->projector_width = config->projector_width;
    spec->stem = config->stem;
    spec->bottleneck_stride = config->bottleneck_stride;
    spec->norm = config->norm;
    spec->norm_group_channels = config->norm_group_channels;
    spec->projector_norm = config->projector_norm;
    spec->output_norm = config->output_norm;
    spec->saved_activations = config->saved_activations;
    spec->precision = config->precision;
    return 0;
}

bool bm_train_needs_bf16(const struct bm_config *config)
{
    return config->precision == BM_PRECISION_BF16 && config->epochs > 0;
}

int bm_train_sizes(const struct bm_config *config, const struct bm_launch *launch,
                   struct bm_train_sizes *sizes, struct bm_err *err)
{
    if (bm_data_facts(config, launch, &sizes->data, err) != 0 ||
        bm_view_check(config, sizes->data.shape, err) != 0 ||
        bm_data_sizes(config, &sizes->data, &sizes->n_train, &sizes->n_test, err) != 0 ||
        bm_data_others(config, launch, sizes->n_train, &sizes->n_others, err) != 0)
        return -1;
    if ((size_t)config->batch_size > sizes->n_train)
        return bm_fail(err, BM_EXIT_DATA,
                       "batch_size: %lld is more than the %zu training images (train_size)",
                       (long long)config->batch_size, sizes->n_train);
    sizes->steps = sizes->n_train / (size_t)config->batch_size;
    /* A generated set may have a subset of more than `all` images. */
    size_t all = sizes->data.n_train;
    sizes->n_fitted = bm_train_fits_all(config) && all > sizes->n_train ? all : sizes->n_train;
    return 0;
}

int bm_train_taps(const struct bm_net *net, int pool, struct bm_probe_tap *taps)
{
    int n = bm_net_taps(net);
    for (int tap = 0; tap < n; tap++)
        taps[tap] = (struct bm_probe_tap){bm_net_tap_dimension(net, tap, pool), NULL};
    return n;
}

size_t bm_train_longest_tap(const struct bm_net *net, int pool)
{
    size_t longest = 0;
    for (int tap = 0; tap < bm_net_taps(net); tap++) {
        size_t dimension = bm_net_tap_dimension(net, tap, pool);
        longest = dimension > longest ? dimension : longest;
    }
    return longest;
}

struct bm_stretch bm_train_stretch(const struct bm_net *net, double *reach)
{
    for (int tap = 0; tap < bm_net_taps(net); tap++)
        reach[tap] = bm_net_reach(net, tap);
    return (struct bm_stretch){bm_net_resume_tap(net), reach};
}

int64_t bm_train_evaluations(const struct bm_config *config)
{
    return 1 + config->epochs / config->probe_every + (config->epochs % config->probe_every != 0);
}

void bm_train_probes(const struct bm_config *config, const struct bm_probe **probes)
{
    size_t n = 0;
    for (const struct bm_probe *const *probe = bm_probes; *probe != NULL; probe++)
        if (!(*probe)->of_parts && bm_config_uses_probe(config, (*probe)->name)) {
            assert(n < BM_MAX_PROBES);
            probes[n++] = *probe;
        }
    probes[n] = NULL;
}

bool bm_train_rewinds(const struct bm_config *config)
{
    return bm_config_uses_probe(config, bm_probe_rewind.name);
}

enum bm_gradients bm_train_gradients(const struct bm_config *config)
{
    return bm_optimizer_gradients(bm_optimizer_find(config->optimizer));
}

size_t bm_train_moments(const struct bm_config *config, size_t parameters, size_t rewind_bytes)
{
    int vectors = bm_optimizer_find(config->optimizer)->moments;
    size_t moments = (size_t)vectors * parameters * sizeof(bm_real);
    return bm_train_rewinds(config) && rewind_bytes > moments ? rewind_bytes : moments;
}

size_t bm_train_pairs(const struct bm_config *config, int n_taps)
{
    const struct bm_probe *probes[BM_MAX_PROBES + 1];
    bool of_pairs = false;
    bm_train_probes(config, probes);
    for (size_t p = 0; probes[p] != NULL; p++)
        of_pairs |= probes[p]->of_pairs;
    return of_pairs ? bm_pairs_of((size_t)n_taps) : 0;
}

bool bm_train_fits_all(const struct bm_config *config)
{
    return config->probe_train == BM_PROBE_TRAIN_ALL;
}

struct bm_probe_task bm_train_probe_task(const struct bm_config *config,
                                         const struct bm_train_sizes *sizes, int classes,
                                         int threads, int n_taps, const struct bm_probe_tap *taps)
{
    return (struct bm_probe_task){
        .config = config,
        .classes = classes,
        .threads = threads,
        .n_test = sizes->n_test,
        .n_train = sizes->n_train,
        .n_fitted = sizes->n_fitted,
        .most_rows = (size_t)config->batch_size,
        .n_taps = n_taps,
        .taps = taps,
    };
}

bool bm_train_evaluates(const struct bm_config *config, int64_t epoch)
{
    return epoch % config->probe_every == 0 || epoch == config->epochs;
}
