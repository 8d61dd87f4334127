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

#include "../slice.h"

/* Elements of the im2col matrix at a time: it stays in the cache between its making and its use. */
enum { COLUMN_ELEMENTS = 1 << 18 };

/* Everything that follows from the node. Sizes in reals. */
struct layout {
    struct bm_padded in, out;
    int kernel, stride, patch; /* patch: values under the kernel */
    int images;                /* at a time */
    bool is_pointwise;         /* the padded images are the matrix */
    size_t columns, in_padded, out_padded, weights;
};

static struct layout layout_of(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    int pad = conv->kernel / 2;
    struct layout layout = {.kernel = conv->kernel, .stride = conv->stride};
    layout.in =
        (struct bm_padded){node->in, pad, node->in.height + 2 * pad, node->in.width + 2 * pad};
    layout.out = (struct bm_padded){node->out, 0, node->out.height, node->out.width};
    layout.patch = conv->kernel * conv->kernel * node->in.channels;
    layout.is_pointwise = conv->kernel == 1 && conv->stride == 1;
    size_t image = (size_t)node->out.height * (size_t)node->out.width * (size_t)layout.patch;
    int fit = image < COLUMN_ELEMENTS ? (int)(COLUMN_ELEMENTS / image) : 1;
    int near = bm_padded_images(&layout.in);
    layout.images = fit < near ? fit : near;
    size_t images = (size_t)layout.images;
    layout.columns = images * image;
    layout.in_padded = images * bm_padded_size(&layout.in);
    layout.out_padded = images * bm_padded_size(&layout.out);
    layout.weights = (size_t)layout.patch * (size_t)node->out.channels;
    return layout;
}

/* One thread's images, first ... end-1, and its memory. */
struct slice {
    int first, end;
    bm_real *columns, *in, *d_in, *out, *dw;
};

static struct slice take_slice(const struct layout *layout, int threads, struct bm_arena *arena)
{
    struct slice slice = {0};
    slice.columns = bm_arena_take(arena, layout->columns * sizeof(bm_real));
    slice.in = bm_arena_take(arena, layout->in_padded * sizeof(bm_real));
    slice.d_in = bm_arena_take(arena, layout->in_padded * sizeof(bm_real));
    slice.out = bm_arena_take(arena, layout->out_padded * sizeof(bm_real));
    if (threads > 1) /* alone, a thread sums in the call's */
        slice.dw = bm_arena_take(arena, layout->weights * sizeof(bm_real));
    return slice;
}

static struct slice carve(const struct bm_node *node, const struct layout *layout, int threads,
                          int thread, struct bm_arena *workspace)
{
    struct bm_arena count = {0};
    take_slice(layout, threads, &count);
    bm_conv_take_sums(node, threads, workspace);
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    return take_slice(layout, threads, &own);
}

size_t bm_conv_direct_workspace(const struct bm_node *node, int threads)
{
    struct layout layout = layout_of(node);
    struct bm_arena count = {0};
    carve(node, &layout, threads, 0, &count);
    return count.used;
}

static struct slice slice_of(const struct bm_call *call, const struct layout *layout, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    struct slice slice = carve(call->node, layout, call->threads, thread, &workspace);
    slice.first = bm_slice_begin(call->n, thread, call->threads);
    slice.end = bm_slice_begin(call->n, thread + 1, call->threads);
    if (thread == 0)
        slice.dw = call->dw;
    return slice;
}

/* Where the pixels under the kernel's first row begin in the padded images, for an output pixel. */
static size_t corner(const struct layout *layout, int image, int row, int column)
{
    size_t h = (size_t)image * (size_t)layout->in.height + (size_t)(row * layout->stride);
    size_t w = (size_t)(column * layout->stride);
    return (h * (size_t)layout->in.width + w) * (size_t)layout->in.map.channels;
}

/* The patches of some padded images, a row an output pixel. */
static void padded_to_columns(const struct layout *layout, int images,
                              const bm_real *restrict padded, bm_real *restrict columns)
{
    size_t row = (size_t)layout->in.width * (size_t)layout->in.map.channels;
    size_t width = (size_t)layout->kernel * (size_t)layout->in.map.channels;
    for (int image = 0; image < images; image++)
        for (int h = 0; h < layout->out.height; h++)
            for (int w = 0; w < layout->out.width; w++) {
                const bm_real *from = padded + corner(layout, image, h, w);
                for (int r = 0; r < layout->kernel; r++, from += row, columns += width)
                    memcpy(columns, from, width * sizeof *columns);
            }
}

