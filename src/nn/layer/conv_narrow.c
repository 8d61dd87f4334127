/* Convolution of few channels, as the stem's of three: products straight on the padded images,
 * whose pixels under a row of the kernel lie side by side, and on the plain arrays of weights and
 * outputs, so that nothing is gathered. The gradient of the input is left to the plain path: nobody
 * asks for that of images. */
#include "conv.h"

#include <omp.h>
#include <string.h>

#include "../slice.h"

/* Everything that follows from the node. Sizes in reals. */
struct layout {
    struct bm_padded in, out;
    int kernel, stride;
    int row, padded_row; /* values under a row of the kernel, and as whole blocks of a product */
    int width, panels;   /* K as panels */
    int images;          /* at a time */
    size_t in_padded, out_padded, dw;
};

static int panel_width(int k)
{
    int lanes = bm_kernels()->lanes;
    return k % (2 * lanes) == 0 ? 2 * lanes : lanes;
}

/* Weights and outputs are used as they are: in whole vectors of channels. More values under a row
 * than this leave the first cache. */
bool bm_conv_is_narrow(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    return conv->kernel * node->in.channels <= 64 && node->out.channels % bm_kernels()->lanes == 0;
}

static struct layout layout_of(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    int pad = conv->kernel / 2, k = node->out.channels;
    struct layout l = {.kernel = conv->kernel, .stride = conv->stride};
    l.in = (struct bm_padded){node->in, pad, node->in.height + 2 * pad, node->in.width + 2 * pad};
    l.out = (struct bm_padded){node->out, 0, node->out.height, node->out.width};
    l.row = conv->kernel * node->in.channels;
    l.padded_row = (l.row + 3) / 4 * 4;
    l.width = panel_width(k);
    l.panels = k / l.width;
    l.images = bm_padded_images(&l.out);
    /* Whole blocks read beyond the last image. */
    l.in_padded = (size_t)l.images * bm_padded_size(&l.in) + (size_t)l.padded_row;
    l.out_padded = (size_t)l.images * bm_padded_size(&l.out);
    l.dw = (size_t)l.kernel * (size_t)l.padded_row * (size_t)k;
    return l;
}

/* One thread's images, first ... end-1, and its memory. */
struct slice {
    int first, end;
    bm_real *in, *out, *dw;
};

static struct slice take_slice(const struct layout *layout, struct bm_arena *arena)
{
    struct slice slice = {0};
    slice.in = bm_arena_take(arena, layout->in_padded * sizeof(bm_real));
    slice.out = bm_arena_take(arena, layout->out_padded * sizeof(bm_real));
    slice.dw = bm_arena_take(arena, layout->dw * sizeof(bm_real));
    return slice;
}

static struct slice carve(const struct bm_node *node, const struct layout *layout, int threads,
                          int thread, struct bm_arena *workspace)
{
    struct bm_arena count = {0};
    take_slice(layout, &count);
    bm_conv_take_sums(node, threads, workspace);
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    return take_slice(layout, &own);
}

size_t bm_conv_narrow_workspace(const struct bm_node *node, int threads)
{
    struct layout layout = layout_of(node);
    struct bm_arena count = {0};
    carve(node, &layout, threads, 0, &count);
    size_t direct = bm_conv_direct_workspace(node, threads);
    return count.used > direct ? count.used : direct;
}

static struct slice slice_of(const struct bm_call *call, const struct layout *layout, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    struct slice slice = carve(call->node, layout, call->threads, thread, &workspace);
    slice.first = bm_slice_begin(call->n, thread, call->threads);
    slice.end = bm_slice_begin(call->n, thread + 1, call->threads);
    return slice;
}

/* Padded images first ... first+images-1, in memory that may be read beyond them. */
static const bm_real *read_padded(const struct bm_call *call, const struct layout *layout,
                                  const struct slice *slice, int first, int images)
{
    const bm_real *padded = bm_padded_read(call, &layout->in, first, images, slice->in);
    if (padded != slice->in) {
        size_t size = (size_t)images * bm_padded_size(&layout->in);
        memcpy(slice->in, padded, size * sizeof *padded);
    }
    return slice->in;
}

/* y of one image, a row of pixels at a time. */
static void forward_image(const struct layout *layout, const bm_real *padded, const bm_real *w,
                          bm_real *y)
{
    size_t k = (size_t)layout->out.map.channels, channels = (size_t)layout->in.map.channels;
    size_t row = (size_t)layout->in.width * channels;
    struct bm_panel_product product = {
        .m = layout->out.width,
        .k = layout->kernel * layout->row,
        .a_row = (size_t)layout->stride * channels,
        .a_depth = 1,
        .a_step = row,
        .a_panel = layout->row,
        .b = w,
        .b_row = k,
        .b_step = (size_t)layout->width,
        .c_row = k,
        .c_step = (size_t)layout->width,
        .width = layout->width,
        .panels = layout->panels,
    };
    for (size_t h = 0; h < (size_t)layout->out.height; h++) {
        product.a = padded + h * (size_t)layout->stride * row;
        product.c = y + h * (size_t)layout->out.width * k;
        bm_kernels()->panel_product(&product);
    }
}

