/* Sizes of a Winograd convolution's work, and its carving of the workspace: sums, U, transposed w,
 * then each thread's part. */
#include "conv_winograd.h"

enum { TILE = 4, TAPS = 9, WEIGHTS = 36 };

static struct bm_channels columns_of(int n, int lanes)
{
    int padded = (n + lanes - 1) / lanes * lanes;
    int panel = padded % (2 * lanes) == 0 ? 2 * lanes : lanes;
    return (struct bm_channels){n, panel, padded / panel};
}

/* Images of a chunk. V and M of many tiles leave the cache, few tiles read the weights too often;
 * and blocks of a product are best filled by multiples of 12 tiles. */
static int images_of_chunk(const struct bm_winograd *layout)
{
    bool is_large =
        bm_panel_columns(&layout->channels_in) * bm_panel_columns(&layout->channels_out) >=
        256 * 256;
    int wanted = is_large ? 288 : 72;
    return (wanted + layout->tiles_per_image - 1) / layout->tiles_per_image;
}

struct bm_winograd bm_winograd_of(const struct bm_node *node, int threads, bool is_backward)
{
    const struct conv *conv = node->detail;
    struct bm_winograd l = {.kernels = bm_kernels(), .threads = threads};
    l.tiling = (struct bm_tiling){.stride = conv->stride,
                                  .tiles_high = (node->out.height + TILE - 1) / TILE,
                                  .tiles_wide = (node->out.width + TILE - 1) / TILE,
                                  .out_height = node->out.height,
                                  .out_width = node->out.width};
    l.channels_in = columns_of(node->in.channels, l.kernels->lanes);
    l.channels_out = columns_of(node->out.channels, l.kernels->lanes);
    l.in = (struct bm_padded){node->in, 1, bm_tiling_padded(&l.tiling, l.tiling.tiles_high),
                              bm_tiling_padded(&l.tiling, l.tiling.tiles_wide)};
    l.out =
        (struct bm_padded){node->out, 0, TILE * l.tiling.tiles_high, TILE * l.tiling.tiles_wide};
    l.positions = bm_tiling_positions(&l.tiling);
    l.tiles_per_image = l.tiling.tiles_high * l.tiling.tiles_wide;
    l.images = images_of_chunk(&l);
    int group = bm_padded_images(&l.in);
    l.group = group < l.images ? group : l.images;
    size_t tiles = (size_t)l.images * (size_t)l.tiles_per_image, positions = (size_t)l.positions;
    l.weights = WEIGHTS * bm_position_step(bm_panel_columns(&l.channels_in), &l.channels_out);
    l.patches = positions * bm_position_step(tiles, &l.channels_in);
    l.products = positions * bm_position_step(tiles, &l.channels_out);
    l.in_padded = (size_t)l.group * bm_padded_size(&l.in);
    if (is_backward) {
        l.transposed = TAPS * (size_t)l.channels_in.n * (size_t)l.channels_out.n;
        l.d_weights = l.weights;
        l.d_in_padded = l.in_padded;
        l.out_padded = (size_t)l.group * bm_padded_size(&l.out);
    }
    return l;
}

static struct bm_winograd_part take_part(const struct bm_winograd *layout, struct bm_arena *arena)
{
    struct bm_winograd_part part;
    part.patches = bm_arena_take(arena, layout->patches * sizeof(bm_real));
    part.products = bm_arena_take(arena, layout->products * sizeof(bm_real));
    part.d_weights = bm_arena_take(arena, layout->d_weights * sizeof(bm_real));
    part.in = bm_arena_take(arena, layout->in_padded * sizeof(bm_real));
    part.d_in = bm_arena_take(arena, layout->d_in_padded * sizeof(bm_real));
    part.out = bm_arena_take(arena, layout->out_padded * sizeof(bm_real));
    return part;
}

static struct bm_winograd_shared take_shared(const struct bm_winograd *layout,
                                             const struct bm_node *node, struct bm_arena *workspace)
{
    struct bm_winograd_shared shared;
    bm_conv_take_sums(node, layout->threads, workspace);
    shared.weights = bm_arena_take(workspace, layout->weights * sizeof(bm_real));
    shared.transposed = bm_arena_take(workspace, layout->transposed * sizeof(bm_real));
    return shared;
}

static struct bm_winograd_part carve(const struct bm_winograd *layout, const struct bm_node *node,
                                     int thread, struct bm_arena *workspace)
{
    struct bm_arena count = {0};
    take_part(layout, &count);
    take_shared(layout, node, workspace);
    struct bm_arena own = bm_arena_part(workspace, count.used, layout->threads, thread);
    return take_part(layout, &own);
}

static size_t count_workspace(const struct bm_node *node, int threads, bool is_backward)
{
    struct bm_winograd layout = bm_winograd_of(node, threads, is_backward);
    struct bm_arena count = {0};
    carve(&layout, node, 0, &count);
    return count.used;
}

size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads)
{
    return count_workspace(node, threads, true);
}

size_t bm_conv_winograd_forward_workspace(const struct bm_node *node, int threads)
{
    return count_workspace(node, threads, false);
}

struct bm_winograd_shared bm_winograd_shared_of(const struct bm_winograd *layout,
                                                const struct bm_call *call)
{
    struct bm_arena workspace = bm_call_workspace(call);
    return take_shared(layout, call->node, &workspace);
}

struct bm_winograd_part bm_winograd_part_of(const struct bm_winograd *layout,
                                            const struct bm_call *call, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    return carve(layout, call->node, thread, &workspace);
}
