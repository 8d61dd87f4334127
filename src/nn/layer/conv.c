/* Convolution with odd square kernels, padding kernel/2, no bias, as matrix products.
 *
 * Output rows (OW pixels each) are numbered through the batch; im2col writes for a few rows at a
 * time the pixels under the kernel, (rows * OW) x (R * S * C), and the product with the weights,
 * (R * S * C) x K, gives the output (rows * OW) x K. So the workspace is bounded whatever the
 * batch. With a 1x1 kernel and stride 1 the input itself is that matrix. Backward uses the exact
 * transposes. Threads share the images, with a workspace each; the sums of dw are made by each in
 * the order of its images, then added in the order of the threads. */
#include "conv.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "../share.h"

/* Elements of the im2col matrix at a time: it stays in the cache between its making and its use. */
enum { COLUMN_ELEMENTS = 1 << 18 };

static int patch_size(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    return conv->kernel * conv->kernel * node->in.channels;
}

static bool is_pointwise(const struct bm_node *node)
{
    const struct conv *conv = node->detail;
    return conv->kernel == 1 && conv->stride == 1;
}

/* Output rows that are worked on at a time. */
static int rows_at_once(const struct bm_node *node, int rows)
{
    if (is_pointwise(node))
        return rows;
    int fit = (int)(COLUMN_ELEMENTS / ((size_t)node->out.width * (size_t)patch_size(node)));
    return fit < 1 ? 1 : fit < rows ? fit : rows;
}

/* The pixels of one kernel row above one output pixel: `count` contiguous values of the input
 * (whole pixels, the padding clipped off), which belong at `at` of the S * C values of the patch.
 */
struct strip {
    size_t input, at, count;
};

/* What the patches of one output row share. */
struct patch_row {
    size_t image; /* the first pixel of its image */
    int top;      /* the input row under the kernel's first; negative in the padding */
};

static struct patch_row patch_row_of(const struct bm_node *node, int output_row)
{
    const struct conv *conv = node->detail;
    size_t image = (size_t)(output_row / node->out.height);
    return (struct patch_row){image * (size_t)node->in.height * (size_t)node->in.width,
                              output_row % node->out.height * conv->stride - conv->kernel / 2};
}

static inline struct strip strip_of(const struct bm_node *node, struct patch_row patches,
                                    int output_column, int kernel_row)
{
    const struct conv *conv = node->detail;
    int h = patches.top + kernel_row;
    if (h < 0 || h >= node->in.height)
        return (struct strip){0};
    int first = output_column * conv->stride - conv->kernel / 2, end = first + conv->kernel;
    int skip = first < 0 ? -first : 0;
    first += skip;
    end = end > node->in.width ? node->in.width : end;
    size_t pixel = patches.image + (size_t)h * (size_t)node->in.width + (size_t)first;
    size_t channels = (size_t)node->in.channels;
    return (struct strip){pixel * channels, (size_t)skip * channels,
                          (size_t)(end - first) * channels};
}

/* columns = the patches of output rows first … end-1 of x. */
static void image_to_columns(const struct bm_node *node, const bm_real *restrict x, int first,
                             int end, bm_real *restrict columns)
{
    const struct conv *conv = node->detail;
    size_t width = (size_t)conv->kernel * (size_t)node->in.channels;
    for (int row = first; row < end; row++) {
        struct patch_row patches = patch_row_of(node, row);
        for (int column = 0; column < node->out.width; column++)
            for (int r = 0; r < conv->kernel; r++, columns += width) {
                struct strip strip = strip_of(node, patches, column, r);
                if (strip.count < width)
                    memset(columns, 0, width * sizeof *columns);
                memcpy(columns + strip.at, x + strip.input, strip.count * sizeof *columns);
            }
    }
}