static size_t pixels_of(const struct layout *layout, int images)
{
    return (size_t)images * (size_t)layout->out.height * (size_t)layout->out.width;
}

void bm_conv_narrow_forward(const struct bm_call *call)
{
    struct layout layout = layout_of(call->node);
    size_t image = bm_shape_size(call->node->out);
#pragma omp parallel num_threads(call->threads)
    {
        int thread = omp_get_thread_num();
        struct slice slice = slice_of(call, &layout, thread);
        struct bm_moments *moments = bm_conv_moments(call, thread);
        memset(slice.in, 0, layout.in_padded * sizeof *slice.in);
        for (int first = slice.first, end; first < slice.end; first = end) {
            end = slice.end - first < layout.images ? slice.end : first + layout.images;
            const bm_real *padded = read_padded(call, &layout, &slice, first, end - first);
            size_t at = (size_t)first * image;
            bm_real *y = bm_conv_output(call, at, slice.out);
            for (size_t i = 0; i < (size_t)(end - first); i++)
                forward_image(&layout, padded + i * bm_padded_size(&layout.in), call->w,
                              y + i * image);
            bm_conv_finish_output(call, moments, at, pixels_of(&layout, end - first), y);
        }
    }
    bm_conv_join_moments(call);
}

/* dw += of one image, a row of the kernel at a time; each has padded_row rows, of which the last
 * mean nothing. */
static void backward_image(const struct layout *layout, const bm_real *padded, const bm_real *dy,
                           bm_real *dw)
{
    size_t k = (size_t)layout->out.map.channels, channels = (size_t)layout->in.map.channels;
    size_t row = (size_t)layout->in.width * channels;
    struct bm_panel_product product = {
        .m = layout->padded_row,
        .k = layout->out.height * layout->out.width,
        .a_row = 1,
        .a_depth = (size_t)layout->stride * channels,
        .a_step = (size_t)layout->stride * row,
        .a_panel = layout->out.width,
        .b = dy,
        .b_row = k,
        .b_step = (size_t)layout->width,
        .c_row = k,
        .c_step = (size_t)layout->width,
        .width = layout->width,
        .panels = layout->panels,
        .add = true,
    };
    for (size_t r = 0; r < (size_t)layout->kernel; r++) {
        product.a = padded + r * row;
        product.c = dw + r * (size_t)layout->padded_row * k;
        bm_kernels()->panel_product(&product);
    }
}

/* dw of all threads, in their order, without the rows that mean nothing. */
static void join_dw(const struct bm_call *call, const struct layout *layout)
{
    size_t row = (size_t)layout->row * (size_t)layout->out.map.channels;
    size_t padded_row = (size_t)layout->padded_row * (size_t)layout->out.map.channels;
    memset(call->dw, 0, (size_t)layout->kernel * row * sizeof *call->dw);
    for (int thread = 0; thread < call->threads; thread++)
        for (size_t r = 0; r < (size_t)layout->kernel; r++) {
            const bm_real *restrict more = slice_of(call, layout, thread).dw + r * padded_row;
            bm_real *restrict dw = call->dw + r * row;
            for (size_t i = 0; i < row; i++)
                dw[i] += more[i];
        }
}

void bm_conv_narrow_backward(const struct bm_call *call)
{
    if (call->dx[0] != NULL) {
        bm_conv_direct_backward(call);
        return;
    }
    struct layout layout = layout_of(call->node);
#pragma omp parallel num_threads(call->threads)
    {
        struct slice slice = slice_of(call, &layout, omp_get_thread_num());
        memset(slice.in, 0, layout.in_padded * sizeof *slice.in);
        memset(slice.dw, 0, layout.dw * sizeof *slice.dw);
        for (int first = slice.first, end; first < slice.end; first = end) {
            end = slice.end - first < layout.images ? slice.end : first + layout.images;
            const bm_real *padded = read_padded(call, &layout, &slice, first, end - first);
            const bm_real *dy = bm_padded_read_d(call, &layout.out, first, end - first, slice.out);
            for (int i = 0; i < end - first; i++)
                backward_image(&layout, padded + (size_t)i * bm_padded_size(&layout.in),
                               dy + (size_t)i * bm_padded_size(&layout.out), slice.dw);
        }
    }
    join_dw(call, &layout);
}
