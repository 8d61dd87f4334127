/* Max pooling with stride 2: 3x3 with padding 1 (of the large ResNet stem), 2x2 without (of VGG).
 * Ties go to the first pixel in row order, and NaN passes, as in PyTorch. */
#include "../net.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { STRIDE = 2 };

struct max_pool {
    int kernel;
};

static int padding_of(int kernel)
{
    return (kernel - 1) / 2;
}

static int first_of(int kernel, int output)
{
    int first = output * STRIDE - padding_of(kernel);
    return first < 0 ? 0 : first;
}

static int end_of(int kernel, int output, int size)
{
    int end = output * STRIDE - padding_of(kernel) + kernel;
    return end > size ? size : end;
}

static int out_of(int kernel, int size)
{
    return (size + 2 * padding_of(kernel) - kernel) / STRIDE + 1;
}

/* `saved` keeps for each output value the pixel that it came from; NULL in evaluation. */
static void pool_pixel(const bm_real *restrict x, int kernel, struct bm_shape in, int row,
                       int column, bm_real *restrict y, int32_t *restrict source)
{
    size_t channels = (size_t)in.channels;
    bool is_first = true;
    for (int h = first_of(kernel, row); h < end_of(kernel, row, in.height); h++)
        for (int w = first_of(kernel, column); w < end_of(kernel, column, in.width); w++) {
            int32_t pixel = h * in.width + w;
            const bm_real *restrict from = x + (size_t)pixel * channels;
            for (size_t c = 0; c < channels; c++)
                if (is_first || from[c] > y[c] || isnan(from[c])) {
                    y[c] = from[c];
                    if (source != NULL)
                        source[c] = pixel;
                }
            is_first = false;
        }
}

static void pool_forward(const struct bm_call *call)
{
    const struct max_pool *own = call->node->detail;
    struct bm_shape in = call->node->in, out = call->node->out;
    int32_t *source = call->mode == BM_TRAIN ? call->saved : NULL;
    const bm_real *x = call->x[0];
    bm_real *y = call->y;
    for (int i = 0; i < call->n; i++)
        for (int row = 0; row < out.height; row++)
            for (int column = 0; column < out.width; column++) {
                pool_pixel(x + (size_t)i * bm_shape_size(in), own->kernel, in, row, column, y,
                           source);
                y += out.channels;
                if (source != NULL)
                    source += out.channels;
            }
}

static void pool_backward(const struct bm_call *call)
{
    if (call->dx[0] == NULL)
        return;
    struct bm_shape in = call->node->in, out = call->node->out;
    size_t channels = (size_t)in.channels, pixels = (size_t)out.height * (size_t)out.width;
    const int32_t *source = call->saved;
    const bm_real *dy = call->dy;
    bm_real *dx = call->dx[0];
    if (!call->adds[0])
        memset(dx, 0, (size_t)call->n * bm_shape_size(in) * sizeof(bm_real));
    for (int i = 0; i < call->n; i++, dx += bm_shape_size(in))
        for (size_t p = 0; p < pixels; p++, dy += channels, source += channels)
            for (size_t c = 0; c < channels; c++)
                dx[(size_t)source[c] * channels + c] += dy[c];
}

static const struct bm_layer max_pool_layer = {
    .name = "max_pool",
    .works_by_image = true,
    .forward = pool_forward,
    .backward = pool_backward,
};

int bm_net_max_pool(struct bm_net *net, int x, int kernel)
{
    if (x < 0)
        return -1;
    struct bm_shape in = net->nodes[x].out;
    struct bm_shape out = {out_of(kernel, in.height), out_of(kernel, in.width), in.channels};
    assert(out.height > 0 && out.width > 0);
    int added = bm_net_node(net, &max_pool_layer, 1, &x, out, sizeof(struct max_pool));
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    *(struct max_pool *)node->detail = (struct max_pool){kernel};
    node->saved = (size_t)net->batch * bm_shape_size(out) * sizeof(int32_t);
    return added;
}
