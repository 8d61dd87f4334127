/* Sizes of a 1x1 convolution's work, and its carving of the workspace: sums, panels of the weights,
 * then each thread's part. */
#include "conv_pointwise.h"

#include "../slice.h"

enum {
    CHUNK = 192,       /* output pixels at a time */
    LARGE = 512 * 256, /* weights */
};

/* Copies, weights and outputs are used in whole vectors of channels. */
bool bm_conv_is_pointwise(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    int lanes = bm_kernels()->lanes;
    return conv->kernel == 1 && node->in.channels % lanes == 0 && node->out.channels % lanes == 0;
}

static struct bm_pointwise_side side_of(struct bm_shape map, size_t pixels)
{
    const int line = BM_ALIGN / (int)sizeof(bm_real), lanes = bm_kernels()->lanes;
    int lines = (map.channels + line - 1) / line;
    struct bm_pointwise_side side = {.map = map, .step = (size_t)((lines | 1) * line)};
    side.panel = map.channels % (2 * lanes) == 0 ? 2 * lanes : lanes;
    side.size = pixels * side.step;
    return side;
}

struct bm_pointwise bm_pointwise_of(const struct bm_node *node, int threads)
{
    const struct conv *conv = node->detail;
    int width = node->out.width;
    struct bm_pointwise l = {.stride = conv->stride, .rows = width < CHUNK ? CHUNK / width : 1};
    size_t pixels = (size_t)l.rows * (size_t)width;
    l.in = side_of(node->in, pixels);
    l.out = side_of(node->out, pixels);
    l.weights = (size_t)node->in.channels * (size_t)node->out.channels;
    l.own_dw = threads > 1 ? l.weights : 0; /* one thread sums in the call's */
    l.is_large = l.weights >= LARGE;
    l.panels = l.is_large ? 0 : l.weights;
    return l;
}

static struct bm_pointwise_slice take_slice(const struct bm_pointwise *layout,
                                            struct bm_arena *arena)
{
    struct bm_pointwise_slice slice = {0};
    slice.in = bm_arena_take(arena, layout->in.size * sizeof(bm_real));
    slice.d_in = bm_arena_take(arena, layout->in.size * sizeof(bm_real));
    slice.out = bm_arena_take(arena, layout->out.size * sizeof(bm_real));
    slice.dw = bm_arena_take(arena, layout->own_dw * sizeof(bm_real));
    return slice;
}

static struct bm_pointwise_slice carve(const struct bm_node *node,
                                       const struct bm_pointwise *layout, int threads, int thread,
                                       struct bm_arena *workspace)
{
    struct bm_arena count = {0};
    take_slice(layout, &count);
    bm_conv_take_sums(node, threads, workspace);
    bm_real *panels = bm_arena_take(workspace, layout->panels * sizeof *panels);
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    struct bm_pointwise_slice slice = take_slice(layout, &own);
    slice.panels = panels;
    return slice;
}

size_t bm_conv_pointwise_workspace(const struct bm_node *node, int threads)
{
    struct bm_pointwise layout = bm_pointwise_of(node, threads);
    struct bm_arena count = {0};
    carve(node, &layout, threads, 0, &count);
    return count.used;
}

struct bm_pointwise_slice bm_pointwise_slice_of(const struct bm_call *call,
                                                const struct bm_pointwise *layout, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    struct bm_pointwise_slice slice = carve(call->node, layout, call->threads, thread, &workspace);
    slice.first = bm_slice_begin(call->n, thread, call->threads) * layout->out.map.height;
    slice.end = bm_slice_begin(call->n, thread + 1, call->threads) * layout->out.map.height;
    if (thread == 0)
        slice.dw = call->dw;
    return slice;
}
