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

/* A value behind the normalization that the layers behind it would do when they read it. */
static bm_real normalized(const struct bm_norm *norm, bm_real x, int c)
{
    bm_real y = (x - norm->shift[c]) * norm->factor[c] + norm->bias[c];
    return norm->has_relu && y < 0 ? 0 : y;
}

/* Mean over one window of one image. norm: NULL, or what is still to be done to each value. */
static void pool_window(const bm_real *image, struct bm_shape map, const struct bm_norm *norm,
                        int row, int row_end, int column, int column_end, float *out)
{
    double count = (double)(row_end - row) * (column_end - column);
    for (int c = 0; c < map.channels; c++) {
        double sum = 0;
        for (int h = row; h < row_end; h++)
            for (int w = column; w < column_end; w++) {
                size_t pixel = (size_t)h * (size_t)map.width + (size_t)w;
                bm_real x = image[pixel * (size_t)map.channels + (size_t)c];
                sum += (double)(norm ? normalized(norm, x, c) : x);
            }
        out[c] = (float)(sum / count);
    }
}

void bm_net_tap_features(const struct bm_net *net, int tap, int pool, int n, float *out,
                         size_t stride)
{
    const struct bm_node *node = &net->nodes[net->taps[tap].node];
    const bm_real *value = bm_net_block(net, node->value);
    struct bm_norm norm = bm_net_norm(net, net->taps[tap].node);
    struct bm_shape map = node->out, small = pooled_shape(net, tap, pool);
    for (int i = 0; i < n; i++) {
        const bm_real *image = value + (size_t)i * bm_shape_size(map);
        float *feature = out + (size_t)i * stride;
        for (int h = 0; h < small.height; h++)
            for (int w = 0; w < small.width; w++, feature += small.channels)
                pool_window(image, map, node->is_read_raw ? &norm : NULL,
                            window_first(h, map.height, small.height),
                            window_end(h, map.height, small.height),
                            window_first(w, map.width, small.width),
                            window_end(w, map.width, small.width), feature);
    }
}
