/* Features of the tapped nodes, for probes. */
#include "net.h"

#include <assert.h>

int bm_net_taps(const struct bm_net *net)
{
    return net->n_taps;
}

const char *bm_net_tap_name(const struct bm_net *net, int tap)
{
    assert(tap >= 0 && tap < net->n_taps);
    return net->taps[tap].name;
}

void bm_net_part(const struct bm_net *net, int tap, size_t *first, size_t *n)
{
    assert(tap >= 0 && tap < net->n_taps);
    int node = tap > 0 ? net->taps[tap - 1].node : 0, last = net->taps[tap].node;
    assert(node <= last);
    *n = 0;
    *first = net->nodes[last].w;
    while (++node <= last) {
        *first = *n == 0 ? net->nodes[node].w : *first;
        *n += bm_net_node_parameters(net, node);
    }
}

static int pooled(int side, int pool)
{
    return pool == 0 || side < pool ? side : pool;
}

/* The map that remains of a tap's. */
static struct bm_shape pooled_shape(const struct bm_net *net, int tap, int pool)
{
    assert(tap >= 0 && tap < net->n_taps && pool >= 0);
    struct bm_shape map = net->nodes[net->taps[tap].node].out;
    return (struct bm_shape){pooled(map.height, pool), pooled(map.width, pool), map.channels};
}

size_t bm_net_tap_dimension(const struct bm_net *net, int tap, int pool)
{
    return bm_shape_size(pooled_shape(net, tap, pool));
}

/* The pixels that average to one, as PyTorch's adaptive average pooling takes them: windows of
 * `side` pixels that cover the map and overlap where it does not divide. */
static int window_first(int i, int side, int pool)
{
    return (int)((int64_t)i * side / pool);
}

static int window_end(int i, int side, int pool)
{
    return (int)((((int64_t)i + 1) * side + pool - 1) / pool);
}

/* norm: NULL, or what is still to be done to each value. */
static void pool_image(const bm_real *image, struct bm_shape map, const struct bm_norm *norm,
                       struct bm_shape small, float *feature)
{
    struct bm_pixels window = {.images = 1, .channels = map.channels, .row = (size_t)map.width};
    for (int h = 0; h < small.height; h++)
        for (int w = 0; w < small.width; w++, feature += map.channels) {
            int row = window_first(h, map.height, small.height);
            int column = window_first(w, map.width, small.width);
            size_t pixel = (size_t)row * (size_t)map.width + (size_t)column;
            window.height = window_end(h, map.height, small.height) - row;
            window.width = window_end(w, map.width, small.width) - column;
            bm_kernels()->pool_mean(&window, norm, image + pixel * (size_t)map.channels, feature);
        }
}

void bm_net_tap_features(const struct bm_net *net, int tap, int pool, int n, float *out,
                         size_t stride)
{
    const struct bm_node *node = &net->nodes[net->taps[tap].node];
    const bm_real *value = bm_net_block(net, node->value);
    assert(net->is_watching || bm_net_keeps_reals(net));
    /* Of a normalization that the layers behind it do when they read it. */
    struct bm_norm norm = bm_net_norm(net, net->taps[tap].node);
    struct bm_shape map = node->out, small = pooled_shape(net, tap, pool);
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (int i = 0; i < n; i++)
        pool_image(value + (size_t)i * bm_shape_size(map), map, node->is_read_raw ? &norm : NULL,
                   small, out + (size_t)i * stride);
}
