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
    bool is_large = bm_padded(&layout->channels_in) * bm_padded(&layout->channels_out) >= 256 * 256;
    int wanted = is_large ? 288 : 72;
    return (wanted + layout->tiles_per_image - 1) / layout->tiles_per_image;
}

struct bm_winograd bm_winograd_of(const struct bm_node *node, int threads)
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
    l.in = (struct bm_frame){node->in, 1, bm_tiling_frame(&l.tiling, l.tiling.tiles_high),
                             bm_tiling_frame(&l.tiling, l.tiling.tiles_wide)};
    l.out = (struct bm_frame){node->out, 0, TILE * l.tiling.tiles_high, TILE * l.tiling.tiles_wide};
    l.positions = bm_tiling_positions(&l.tiling);
    l.tiles_per_image = l.tiling.tiles_high * l.tiling.tiles_wide;
    l.images = images_of_chunk(&l);
    int group = bm_frame_images(&l.in);
    l.group = group < l.images ? group : l.images;
    size_t tiles = (size_t)l.images * (size_t)l.tiles_per_image, positions = (size_t)l.positions;
    l.weights = WEIGHTS * bm_position_step(bm_padded(&l.channels_in), &l.channels_out);
    l.transposed = TAPS * (size_t)l.channels_in.n * (size_t)l.channels_out.n;
    l.patches = positions * bm_position_step(tiles, &l.channels_in);
    l.products = positions * bm_position_step(tiles, &l.channels_out);
    l.in_frames = (size_t)l.group * bm_frame_size(&l.in);
    l.out_frames = (size_t)l.group * bm_frame_size(&l.out);
    return l;
}

static size_t reals_of_thread(const struct bm_winograd *layout)
{
    return layout->patches + layout->products + layout->weights + 2 * layout->in_frames +
           layout->out_frames;
}

size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads)
{
    struct bm_winograd layout = bm_winograd_of(node, threads);
    size_t shared = layout.weights + layout.transposed;
    return bm_conv_sums_bytes(node, threads) +
           (shared + (size_t)threads * reals_of_thread(&layout)) * sizeof(bm_real);
}

bm_real *bm_winograd_weights(const struct bm_winograd *layout, const struct bm_call *call)
{
    return (bm_real *)((unsigned char *)call->workspace +
                       bm_conv_sums_bytes(call->node, layout->threads));
}

struct bm_winograd_part bm_winograd_part_of(const struct bm_winograd *layout,
                                            const struct bm_call *call, int thread)
{
    struct bm_winograd_part part = {.patches = bm_winograd_weights(layout, call) + layout->weights +
                                               layout->transposed +
                                               (size_t)thread * reals_of_thread(layout)};
    part.products = part.patches + layout->patches;
    part.d_weights = part.products + layout->products;
    part.in = part.d_weights + layout->weights;
    part.d_in = part.in + layout->in_frames;
    part.out = part.d_in + layout->in_frames;
    return part;
}
