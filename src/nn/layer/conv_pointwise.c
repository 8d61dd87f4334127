/* 1x1 convolution: a pixel's channels are a row of the matrix already, so nothing has to be
 * gathered. Some rows of the map at a time are copied into the cache, through the normalization
 * before them (with a stride: the pixels that it does not skip), multiplied there, and the products
 * written where they belong; the sums for the next normalization are made of them on the way. In
 * the copies pixels are an odd number of cache lines apart: powers of two would share a set of the
 * cache.
 *
 * Products with small weights are made by our own kernels, which read the copies as they are; those
 * with large ones by the BLAS, whose packing pays then. Threads share the images; the sums of dw
 * are made by each in the order of its images, then added in the order of the threads. */
#include "conv_pointwise.h"

#include <omp.h>
#include <string.h>

enum { TERMS = 96 }; /* of a sum of dw at a time: their channels stay in the first cache */

/* ---- weights ---- */

/* The matrix with element (r, c) at w[r * row + c * column], in panels; threads share them. */
static void pack(const bm_real *w, size_t row, size_t column, int rows,
                 const struct bm_pointwise_side *columns, bm_real *panels)
{
    int width = columns->panel, count = columns->map.channels / width;
#pragma omp for
    for (int panel = 0; panel < count; panel++) {
        const bm_real *from = w + (size_t)(panel * width) * column;
        bm_real *to = panels + (size_t)panel * (size_t)rows * (size_t)width;
        for (int r = 0; r < rows; r++, from += row, to += width)
            for (size_t c = 0; c < (size_t)width; c++)
                to[c] = from[c * column];
    }
}

/* What multiply() takes for w, or for its transpose. */
static const bm_real *weights_of(const struct bm_call *call, const struct bm_pointwise *layout,
                                 bm_real *panels, bool is_transposed)
{
    size_t k = (size_t)layout->out.map.channels;
    if (layout->is_large)
        return call->w;
    if (is_transposed)
        pack(call->w, 1, k, (int)k, &layout->in, panels);
    else
        pack(call->w, k, 1, layout->in.map.channels, &layout->out, panels);
    return panels;
}

/* ---- products ---- */

/* to (m pixels, `step` apart) = from times the weights: of the input's copy the output, of the
 * output's the gradient of the input. */
static void multiply(const struct bm_pointwise *layout, int m, const struct bm_pointwise_side *side,
                     const bm_real *from, const bm_real *weights, bm_real *to, size_t step)
{
    bool is_transposed = side == &layout->out;
    const struct bm_pointwise_side *other = is_transposed ? &layout->in : &layout->out;
    int terms = side->map.channels, columns = other->map.channels;
    struct bm_panel_product product = {
        .m = m,
        .k = terms,
        .a = from,
        .a_row = side->step,
        .a_depth = 1,
        .a_panel = terms,
        .b = weights,
        .b_row = (size_t)other->panel,
        .b_step = (size_t)terms * (size_t)other->panel,
        .c = to,
        .c_row = step,
        .c_step = (size_t)other->panel,
        .width = other->panel,
        .panels = columns / other->panel,
    };
    if (layout->is_large)
        bm_gemm(false, is_transposed, m, columns, terms, 1, from, (int)side->step, weights,
                layout->out.map.channels, 0, to, (int)step);
    else
        bm_kernels()->panel_product(&product);
}

/* dw = or += x' dy of m pixels. */
static void add_dw(const struct bm_pointwise *layout, const struct bm_pointwise_slice *slice, int m,
                   bool adds)
{
    int c = layout->in.map.channels, k = layout->out.map.channels;
    if (layout->is_large) {
        bm_gemm(true, false, c, k, m, 1, slice->in, (int)layout->in.step, slice->out,
                (int)layout->out.step, adds, slice->dw, k);
        return;
    }
    for (int first = 0; first < m; first += TERMS) {
        int terms = m - first < TERMS ? m - first : TERMS;
        struct bm_panel_product product = {
            .m = c,
            .k = terms,
            .a = slice->in + (size_t)first * layout->in.step,
            .a_row = 1,
            .a_depth = layout->in.step,
            .a_panel = terms,
            .b = slice->out + (size_t)first * layout->out.step,
            .b_row = layout->out.step,
            .b_step = (size_t)layout->out.panel,
            .c = slice->dw,
            .c_row = (size_t)k,
            .c_step = (size_t)layout->out.panel,
            .width = layout->out.panel,
            .panels = k / layout->out.panel,
            .add = adds || first > 0,
        };
        bm_kernels()->panel_product(&product);
    }
}

/* ---- passes ---- */

static int chunk_end(const struct bm_pointwise *layout, int first, int end)
{
    return end - first < layout->rows ? end : first + layout->rows;
}

static int pixels_between(const struct bm_pointwise *layout, int first, int end)
{
    return (end - first) * layout->out.map.width;
}

void bm_conv_pointwise_forward(const struct bm_call *call)
{
    struct bm_pointwise layout = bm_pointwise_of(call->node, call->threads);
#pragma omp parallel num_threads(call->threads)
    {
        struct bm_pointwise_slice slice =
            bm_pointwise_slice_of(call, &layout, omp_get_thread_num());
        struct bm_moments *moments = bm_conv_moments(call, omp_get_thread_num());
        const bm_real *weights = weights_of(call, &layout, slice.panels, false);
        for (int first = slice.first, end; first < slice.end; first = end) {
            end = chunk_end(&layout, first, slice.end);
            int m = pixels_between(&layout, first, end);
            size_t at = bm_pointwise_output_at(&layout, first);
            bm_real *y = bm_conv_output(call, at, slice.out);
            bm_pointwise_read_input(call, &layout, &slice, first, end);
            multiply(&layout, m, &layout.in, slice.in, weights, y, (size_t)layout.out.map.channels);
            bm_conv_finish_output(call, moments, at, (size_t)m, y);
        }
    }
    bm_conv_join_moments(call);
}

static void backward_slice(const struct bm_call *call, const struct bm_pointwise *layout,
                           int thread)
{
    struct bm_pointwise_slice slice = bm_pointwise_slice_of(call, layout, thread);
    double *d_sums = bm_conv_d_sums(call, thread);
    const bm_real *weights = weights_of(call, layout, slice.panels, true);
    if (slice.first == slice.end)
        memset(slice.dw, 0, layout->weights * sizeof *slice.dw);
    for (int first = slice.first, end; first < slice.end; first = end) {
        end = chunk_end(layout, first, slice.end);
        int m = pixels_between(layout, first, end);
        bm_pointwise_read_input(call, layout, &slice, first, end);
        bm_pointwise_read_d_output(call, layout, &slice, first, end);
        add_dw(layout, &slice, m, first > slice.first);
        if (call->dx[0] == NULL)
            continue;
        multiply(layout, m, &layout->out, slice.out, weights, slice.d_in, layout->in.step);
        bm_pointwise_write_d_input(call, layout, &slice, first, end, d_sums);
    }
}

void bm_conv_pointwise_backward(const struct bm_call *call)
{
    struct bm_pointwise layout = bm_pointwise_of(call->node, call->threads);
#pragma omp parallel num_threads(call->threads)
    backward_slice(call, &layout, omp_get_thread_num());
    for (int thread = 1; thread < call->threads; thread++) {
        const bm_real *restrict more = bm_pointwise_slice_of(call, &layout, thread).dw;
        for (size_t i = 0; i < layout.weights; i++)
            call->dw[i] += more[i];
    }
    bm_conv_join_d_sums(call);
}