/* The transpose: adds each value of the patches to the input value that it came from. */
static void columns_to_image(const struct bm_node *node, const bm_real *restrict columns, int first,
                             int end, bm_real *restrict dx)
{
    const struct conv *conv = node->detail;
    size_t width = (size_t)conv->kernel * (size_t)node->in.channels;
    for (int row = first; row < end; row++) {
        struct patch_row patches = patch_row_of(node, row);
        for (int column = 0; column < node->out.width; column++)
            for (int r = 0; r < conv->kernel; r++, columns += width) {
                struct strip strip = strip_of(node, patches, column, r);
                bm_real *restrict to = dx + strip.input;
                const bm_real *restrict from = columns + strip.at;
                for (size_t i = 0; i < strip.count; i++)
                    to[i] += from[i];
            }
    }
}

static size_t column_elements(const struct bm_node *node, int batch)
{
    if (is_pointwise(node))
        return 0;
    size_t rows = (size_t)rows_at_once(node, batch * node->out.height);
    return rows * (size_t)node->out.width * (size_t)patch_size(node);
}

static size_t weight_elements(const struct bm_node *node)
{
    return (size_t)patch_size(node) * (size_t)node->out.channels;
}

/* The first thread needs no dw of its own. */
static size_t direct_workspace(const struct bm_node *node, int batch, int threads)
{
    size_t t = (size_t)threads;
    return (t * column_elements(node, batch) + (t - 1) * weight_elements(node)) * sizeof(bm_real);
}

/* One thread's part of a call: output rows first … end-1 (whole images), and its memory. */
struct share {
    int first, end;
    bm_real *columns, *dw;
};

static struct share share_of(const struct bm_call *call, int thread)
{
    const struct bm_node *node = call->node;
    size_t columns = column_elements(node, call->n), t = (size_t)thread;
    bm_real *all = call->workspace, *sums = all + (size_t)call->threads * columns;
    return (struct share){
        .first = bm_share_begin(call->n, thread, call->threads) * node->out.height,
        .end = bm_share_begin(call->n, thread + 1, call->threads) * node->out.height,
        .columns = all + t * columns,
        .dw = thread == 0 ? call->dw : sums + (t - 1) * weight_elements(node),
    };
}

/* The im2col matrix of output rows first … end-1: in the workspace, or the input itself. */
static const bm_real *patches(const struct bm_call *call, bm_real *columns, int first, int end)
{
    const struct bm_node *node = call->node;
    if (is_pointwise(node))
        return call->x[0] + (size_t)first * (size_t)node->in.width * (size_t)node->in.channels;
    image_to_columns(node, call->x[0], first, end, columns);
    return columns;
}

static void forward_share(const struct bm_call *call, const struct share *share)
{
    const struct bm_node *node = call->node;
    int step = rows_at_once(node, call->n * node->out.height);
    int k = node->out.channels, patch = patch_size(node), next;
    for (int row = share->first; row < share->end; row = next) {
        next = share->end - row < step ? share->end : row + step;
        bm_real *y = call->y + (size_t)row * (size_t)node->out.width * (size_t)k;
        bm_gemm(false, false, (next - row) * node->out.width, k, patch, 1,
                patches(call, share->columns, row, next), patch, call->w, k, 0, y, k);
    }
}

static void direct_forward(const struct bm_call *call)
{
#pragma omp parallel num_threads(call->threads)
    {
        struct share share = share_of(call, omp_get_thread_num());
        forward_share(call, &share);
    }
}

/* dx of output rows first … end-1. */
static void backward_input(const struct bm_call *call, bm_real *columns, const bm_real *dy,
                           int first, int end)
{
    const struct bm_node *node = call->node;
    int m = (end - first) * node->out.width, k = node->out.channels, patch = patch_size(node);
    if (is_pointwise(node)) {
        bm_real *dx = call->dx[0] + (size_t)first * (size_t)node->in.width * (size_t)patch;
        bm_gemm(false, true, m, patch, k, 1, dy, k, call->w, k, call->adds[0], dx, patch);
    } else {
        bm_gemm(false, true, m, patch, k, 1, dy, k, call->w, k, 0, columns, patch);
        columns_to_image(node, columns, first, end, call->dx[0]);
    }
}

