/* Sizes of a Winograd convolution's work, and its carving of the workspace: sums, U, transposed w,
 * then V, M and dU of each chunk, then each thread's padded images. */
#include "conv_winograd.h"

enum { TILE = 4, TAPS = 9, WEIGHTS = 36 };

static struct bm_channels columns_of(int n, int lanes)
{
    int padded = (n + lanes - 1) / lanes * lanes;
    int panel = padded % (2 * lanes) == 0 ? 2 * lanes : lanes;
    return (struct bm_channels){n, panel, padded / panel};
}

enum {
    TILES = 72,       /* of a chunk, at most: more were no faster; multiples of 12 fill products */
    MANY_TILES = 288, /* … where not even U fits the cache */
};

/* Threads work on one chunk together where so many reals are in U, and so in dU: more than the
 * cache of one of them holds. There it is faster that dU is in memory once; with less, handing V
 * and M from core to core takes longer than it saves. Not a matter of the cache that there is,
 * since it says in which order dU is summed. */
enum { SHARED_WEIGHTS = 1 << 21 };

static int images_of_tiles(const struct bm_winograd *layout, int tiles)
{
    return (tiles + layout->tiles_per_image - 1) / layout->tiles_per_image;
}

/* Images whose V and M fit `bytes` beside n matrices of the size of U; -1: not even those do. */
static int images_that_fit(const struct bm_winograd *layout, size_t bytes, size_t n)
{
    size_t all = bytes / sizeof(bm_real), others = n * layout->weights;
    size_t tile = (size_t)layout->positions * (bm_panel_columns(&layout->channels_in) +
                                               bm_panel_columns(&layout->channels_out));
    return all < others ? -1 : (int)((all - others) / tile) / layout->tiles_per_image;
}

/* Images of a chunk: as many as stay in the cache with what a pass works on, but a group at least
 * for each of its threads, which bring their caches along.
 * dU and dx are made in one pass where U and dU both fit beside it; else in a pass each, of which
 * both transform dy, if one does. Where not even U fits, chunks are large, so that it is read
 * seldom, and V and M leave the cache, too. Chunks are whole groups, and sums are made group by
 * group: so their size changes no bits, but those of dU with stride 2, or in bfloat16, whose pairs
 * of terms begin anew with a chunk. */
static void choose_chunk(struct bm_winograd *layout, size_t cache, int batch, bool is_backward)
{
    int team = layout->team, teams = layout->threads / team;
    int least = team * layout->group, most = images_of_tiles(layout, team * TILES);
    /* the rest: images, and lines that it keeps too long */
    size_t bytes = (size_t)team * (cache / 5 * 3);
    int fit = images_that_fit(layout, bytes, is_backward ? 2 : 1);
    if (is_backward && fit < least) {
        fit = images_that_fit(layout, bytes, 1);
        layout->is_apart = fit >= least;
    }
    if (fit < 0)
        fit = most = images_of_tiles(layout, MANY_TILES);
    int parts = (fit < most ? fit : most) / least;
    int needed = ((batch + teams - 1) / teams + least - 1) / least;
    parts = parts < needed ? parts : needed;
    layout->images = least * (parts > 0 ? parts : 1);
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
    l.weights = WEIGHTS * bm_position_step(bm_panel_columns(&l.channels_in), &l.channels_out);
    int group = bm_padded_images(&l.in), most = images_of_tiles(&l, TILES);
    l.group = group < most ? group : most;
    l.team = l.weights >= SHARED_WEIGHTS ? threads : 1;
    if (l.team > 1 && l.group * l.tiles_per_image % 2 != 0)
        l.group += l.group > 1 ? -1 : 1; /* both tiles of a pair are one thread's */
    choose_chunk(&l, conv->cache, conv->batch, is_backward);
    size_t tiles = (size_t)l.images * (size_t)l.tiles_per_image, positions = (size_t)l.positions;
    l.patches = positions * bm_position_step(tiles, &l.channels_in);
    l.products = positions * bm_position_step(tiles, &l.channels_out);
    l.in_padded = (size_t)l.group * bm_padded_size(&l.in);
    l.out_padded = (size_t)l.group * bm_padded_size(&l.out);
    if (is_backward) {
        l.transposed = TAPS * (size_t)l.channels_in.n * (size_t)l.channels_out.n;
        l.d_weights = l.weights;
        l.d_in_padded = l.in_padded;
    }
    return l;
}

static void take_chunk(const struct bm_winograd *layout, struct bm_arena *arena,
                       struct bm_winograd_part *part)
{
    part->patches = bm_arena_take(arena, layout->patches * sizeof(bm_real));
    part->products = bm_arena_take(arena, layout->products * sizeof(bm_real));
    part->d_weights = bm_arena_take(arena, layout->d_weights * sizeof(bm_real));
}

static void take_images(const struct bm_winograd *layout, struct bm_arena *arena,
                        struct bm_winograd_part *part)
{
    part->in = bm_arena_take(arena, layout->in_padded * sizeof(bm_real));
    part->d_in = bm_arena_take(arena, layout->d_in_padded * sizeof(bm_real));
    part->out = bm_arena_take(arena, layout->out_padded * sizeof(bm_real));
}

/* What one of `n` has of what `take` takes. */
static void take_one_of(const struct bm_winograd *layout, int n, int i, struct bm_arena *workspace,
                        void (*take)(const struct bm_winograd *layout, struct bm_arena *arena,
                                     struct bm_winograd_part *part),
                        struct bm_winograd_part *part)
{
    struct bm_arena count = {0};
    take(layout, &count, part);
    struct bm_arena own = bm_arena_part(workspace, count.used, n, i);
    take(layout, &own, part);
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
    struct bm_winograd_part part;
    int threads = layout->threads, team = layout->team;
    take_shared(layout, node, workspace);
    take_one_of(layout, threads / team, thread / team, workspace, take_chunk, &part);
    take_one_of(layout, threads, thread, workspace, take_images, &part);
    return part;
}

static size_t count_workspace(const struct bm_node *node, int threads, bool is_backward)
{
    struct bm_winograd layout = bm_winograd_of(node, threads, is_backward);
    struct bm_arena count = {0};
    carve(&layout, node, 0, &count);
    return count.used;
}

/* Forward has larger chunks at times. */
size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads)
{
    size_t forward = count_workspace(node, threads, false);
    size_t backward = count_workspace(node, threads, true);
    return forward > backward ? forward : backward;
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
