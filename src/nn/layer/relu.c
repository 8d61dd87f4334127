/* ReLU. NaN passes, as in PyTorch: a run that diverges must not look healthy. */
#include "../net.h"

static void relu_forward(const struct bm_call *call)
{
    size_t size = (size_t)call->n * bm_shape_size(call->node->out);
    const bm_real *x = call->x[0];
    bm_real *y = call->y;
#pragma omp simd /* y is x, or apart from it */
    for (size_t i = 0; i < size; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

static void relu_backward(const struct bm_call *call)
{
    if (call->dx[0] == NULL)
        return;
    size_t size = (size_t)call->n * bm_shape_size(call->node->out);
    const bm_real *y = call->y, *dy = call->dy; /* dy is read whatever y is: else no vectors */
    bm_real *dx = call->dx[0];
    if (call->adds[0]) {
#pragma omp simd
        for (size_t i = 0; i < size; i++) {
            bm_real d = dy[i];
            dx[i] += y[i] <= 0 ? 0 : d;
        }
    } else {
#pragma omp simd /* dx is dy, or apart from it */
        for (size_t i = 0; i < size; i++) {
            bm_real d = dy[i];
            dx[i] = y[i] <= 0 ? 0 : d;
        }
    }
}

static const struct bm_layer relu_layer = {
    .name = "relu",
    .works_by_image = true,
    .reads_output = true,
    .value_in_place = true,
    .gradient_in_place = true,
    .forward = relu_forward,
    .backward = relu_backward,
};

int bm_net_relu(struct bm_net *net, int x)
{
    if (x < 0)
        return -1;
    return bm_net_node(net, &relu_layer, 1, &x, net->nodes[x].out, 0);
}
