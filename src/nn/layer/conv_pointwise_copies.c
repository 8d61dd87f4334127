/* The copies that a 1x1 convolution works on. What the normalizations around ask for is done on the
 * way, while the pixels are in the cache. */
#include "conv_pointwise.h"

#include <string.h>

size_t bm_pointwise_output_at(const struct bm_pointwise *layout, int row)
{
    return (size_t)row * (size_t)layout->out.map.width * (size_t)layout->out.map.channels;
}

/* … and the input's pixels under them in its own. */
static size_t input_at(const struct bm_pointwise *layout, int row)
{
    const struct bm_shape *in = &layout->in.map;
    int height = layout->out.map.height;
    size_t h =
        (size_t)(row / height) * (size_t)in->height + (size_t)(row % height * layout->stride);
    return h * (size_t)in->width * (size_t)in->channels;
}

/* `rows` rows of the output, in arrays and in the side's copy. */
static struct bm_pixels pixels_of(const struct bm_pointwise *layout,
                                  const struct bm_pointwise_side *side, int rows)
{
    size_t channels = (size_t)side->map.channels;
    struct bm_pixels pixels =
        bm_pixels_of((size_t)rows * (size_t)layout->out.map.width, (int)channels);
    pixels.padded_gap = side->step - channels;
    return pixels;
}

/* The same of the pixels of the input under them. */
static struct bm_pixels input_pixels_of(const struct bm_pointwise *layout, int rows)
{
    struct bm_pixels pixels = pixels_of(layout, &layout->in, rows);
    pixels.plain_gap = (size_t)((layout->stride - 1) * layout->in.map.channels);
    return pixels;
}

/* Rows that lie one behind the other in the input as in the copy. */
static int rows_together(const struct bm_pointwise *layout, int first, int end)
{
    return layout->stride == 1 ? end - first : 1;
}

void bm_pointwise_read_input(const struct bm_call *call, const struct bm_pointwise *layout,
                             const struct bm_pointwise_slice *slice, int first, int end)
{
    int rows = rows_together(layout, first, end);
    struct bm_pixels pixels = input_pixels_of(layout, rows);
    bm_real *to = slice->in;
    for (int row = first; row < end; row += rows, to += (size_t)pixels.width * layout->in.step)
        bm_conv_read(call, pixels, input_at(layout, row), to);
}

void bm_pointwise_read_d_output(const struct bm_call *call, const struct bm_pointwise *layout,
                                const struct bm_pointwise_slice *slice, int first, int end)
{
    bm_conv_read_d(call, pixels_of(layout, &layout->out, end - first),
                   bm_pointwise_output_at(layout, first), slice->out);
}

/* One row of the copy to all rows of the input that no other row writes. */
static void spread_row(const struct bm_call *call, const struct bm_pointwise *layout, int row,
                       const bm_real *copy, double *d_sums)
{
    const struct bm_shape *in = &layout->in.map;
    int h = row % layout->out.map.height * layout->stride;
    int rows = in->height - h < layout->stride ? in->height - h : layout->stride;
    struct bm_pixels some = input_pixels_of(layout, 1);
    struct bm_pixels all = bm_pixels_of((size_t)(rows * in->width), in->channels);
    size_t at = input_at(layout, row), n = (size_t)all.width * (size_t)in->channels;
    void *dx = bm_element_at(call->dx[0], call->element_x[0], at);
    some.plain = all.padded = call->element_x[0];
    if (!call->adds[0])
        memset(dx, 0, n * bm_element_type(call->element_x[0])->bytes);
    bm_kernels()->norm_d_sums(&some, NULL, NULL, NULL, copy, dx, true, NULL);
    bm_conv_write_d(call, all, at, dx, false, d_sums);
}

void bm_pointwise_write_d_input(const struct bm_call *call, const struct bm_pointwise *layout,
                                const struct bm_pointwise_slice *slice, int first, int end,
                                double *d_sums)
{
    if (layout->stride == 1) {
        struct bm_pixels pixels = input_pixels_of(layout, end - first);
        bm_conv_write_d(call, pixels, input_at(layout, first), slice->d_in, call->adds[0], d_sums);
        return;
    }
    size_t row_step = (size_t)layout->out.map.width * layout->in.step;
    for (int row = first; row < end; row++)
        spread_row(call, layout, row, slice->d_in + (size_t)(row - first) * row_step, d_sums);
}