static void backward_share(const struct bm_call *call, const struct share *share)
{
    const struct bm_node *node = call->node;
    int step = rows_at_once(node, call->n * node->out.height);
    int k = node->out.channels, patch = patch_size(node), next;
    if (call->dx[0] != NULL && !call->adds[0] && !is_pointwise(node)) {
        size_t image = bm_shape_size(node->in), height = (size_t)node->out.height;
        size_t first = (size_t)share->first / height, end = (size_t)share->end / height;
        memset(call->dx[0] + first * image, 0, (end - first) * image * sizeof(bm_real));
    }
    if (share->first == share->end)
        memset(share->dw, 0, weight_elements(node) * sizeof(bm_real));
    for (int row = share->first; row < share->end; row = next) {
        next = share->end - row < step ? share->end : row + step;
        const bm_real *dy = call->dy + (size_t)row * (size_t)node->out.width * (size_t)k;
        bm_gemm(true, false, patch, k, (next - row) * node->out.width, 1,
                patches(call, share->columns, row, next), patch, dy, k, row > share->first,
                share->dw, k);
        if (call->dx[0] != NULL)
            backward_input(call, share->columns, dy, row, next);
    }
}

static void direct_backward(const struct bm_call *call)
{
#pragma omp parallel num_threads(call->threads)
    {
        struct share share = share_of(call, omp_get_thread_num());
        backward_share(call, &share);
    }
    for (int thread = 1; thread < call->threads; thread++) {
        const bm_real *restrict more = share_of(call, thread).dw;
        for (size_t i = 0; i < weight_elements(call->node); i++)
            call->dw[i] += more[i];
    }
}

static void conv_forward(const struct bm_call *call)
{
    const struct conv *conv = call->node->detail;
    if (conv->winograd)
        bm_conv_winograd_forward(call);
    else
        direct_forward(call);
}

static void conv_backward(const struct bm_call *call)
{
    const struct conv *conv = call->node->detail;
    if (conv->winograd)
        bm_conv_winograd_backward(call);
    else
        direct_backward(call);
}

static double conv_flops(const struct bm_node *node)
{
    return 2.0 * patch_size(node) * (double)bm_shape_size(node->out);
}

double bm_conv_products(const struct conv *conv)
{
    return conv->winograd ? 36.0 / (16 * 9) : 1;
}

static const struct bm_layer conv_layer = {
    .name = "conv",
    .reads_input = true,
    .forward = conv_forward,
    .backward = conv_backward,
    .flops = conv_flops,
};

/* Few channels leave most of a vector idle, and the transforms cost what the products save. */
static bool pays_winograd(int in, int out)
{
    return in >= 8 && out >= 8;
}

int bm_net_conv(struct bm_net *net, int x, int channels, int kernel, int stride, const char *name)
{
    assert(kernel % 2 == 1 && stride >= 1);
    if (x < 0)
        return -1;
    struct bm_shape in = net->nodes[x].out;
    struct bm_shape out = {(in.height - 1) / stride + 1, (in.width - 1) / stride + 1, channels};
    int added = bm_net_node(net, &conv_layer, 1, &x, out, sizeof(struct conv));
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    bool winograd = kernel == 3 && stride == 1 && net->conv != BM_CONV_DIRECT &&
                    (net->conv == BM_CONV_WINOGRAD || pays_winograd(in.channels, channels));
    *(struct conv *)node->detail =
        (struct conv){.kernel = kernel, .stride = stride, .winograd = winograd};
    node->workspace = winograd ? bm_conv_winograd_workspace(node, net->threads)
                               : direct_workspace(node, net->batch, net->threads);
    bm_net_parameter(net, name, "weight",
                     (struct bm_tensor){.n_dims = 4,
                                        .out = channels,
                                        .in = in.channels,
                                        .height = kernel,
                                        .width = kernel,
                                        .initial = BM_KAIMING_NORMAL});
    return added;
}