/* The transpose: adds each value of the patches to the value that it came from. */
static void columns_to_padded(const struct layout *layout, int images,
                              const bm_real *restrict columns, bm_real *restrict padded)
{
    size_t row = (size_t)layout->in.width * (size_t)layout->in.map.channels;
    size_t width = (size_t)layout->kernel * (size_t)layout->in.map.channels;
    for (int image = 0; image < images; image++)
        for (int h = 0; h < layout->out.height; h++)
            for (int w = 0; w < layout->out.width; w++) {
                bm_real *restrict to = padded + corner(layout, image, h, w);
                for (int r = 0; r < layout->kernel; r++, to += row, columns += width)
                    for (size_t i = 0; i < width; i++)
                        to[i] += columns[i];
            }
}

/* The im2col matrix of images first ... first+images-1. */
static const bm_real *patches(const struct bm_call *call, const struct layout *layout,
                              const struct slice *slice, int first, int images)
{
    const bm_real *padded = bm_padded_read(call, &layout->in, first, images, slice->in);
    if (layout->is_pointwise)
        return padded;
    padded_to_columns(layout, images, padded, slice->columns);
    return slice->columns;
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
        struct slice slice = slice_of(call, &layout, omp_get_thread_num());
        struct bm_moments *moments = bm_conv_moments(call, omp_get_thread_num());
        memset(slice.in, 0, layout.in_padded * sizeof *slice.in);
        for (int first = slice.first, end; first < slice.end; first = end) {
            end = slice.end - first < layout.images ? slice.end : first + layout.images;
            int pixels = pixels_of(&layout, end - first);
            size_t at = (size_t)first * bm_shape_size(call->node->out);
            bm_real *y = bm_conv_output(call, at, slice.out);
            bm_gemm(false, false, pixels, k, patch, 1,
                    patches(call, &layout, &slice, first, end - first), patch, call->w, k, 0, y, k);
            bm_conv_finish_output(call, moments, at, (size_t)pixels, y);
        }
    }
    bm_conv_join_moments(call);
}

/* dx of images first ... end-1. */
static void backward_input(const struct bm_call *call, const struct layout *layout,
                           const struct slice *slice, const bm_real *dy, int first, int end,
                           double *d_sums)
{
    int m = pixels_of(layout, end - first), k = call->node->out.channels, patch = layout->patch;
    bm_real *columns = layout->is_pointwise ? slice->d_in : slice->columns;
    bm_gemm(false, true, m, patch, k, 1, dy, k, call->w, k, 0, columns, patch);
    if (!layout->is_pointwise) {
        memset(slice->d_in, 0, layout->in_padded * sizeof *slice->d_in);
        columns_to_padded(layout, end - first, columns, slice->d_in);
    }
    bm_padded_write_d(call, &layout->in, first, end - first, slice->d_in, d_sums);
}

static void backward_slice(const struct bm_call *call, const struct layout *layout, int thread)
{
    struct slice slice = slice_of(call, layout, thread);
    int k = call->node->out.channels, patch = layout->patch;
    double *d_sums = bm_conv_d_sums(call, thread);
    memset(slice.in, 0, layout->in_padded * sizeof *slice.in);
    if (slice.first == slice.end)
        memset(slice.dw, 0, layout->weights * sizeof *slice.dw);
    for (int first = slice.first, end; first < slice.end; first = end) {
        end = slice.end - first < layout->images ? slice.end : first + layout->images;
        const bm_real *dy = bm_padded_read_d(call, &layout->out, first, end - first, slice.out);
        bm_gemm(true, false, patch, k, pixels_of(layout, end - first), 1,
                patches(call, layout, &slice, first, end - first), patch, dy, k,
                first > slice.first, slice.dw, k);
        if (call->dx[0] != NULL)
            backward_input(call, layout, &slice, dy, first, end, d_sums);
    }
}

void bm_conv_direct_backward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node);
#pragma omp parallel num_threads(call->threads)
    backward_slice(call, &layout, omp_get_thread_num());
    for (int thread = 1; thread < call->threads; thread++) {
        const bm_real *restrict more = slice_of(call, &layout, thread).dw;
        for (size_t i = 0; i < layout.weights; i++)
            call->dw[i] += more[i];
    }
    bm_conv_join_d_sums(call);
}
