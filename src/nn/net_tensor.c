/* Parameters and states as PyTorch names and lays them out, and their initial values. */
#include "net.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bm/random.h"

/* Where element i of PyTorch's order (out, in, height, width) is kept: (height, width, in, out). */
static size_t kept_at(const struct bm_tensor *tensor, size_t i)
{
    size_t area = (size_t)tensor->height * (size_t)tensor->width;
    size_t pixel = i % area;
    size_t in = i / area % (size_t)tensor->in;
    size_t out = i / area / (size_t)tensor->in;
    return (pixel * (size_t)tensor->in + in) * (size_t)tensor->out + out;
}

static bm_real *values_of(const struct bm_net *net, const struct bm_tensor *tensor)
{
    return (tensor->trained ? net->memory.parameters : net->memory.states) + tensor->offset;
}

static const struct bm_tensor *tensor_of(const struct bm_net *net, size_t i)
{
    assert(i < (size_t)net->n_tensors);
    return &net->tensors[i];
}

size_t bm_net_tensors(const struct bm_net *net)
{
    return (size_t)net->n_tensors;
}

void bm_net_tensor_info(const struct bm_net *net, size_t i, struct bm_tensor_info *info)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    *info = (struct bm_tensor_info){.n_dims = tensor->n_dims, .dims = {tensor->out}};
    snprintf(info->name, sizeof info->name, "%s", tensor->name);
    if (tensor->n_dims == 2)
        info->dims[1] = tensor->in * tensor->height * tensor->width;
    if (tensor->n_dims == 4) {
        info->dims[1] = tensor->in;
        info->dims[2] = tensor->height;
        info->dims[3] = tensor->width;
    }
}

static void get(const struct bm_tensor *tensor, const bm_real *values, double *out)
{
    for (size_t i = 0; i < bm_tensor_size(tensor); i++)
        out[i] = (double)values[kept_at(tensor, i)];
}

void bm_net_tensor_get(const struct bm_net *net, size_t i, double *out)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    get(tensor, values_of(net, tensor), out);
}

void bm_net_tensor_get_float(const struct bm_net *net, size_t i, float *out)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    const bm_real *values = values_of(net, tensor);
    for (size_t e = 0; e < bm_tensor_size(tensor); e++)
        out[e] = (float)values[kept_at(tensor, e)];
}

void bm_net_tensor_set(struct bm_net *net, size_t i, const double *values)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    bm_real *kept = values_of(net, tensor);
    for (size_t e = 0; e < bm_tensor_size(tensor); e++)
        kept[kept_at(tensor, e)] = (bm_real)values[e];
}

void bm_net_tensor_set_float(struct bm_net *net, size_t i, const float *values)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    bm_real *kept = values_of(net, tensor);
    for (size_t e = 0; e < bm_tensor_size(tensor); e++)
        kept[kept_at(tensor, e)] = values[e];
}

bool bm_net_tensor_gradient(const struct bm_net *net, size_t i, double *out)
{
    const struct bm_tensor *tensor = tensor_of(net, i);
    assert(net->gradients == BM_KEEP_GRADIENTS);
    if (tensor->trained)
        get(tensor, net->memory.gradients + tensor->offset, out);
    return tensor->trained;
}

/* He et al. 2015, with the fan-out: activations are NHWC, but the law is PyTorch's. */
static double kaiming_deviation(const struct bm_tensor *tensor)
{
    return sqrt(2 / ((double)tensor->out * tensor->height * tensor->width));
}

static double fan_in_bound(const struct bm_tensor *tensor)
{
    return 1 / sqrt((double)tensor->in * tensor->height * tensor->width);
}

/* The next n initial values of the tensor. */
static void draw(const struct bm_tensor *tensor, struct bm_random *random, double *values, size_t n)
{
    double deviation = kaiming_deviation(tensor), bound = fan_in_bound(tensor);
    switch (tensor->initial) {
    case BM_ZEROS:
    case BM_ONES:
        for (size_t i = 0; i < n; i++)
            values[i] = tensor->initial == BM_ONES;
        break;
    case BM_KAIMING_NORMAL:
        for (size_t i = 0; i < n; i++)
            values[i] = deviation * bm_random_normal(random);
        break;
    case BM_UNIFORM_FAN_IN:
        bm_random_ranges(random, -bound, bound, values, n);
        break;
    }
}

/* Drawn in PyTorch's order of the elements, so that values do not depend on how they are kept.
 * Several rows (of one output each) are drawn before they are put where they are kept, because
 * there outputs are neighbours. */
static void init_tensor(const struct bm_tensor *tensor, struct bm_random *random, bm_real *values)
{
    enum { DRAWN = 8192 };
    double drawn[DRAWN];
    size_t size = bm_tensor_size(tensor), row = size / (size_t)tensor->out;
    size_t width = row < DRAWN ? row : DRAWN, most = row < DRAWN ? DRAWN / row * row : DRAWN;
    for (size_t first = 0, n; first < size; first += n) {
        n = size - first < most ? size - first : most;
        draw(tensor, random, drawn, n);
        width = n < width ? n : width; /* the rest of a long row */
        for (size_t i = 0; i < width; i++) {
            bm_real *to = values + kept_at(tensor, first + i);
            for (size_t out = 0; out < n / width; out++)
                to[out] = (bm_real)drawn[out * width + i];
        }
    }
}

void bm_net_reset_statistics(struct bm_net *net)
{
    for (int t = 0; t < net->n_tensors; t++) {
        const struct bm_tensor *tensor = &net->tensors[t];
        bm_real *values = values_of(net, tensor);
        for (size_t i = 0; i < bm_tensor_size(tensor) && !tensor->trained; i++)
            values[i] = tensor->initial == BM_ONES;
    }
    net->calibrated = 0;
}

/* Tensor t as its seed has it, whatever the others are. */
static void init(struct bm_net *net, int t, uint64_t seed)
{
    struct bm_random random = bm_random_of(seed, BM_RANDOM_INIT, (uint64_t)t, 0);
    init_tensor(&net->tensors[t], &random, values_of(net, &net->tensors[t]));
}

void bm_net_init(struct bm_net *net, uint64_t seed)
{
    for (int t = 0; t < net->n_tensors; t++)
        init(net, t, seed);
    net->calibrated = 0;
}

void bm_net_init_part(struct bm_net *net, int tap, uint64_t seed)
{
    size_t first, n;
    bm_net_part(net, tap, &first, &n);
    for (int t = 0; t < net->n_tensors; t++)
        if (net->tensors[t].trained && net->tensors[t].offset - first < n)
            init(net, t, seed);
}
