/* 3x3 convolution with stride 1 by Winograd F(4x4, 3x3): 36 products instead of 144 for each 4x4
 * tile of the output. The transforms and products are in kernel/; this file cuts the batch into
 * chunks of whole images whose transformed patches stay in the cache, and shares the chunks among
 * the threads.
 *
 * Forward: V = transform of x, M = V U, y = transform of M.  Backward is the exact transpose:
 * dM = transform of dy, dU = V' dM (V is made again), dV = dM U', dx += transform of dV. The sums
 * of dU are made by each thread in the order of its chunks, then added in the order of the threads:
 * the same bits for the same number of threads. */
#include "conv.h"

#include <omp.h>
#include <string.h>

#include "../kernels.h"
#include "../share.h"

enum { POSITIONS = 36, TILE = 4, TAPS = 9 };

/* Everything that follows from the node: geometry, and where in the workspace things lie (in
 * reals). */
struct layout {
    const struct bm_kernels *kernels;
    struct bm_tiling tiling;
    struct bm_channels in, out;  /* C and K as columns of panel matrices */
    int tiles_per_image, images; /* of a chunk, at most */
    size_t weights;              /* U, and each thread's dU */
    size_t transposed;           /* w with rows and columns exchanged */
    size_t patches, products;    /* V and M of a chunk, for each thread */
    int threads;
};

static struct bm_channels columns_of(int n, int lanes)
{
    int padded = (n + lanes - 1) / lanes * lanes;
    int panel = padded % (2 * lanes) == 0 ? 2 * lanes : lanes;
    return (struct bm_channels){n, panel, padded / panel};
}

static size_t padded(const struct bm_channels *channels)
{
    return (size_t)channels->panel * (size_t)channels->panels;
}

/* Images of a chunk. V and M of many tiles leave the cache, few tiles read the weights too often;
 * and blocks of a product are best filled by multiples of 12 tiles. */
static int images_of_chunk(const struct layout *layout, int tiles_per_image)
{
    int wanted = padded(&layout->in) * padded(&layout->out) < 256 * 256 ? 144 : 288;
    return (wanted + tiles_per_image - 1) / tiles_per_image;
}

static struct layout layout_of(const struct bm_node *node, int threads)
{
    struct bm_shape in = node->in;
    struct layout layout = {.kernels = bm_kernels(), .threads = threads};
    layout.tiling = (struct bm_tiling){in.height, in.width, (in.height + TILE - 1) / TILE,
                                       (in.width + TILE - 1) / TILE};
    layout.in = columns_of(in.channels, layout.kernels->lanes);
    layout.out = columns_of(node->out.channels, layout.kernels->lanes);
    layout.tiles_per_image = layout.tiling.tiles_high * layout.tiling.tiles_wide;
    layout.images = images_of_chunk(&layout, layout.tiles_per_image);
    size_t tiles = (size_t)layout.images * (size_t)layout.tiles_per_image;
    layout.weights = POSITIONS * bm_position_step(padded(&layout.in), &layout.out);
    layout.transposed = TAPS * (size_t)layout.in.n * (size_t)layout.out.n;
    layout.patches = POSITIONS * bm_position_step(tiles, &layout.in);
    layout.products = POSITIONS * bm_position_step(tiles, &layout.out);
    return layout;
}

static size_t reals_of_thread(const struct layout *layout)
{
    return layout->patches + layout->products + layout->weights;
}

size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads)
{
    struct layout layout = layout_of(node, threads);
    size_t shared = layout.weights + layout.transposed;
    return (shared + (size_t)threads * reals_of_thread(&layout)) * sizeof(bm_real);
}

struct thread_part {
    bm_real *patches, *products, *d_weights;
};

static struct thread_part part_of(const struct layout *layout, const struct bm_call *call,
                                  int thread)
{
    bm_real *first = (bm_real *)call->workspace + layout->weights + layout->transposed +
                     (size_t)thread * reals_of_thread(layout);
    return (struct thread_part){first, first + layout->patches,
                                first + layout->patches + layout->products};
}

/* The images of one thread: first … end-1. */
static void share_of(int n, int thread, int threads, int *first, int *end)
{
    *first = bm_share_begin(n, thread, threads);
    *end = bm_share_begin(n, thread + 1, threads);
}

/* For each position, C (tiles x columns of b) = A (tiles x columns of a) B (columns of a x columns
 * of b). */
static void multiply_tiles(const struct layout *layout, int tiles, const struct bm_channels *a,
                           const bm_real *a_panels, const struct bm_channels *b,
                           const bm_real *b_panels, bm_real *c_panels)
{
    size_t a_step = bm_position_step((size_t)tiles, a), c_step = bm_position_step((size_t)tiles, b);
    size_t b_step = bm_position_step((size_t)a->n, b);
    for (size_t p = 0; p < POSITIONS; p++) {
        struct bm_panel_product product = {
            .m = tiles,
            .k = a->n,
            .a = a_panels + p * a_step,
            .a_row = (size_t)a->panel,
            .a_depth = 1,
            .a_step = (size_t)tiles * (size_t)a->panel,
            .a_panel = a->panel,
            .b = b_panels + p * b_step,
            .b_step = (size_t)a->n * (size_t)b->panel,
            .c = c_panels + p * c_step,
            .c_step = (size_t)tiles * (size_t)b->panel,
            .width = b->panel,
            .panels = b->panels,
        };
        layout->kernels->panel_product(&product);
    }
}

