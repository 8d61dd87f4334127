/* The plain convolution, as matrix products.
 *
 * im2col writes for some images at a time the pixels under the kernel, (pixels) x (R * S * C), and
 * the product with the weights, (R * S * C) x K, gives the output, (pixels) x K. So the workspace
 * is bounded whatever the batch. With a 1x1 kernel and stride 1 the input itself is that matrix.
 * Backward uses the exact transposes. Threads share the images, with a workspace each; the sums of
 * dw are made by each in the order of its images, then added in the order of the threads. */
#include "conv.h"

#include <omp.h>
#include <string.h>

#include "../share.h"

/* Elements of the im2col matrix at a time: it stays in the cache between its making and its use. */
enum { COLUMN_ELEMENTS = 1 << 18 };

/* Everything that follows from the node. Sizes in reals. */
struct layout {
    struct bm_frame in, out;
    int kernel, stride, patch; /* patch: values under the kernel */
    int images;                /* at a time */
    bool is_pointwise;         /* the frames are the matrix */
    size_t columns, in_frames, out_frames, weights;
};

static struct layout layout_of(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    int before = conv->kernel / 2;
    struct layout layout = {.kernel = conv->kernel, .stride = conv->stride};
    layout.in = (struct bm_frame){node->in, before, node->in.height + 2 * before,
                                  node->in.width + 2 * before};
    layout.out = (struct bm_frame){node->out, 0, node->out.height, node->out.width};
    layout.patch = conv->kernel * conv->kernel * node->in.channels;
    layout.is_pointwise = conv->kernel == 1 && conv->stride == 1;
    size_t image = (size_t)node->out.height * (size_t)node->out.width * (size_t)layout.patch;
    int fit = image < COLUMN_ELEMENTS ? (int)(COLUMN_ELEMENTS / image) : 1;
    int frames = bm_frame_images(&layout.in);
    layout.images = fit < frames ? fit : frames;
    size_t images = (size_t)layout.images;
    layout.columns = images * image;
    layout.in_frames = images * bm_frame_size(&layout.in);
    layout.out_frames = images * bm_frame_size(&layout.out);
    layout.weights = (size_t)layout.patch * (size_t)node->out.channels;
    return layout;
}

/* One thread's images, first ... end-1, and its memory. */
struct share {
    int first, end;
    bm_real *columns, *in, *d_in, *out, *dw;
};

static struct share take_share(const struct layout *layout, struct bm_arena *arena)
{
    struct share share = {0};
    share.columns = bm_arena_take(arena, layout->columns * sizeof(bm_real));
    share.in = bm_arena_take(arena, layout->in_frames * sizeof(bm_real));
    share.d_in = bm_arena_take(arena, layout->in_frames * sizeof(bm_real));
    share.out = bm_arena_take(arena, layout->out_frames * sizeof(bm_real));
    share.dw = bm_arena_take(arena, layout->weights * sizeof(bm_real));
    return share;
}

static struct share carve(const struct bm_node *node, const struct layout *layout, int threads,
                          int thread, struct bm_arena *workspace)
{
    struct bm_arena count = {0};
    take_share(layout, &count);
    bm_conv_take_sums(node, threads, workspace);
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    return take_share(layout, &own);
}

size_t bm_conv_direct_workspace(const struct bm_node *node, int threads)
{
    struct layout layout = layout_of(node);
    struct bm_arena count = {0};
    carve(node, &layout, threads, 0, &count);
    return count.used;
}

static struct share share_of(const struct bm_call *call, const struct layout *layout, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    struct share share = carve(call->node, layout, call->threads, thread, &workspace);
    share.first = bm_share_begin(call->n, thread, call->threads);
    share.end = bm_share_begin(call->n, thread + 1, call->threads);
    if (thread == 0)
        share.dw = call->dw;
    return share;
}

/* Where the pixels under the kernel's first row begin in the frames, for an output pixel. */
static size_t corner(const struct layout *layout, int image, int row, int column)
{
    size_t h = (size_t)image * (size_t)layout->in.height + (size_t)(row * layout->stride);
    size_t w = (size_t)(column * layout->stride);
    return (h * (size_t)layout->in.width + w) * (size_t)layout->in.map.channels;
}

/* The patches of some frames, a row an output pixel. */
static void frames_to_columns(const struct layout *layout, int images,
                              const bm_real *restrict frames, bm_real *restrict columns)
{
    size_t row = (size_t)layout->in.width * (size_t)layout->in.map.channels;
    size_t width = (size_t)layout->kernel * (size_t)layout->in.map.channels;
    for (int image = 0; image < images; image++)
        for (int h = 0; h < layout->out.height; h++)
            for (int w = 0; w < layout->out.width; w++) {
                const bm_real *from = frames + corner(layout, image, h, w);
                for (int r = 0; r < layout->kernel; r++, from += row, columns += width)
                    memcpy(columns, from, width * sizeof *columns);
            }
}

