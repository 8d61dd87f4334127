/* Addition of two equal shapes. */
#include "../net.h"

#include <assert.h>
#include <string.h>

static void add_forward(const struct bm_call *call)
{
    size_t size = (size_t)call->n * bm_shape_size(call->node->out);
    const bm_real *a = call->x[0], *b = call->x[1];
    bm_real *y = call->y;
#pragma omp simd /* y is a or b, or apart from them */
    for (size_t i = 0; i < size; i++)
        y[i] = a[i] + b[i];
}

static void add_backward(const struct bm_call *call)
{
    size_t size = (size_t)call->n * bm_shape_size(call->node->out);
    const bm_real *dy = call->dy;
    for (int k = 0; k < 2; k++) {
        bm_real *dx = call->dx[k];
        if (dx == NULL || dx == dy)
            continue;
        if (!call->adds[k]) {
            memcpy(dx, dy, size * sizeof *dx);
            continue;
        }
#pragma omp simd
        for (size_t i = 0; i < size; i++)
            dx[i] += dy[i];
    }
}

static const struct bm_layer add_layer = {
    .name = "add",
    .works_by_image = true,
    .value_in_place = true,
    .gradient_in_place = true,
    .forward = add_forward,
    .backward = add_backward,
};

int bm_net_add(struct bm_net *net, int a, int b)
{
    if (a < 0 || b < 0)
        return -1;
    struct bm_shape left = net->nodes[a].out, right = net->nodes[b].out;
    assert(left.height == right.height && left.width == right.width &&
           left.channels == right.channels);
    return bm_net_node(net, &add_layer, 2, (int[]){a, b}, left, 0);
}
