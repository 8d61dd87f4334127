/* Average over all pixels of a map. */
#include "../net.h"

#include <string.h>

static void pool_forward(const struct bm_call *call)
{
    struct bm_shape in = call->node->in;
    size_t pixels = (size_t)in.height * (size_t)in.width, channels = (size_t)in.channels;
    const bm_real *restrict x = call->x[0];
    bm_real *restrict y = call->y;
    for (int i = 0; i < call->n; i++, y += channels) {
        memset(y, 0, channels * sizeof *y);
        for (size_t p = 0; p < pixels; p++, x += channels)
            for (size_t c = 0; c < channels; c++)
                y[c] += x[c];
        for (size_t c = 0; c < channels; c++)
            y[c] /= (bm_real)pixels;
    }
}

static void pool_backward(const struct bm_call *call)
{
    if (call->dx[0] == NULL)
        return;
    struct bm_shape in = call->node->in;
    size_t pixels = (size_t)in.height * (size_t)in.width, channels = (size_t)in.channels;
    const bm_real *restrict dy = call->dy;
    bm_real *restrict dx = call->dx[0];
    if (!call->adds[0])
        memset(dx, 0, (size_t)call->n * bm_shape_size(in) * sizeof *dx);
    for (int i = 0; i < call->n; i++, dy += channels)
        for (size_t p = 0; p < pixels; p++, dx += channels)
            for (size_t c = 0; c < channels; c++)
                dx[c] += dy[c] / (bm_real)pixels;
}

static const struct bm_layer pool_layer = {
    .name = "global_pool",
    .works_by_image = true,
    .forward = pool_forward,
    .backward = pool_backward,
};

int bm_net_global_pool(struct bm_net *net, int x)
{
    if (x < 0)
        return -1;
    struct bm_shape out = {1, 1, net->nodes[x].out.channels};
    return bm_net_node(net, &pool_layer, 1, &x, out, 0);
}