/* For each position, dU (C x K) += V' dM. */
static void add_d_weights(const struct layout *layout, int tiles, const struct thread_part *part)
{
    const struct bm_channels *in = &layout->in, *out = &layout->out;
    size_t patches_step = bm_position_step((size_t)tiles, in);
    size_t products_step = bm_position_step((size_t)tiles, out);
    size_t weights_step = bm_position_step(padded(in), out);
    for (size_t p = 0; p < POSITIONS; p++)
        for (int panel = 0; panel < in->panels; panel++) {
            size_t row = (size_t)panel * (size_t)in->panel;
            struct bm_panel_product product = {
                .m = in->panel,
                .k = tiles,
                .a = part->patches + p * patches_step + row * (size_t)tiles,
                .a_row = 1,
                .a_depth = (size_t)in->panel,
                .a_panel = tiles,
                .b = part->products + p * products_step,
                .b_step = (size_t)tiles * (size_t)out->panel,
                .c = part->d_weights + p * weights_step + row * (size_t)out->panel,
                .c_step = padded(in) * (size_t)out->panel,
                .width = out->panel,
                .panels = out->panels,
                .add = true,
            };
            layout->kernels->panel_product(&product);
        }
}

void bm_conv_winograd_forward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node, call->threads);
    const struct bm_kernels *kernels = layout.kernels;
    bm_real *weights = call->workspace;
#pragma omp parallel num_threads(layout.threads)
    {
        int thread = omp_get_thread_num(), first, end;
        struct thread_part part = part_of(&layout, call, thread);
        share_of(layout.in.n, thread, layout.threads, &first, &end);
        kernels->winograd_weights(layout.in.n, &layout.out, call->w, first, end, weights);
#pragma omp barrier
        share_of(call->n, thread, layout.threads, &first, &end);
        for (int image = first, next; image < end; image = next) {
            next = end - image < layout.images ? end : image + layout.images;
            int from = image * layout.tiles_per_image, to = next * layout.tiles_per_image;
            kernels->winograd_input(&layout.tiling, &layout.in, call->x[0], from, to, part.patches);
            multiply_tiles(&layout, to - from, &layout.in, part.patches, &layout.out, weights,
                           part.products);
            kernels->winograd_output(&layout.tiling, &layout.out, part.products, from, to, call->y);
        }
    }
}

/* Rows first … end-1 of (K, C) from (C, K), for each of the nine taps. */
static void transpose_weights(int c, int k, const bm_real *restrict w, int first, int end,
                              bm_real *restrict transposed)
{
    enum { BLOCK = 16 };
    size_t in = (size_t)c, out = (size_t)k;
    for (size_t tap = 0; tap < TAPS; tap++, w += in * out, transposed += in * out)
        for (size_t i0 = 0; i0 < in; i0 += BLOCK)
            for (size_t o = (size_t)first; o < (size_t)end; o++)
                for (size_t i = i0; i < in && i < i0 + BLOCK; i++)
                    transposed[o * in + i] = w[i * out + o];
}

/* dM and dV of the images of one thread, with its sum of dU. */
static void backward_images(const struct layout *layout, const struct bm_call *call, int thread,
                            const bm_real *transposed_weights)
{
    const struct bm_kernels *kernels = layout->kernels;
    struct thread_part part = part_of(layout, call, thread);
    size_t image_size = bm_shape_size(call->node->in);
    bm_real *dx = call->dx[0];
    int first, end;
    share_of(call->n, thread, layout->threads, &first, &end);
    memset(part.d_weights, 0, layout->weights * sizeof *part.d_weights);
    if (dx != NULL && !call->adds[0])
        memset(dx + (size_t)first * image_size, 0, (size_t)(end - first) * image_size * sizeof *dx);
    for (int image = first, next; image < end; image = next) {
        next = end - image < layout->images ? end : image + layout->images;
        int from = image * layout->tiles_per_image, to = next * layout->tiles_per_image;
        kernels->winograd_input(&layout->tiling, &layout->in, call->x[0], from, to, part.patches);
        kernels->winograd_d_output(&layout->tiling, &layout->out, call->dy, from, to,
                                   part.products);
        add_d_weights(layout, to - from, &part);
        if (dx == NULL)
            continue;
        multiply_tiles(layout, to - from, &layout->out, part.products, &layout->in,
                       transposed_weights, part.patches);
        kernels->winograd_d_input(&layout->tiling, &layout->in, part.patches, from, to, dx);
    }
}

/* d_weights of thread 0 += those of the others, for one thread's share of the elements. */
static void sum_d_weights(const struct layout *layout, const struct bm_call *call, int thread)
{
    bm_real *restrict sum = part_of(layout, call, 0).d_weights;
    int first, end, lines = (int)(layout->weights / 16);
    share_of(lines, thread, layout->threads, &first, &end);
    for (int other = 1; other < layout->threads; other++) {
        const bm_real *restrict more = part_of(layout, call, other).d_weights;
        for (size_t i = 16 * (size_t)first; i < 16 * (size_t)end; i++)
            sum[i] += more[i];
    }
}

void bm_conv_winograd_backward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node, call->threads);
    const struct bm_kernels *kernels = layout.kernels;
    bm_real *weights = call->workspace, *transposed = weights + layout.weights;
#pragma omp parallel num_threads(layout.threads)
    {
        int thread = omp_get_thread_num(), first, end;
        share_of(layout.out.n, thread, layout.threads, &first, &end);
        transpose_weights(layout.in.n, layout.out.n, call->w, first, end, transposed);
#pragma omp barrier
        kernels->winograd_weights(layout.out.n, &layout.in, transposed, first, end, weights);
#pragma omp barrier
        backward_images(&layout, call, thread, weights);
#pragma omp barrier
        sum_d_weights(&layout, call, thread);
#pragma omp barrier
        share_of(layout.in.n, thread, layout.threads, &first, &end);
        kernels->winograd_d_weights(layout.in.n, (int)padded(&layout.in), &layout.out,
                                    part_of(&layout, call, 0).d_weights, first, end, call->dw);
    }
}