/* The transpose: adds each value of the patches to the value that it came from. */
static void columns_to_frames(const struct layout *layout, int images,
                              const bm_real *restrict columns, bm_real *restrict frames)
{
    size_t row = (size_t)layout->in.width * (size_t)layout->in.map.channels;
    size_t width = (size_t)layout->kernel * (size_t)layout->in.map.channels;
    for (int image = 0; image < images; image++)
        for (int h = 0; h < layout->out.height; h++)
            for (int w = 0; w < layout->out.width; w++) {
                bm_real *restrict to = frames + corner(layout, image, h, w);
                for (int r = 0; r < layout->kernel; r++, to += row, columns += width)
                    for (size_t i = 0; i < width; i++)
                        to[i] += columns[i];
            }
}

/* The im2col matrix of images first ... first+images-1. */
static const bm_real *patches(const struct bm_call *call, const struct layout *layout,
                              const struct share *share, int first, int images)
{
    const bm_real *frames = bm_frame_read(call, &layout->in, first, images, share->in);
    if (layout->is_pointwise)
        return frames;
    frames_to_columns(layout, images, frames, share->columns);
    return share->columns;
}

static int pixels_of(const struct layout *layout, int images)
{
    return images * layout->out.height * layout->out.width;
}

void bm_conv_direct_forward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node);
    int k = call->node->out.channels, patch = layout.patch;
#pragma omp parallel num_threads(call->threads)
    {
        struct share share = share_of(call, &layout, omp_get_thread_num());
        struct bm_moments *moments = bm_conv_moments(call, omp_get_thread_num());
        memset(share.in, 0, layout.in_frames * sizeof *share.in);
        for (int first = share.first, end; first < share.end; first = end) {
            end = share.end - first < layout.images ? share.end : first + layout.images;
            bm_gemm(false, false, pixels_of(&layout, end - first), k, patch, 1,
                    patches(call, &layout, &share, first, end - first), patch, call->w, k, 0,
                    call->y + (size_t)first * bm_shape_size(call->node->out), k);
            bm_conv_sum_output(call, moments, first, end);
        }
    }
    bm_conv_join_moments(call);
}

/* dx of images first ... end-1. */
static void backward_input(const struct bm_call *call, const struct layout *layout,
                           const struct share *share, const bm_real *dy, int first, int end,
                           double *d_sums)
{
    int m = pixels_of(layout, end - first), k = call->node->out.channels, patch = layout->patch;
    bm_real *columns = layout->is_pointwise ? share->d_in : share->columns;
    bm_gemm(false, true, m, patch, k, 1, dy, k, call->w, k, 0, columns, patch);
    if (!layout->is_pointwise) {
        memset(share->d_in, 0, layout->in_frames * sizeof *share->d_in);
        columns_to_frames(layout, end - first, columns, share->d_in);
    }
    bm_frame_write_d(call, &layout->in, first, end - first, share->d_in, d_sums);
}

static void backward_share(const struct bm_call *call, const struct layout *layout, int thread)
{
    struct share share = share_of(call, layout, thread);
    int k = call->node->out.channels, patch = layout->patch;
    double *d_sums = bm_conv_d_sums(call, thread);
    memset(share.in, 0, layout->in_frames * sizeof *share.in);
    if (share.first == share.end)
        memset(share.dw, 0, layout->weights * sizeof *share.dw);
    for (int first = share.first, end; first < share.end; first = end) {
        end = share.end - first < layout->images ? share.end : first + layout->images;
        const bm_real *dy = bm_frame_read_d(call, &layout->out, first, end - first, share.out);
        bm_gemm(true, false, patch, k, pixels_of(layout, end - first), 1,
                patches(call, layout, &share, first, end - first), patch, dy, k,
                first > share.first, share.dw, k);
        if (call->dx[0] != NULL)
            backward_input(call, layout, &share, dy, first, end, d_sums);
    }
}

void bm_conv_direct_backward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node);
#pragma omp parallel num_threads(call->threads)
    backward_share(call, &layout, omp_get_thread_num());
    for (int thread = 1; thread < call->threads; thread++) {
        const bm_real *restrict more = share_of(call, &layout, thread).dw;
        for (size_t i = 0; i < layout.weights; i++)
            call->dw[i] += more[i];
    }
    bm_conv_join_d_sums(call);
}
