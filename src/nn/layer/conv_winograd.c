/* 3x3 convolution by Winograd's algorithm: for each 4x4 tile of the output 36 products instead of
 * 144 with stride 1, 81 with stride 2. The transforms and products are in kernel/; this file cuts
 * the batch into chunks of whole images, whose transformed patches stay in the cache where the
 * weights fit it (conv_winograd_layout.c), and shares the chunks among the threads; or where
 * weights are large, each chunk: then threads transform images of their own, and multiply at
 * positions of their own.
 *
 * Forward: V = transform of x, M = V U, y = transform of M.  Backward is the exact transpose:
 * dM = transform of dy, dU = V' dM (V is made again), dV = dM U', dx += transform of dV; in one
 * pass over the images, or dU in a pass of its own before. The sums of dU are made in the order of
 * the chunks; where each thread has its own, then in the order of the threads: the same bits for
 * the same number of threads. */
#include "conv_winograd.h"

#include <omp.h>
#include <string.h>

#include "../slice.h"

/* One thread's of n items: first ... end-1. */
static void slice_of(int n, int thread, int threads, int *first, int *end)
{
    *first = bm_slice_begin(n, thread, threads);
    *end = bm_slice_begin(n, thread + 1, threads);
}

/* Rows first ... end-1 of n, both of a pair in one slice. */
static void slice_of_pairs(int n, int thread, int threads, int *first, int *end)
{
    slice_of((int)bm_pair_count((size_t)n), thread, threads, first, end);
    *first *= 2;
    *end = 2 * *end < n ? 2 * *end : n;
}

static struct bm_winograd layout_of(const struct bm_call *call, bool is_backward)
{
    struct bm_winograd layout = bm_winograd_of(call->node, call->threads, is_backward);
    layout.is_bf16 = bm_call_rounds(call);
    return layout;
}

/* Where products are in bfloat16, the given form; else reals. */
static enum bm_form form_of(const struct bm_winograd *layout, enum bm_form form)
{
    return layout->is_bf16 ? form : BM_REALS;
}

/* A chunk: images first ... end-1, of which a thread transforms a group from own_first on, and one
 * every `step` images. */
struct chunk {
    int first, end, own_first, step;
};

/* The images whose chunks a thread works on. */
static void images_of(const struct bm_winograd *layout, const struct bm_call *call, int thread,
                      int *first, int *end)
{
    slice_of(call->n, thread / layout->team, layout->threads / layout->team, first, end);
}

/* The threads of a team take turns: so which groups they have, and the order of their sums, does
 * not depend on the chunks. */
static struct chunk chunk_from(const struct bm_winograd *layout, int thread, int first, int end)
{
    if (end - first > layout->images)
        end = first + layout->images;
    int turn = thread % layout->team;
    return (struct chunk){first, end, first + turn * layout->group, layout->team * layout->group};
}

/* Between what a thread transforms and what others multiply of it, and the other way round. */
static void wait_for_others(const struct bm_winograd *layout)
{
    if (layout->team > 1) {
#pragma omp barrier
    }
}

static int tiles_of(const struct bm_winograd *layout, struct chunk chunk)
{
    return (chunk.end - chunk.first) * layout->tiles_per_image;
}

/* A group of the chunk's images from `first` on. */
static struct bm_tiles group_of(const struct bm_winograd *layout, struct chunk chunk, int first)
{
    int left = chunk.end - first;
    return (struct bm_tiles){left < layout->group ? left : layout->group,
                             (first - chunk.first) * layout->tiles_per_image,
                             tiles_of(layout, chunk)};
}

/* V = transform of x, in the form that a product reads. */
static void read_patches(const struct bm_winograd *layout, const struct bm_call *call,
                         const struct bm_winograd_part *part, struct chunk chunk, enum bm_form form)
{
    for (int first = chunk.own_first; first < chunk.end; first += chunk.step) {
        struct bm_tiles tiles = group_of(layout, chunk, first);
        const bm_real *x = bm_padded_read(call, &layout->in, first, tiles.images, part->in);
        layout->kernels->winograd_input(&layout->tiling, &layout->channels_in, &tiles,
                                        form_of(layout, form), x, part->patches);
    }
}

static size_t pixels_of(const struct bm_call *call, int images)
{
    return (size_t)images * (size_t)call->node->out.height * (size_t)call->node->out.width;
}

/* y = transform of M. */
static void write_output(const struct bm_winograd *layout, const struct bm_call *call,
                         const struct bm_winograd_part *part, struct chunk chunk,
                         struct bm_moments *moments)
{
    for (int first = chunk.own_first; first < chunk.end; first += chunk.step) {
        struct bm_tiles tiles = group_of(layout, chunk, first);
        size_t at = (size_t)first * bm_shape_size(call->node->out);
        bm_real *y = bm_conv_output(call, at, part->out);
        layout->kernels->winograd_output(&layout->tiling, &layout->channels_out, &tiles,
                                         part->products, y);
        bm_conv_finish_output(call, moments, at, pixels_of(call, tiles.images), y);
    }
}

/* dM = transform of dy. */
static void read_d_output(const struct bm_winograd *layout, const struct bm_call *call,
                          const struct bm_winograd_part *part, struct chunk chunk,
                          enum bm_form form)
{
    for (int first = chunk.own_first; first < chunk.end; first += chunk.step) {
        struct bm_tiles tiles = group_of(layout, chunk, first);
        const bm_real *dy = bm_padded_read_d(call, &layout->out, first, tiles.images, part->out);
        layout->kernels->winograd_d_output(&layout->tiling, &layout->channels_out, &tiles,
                                           form_of(layout, form), dy, part->products);
    }
}

/* dx += transform of dV. */
static void write_d_input(const struct bm_winograd *layout, const struct bm_call *call,
                          const struct bm_winograd_part *part, struct chunk chunk, double *d_sums)
{
    for (int first = chunk.own_first; first < chunk.end; first += chunk.step) {
        struct bm_tiles tiles = group_of(layout, chunk, first);
        memset(part->d_in, 0, (size_t)tiles.images * bm_padded_size(&layout->in) * sizeof(bm_real));
        layout->kernels->winograd_d_input(&layout->tiling, &layout->channels_in, &tiles,
                                          part->patches, part->d_in);
        bm_padded_write_d(call, &layout->in, first, tiles.images, part->d_in, d_sums);
    }
}

/* Padded images keep their zeros from group to group. */
static void clear_padded(size_t reals, bm_real *images)
{
    memset(images, 0, reals * sizeof *images);
}

/* y of one chunk. */
static void forward_chunk(const struct bm_winograd *layout, const struct bm_call *call, int thread,
                          const struct bm_winograd_part *part, struct chunk chunk,
                          const bm_real *weights, struct bm_moments *moments)
{
    read_patches(layout, call, part, chunk, BM_BF16_ROWS);
    wait_for_others(layout);
    for (size_t p = 0; p < (size_t)layout->positions; p++)
        if (bm_winograd_has_position(layout, thread, p, false))
            bm_winograd_multiply(layout, p, tiles_of(layout, chunk), &layout->channels_in,
                                 part->patches, &layout->channels_out, weights, part->products);
    wait_for_others(layout);
    write_output(layout, call, part, chunk, moments);
}

void bm_conv_winograd_forward(const struct bm_call *call)
{
    struct bm_winograd layout = layout_of(call, false);
    const struct bm_channels *in = &layout.channels_in, *out = &layout.channels_out;
    bm_real *weights = bm_winograd_shared_of(&layout, call).weights;
#pragma omp parallel num_threads(layout.threads)
    {
        int thread = omp_get_thread_num(), first, end;
        struct bm_winograd_part part = bm_winograd_part_of(&layout, call, thread);
        struct bm_moments *moments = bm_conv_moments(call, thread);
        clear_padded(layout.in_padded, part.in);
        slice_of_pairs(in->n, thread, layout.threads, &first, &end);
        layout.kernels->winograd_weights(layout.tiling.stride, in->n, out,
                                         form_of(&layout, BM_BF16_PAIRS), call->w, first, end,
                                         weights);
#pragma omp barrier
        images_of(&layout, call, thread, &first, &end);
        for (struct chunk chunk; first < end; first = chunk.end) {
            chunk = chunk_from(&layout, thread, first, end);
            forward_chunk(&layout, call, thread, &part, chunk, weights, moments);
        }
    }
    bm_conv_join_moments(call);
}

enum { TAPS = 9 };

/* Rows first ... end-1 of (K, C) from (C, K), for each of the nine taps. */
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

/* What a pass over the chunks of a thread makes. */
struct gradients {
    bool of_weights, of_input;
};

/* Of one chunk; dU is begun with the first one. At each position both products follow each other,
 * so that what they have in common is read once. */
static void backward_chunk(const struct bm_winograd *layout, const struct bm_call *call, int thread,
                           const struct bm_winograd_part *part, struct chunk chunk,
                           struct gradients gradients, bool is_first,
                           const bm_real *transposed_weights)
{
    int tiles = tiles_of(layout, chunk);
    enum bm_form d_output_form =
        (gradients.of_weights ? BM_BF16_PAIRS : 0) | (gradients.of_input ? BM_BF16_ROWS : 0);
    if (gradients.of_weights)
        read_patches(layout, call, part, chunk, BM_BF16_PAIRS);
    read_d_output(layout, call, part, chunk, d_output_form);
    wait_for_others(layout);
    for (size_t p = 0; p < (size_t)layout->positions; p++) {
        if (!bm_winograd_has_position(layout, thread, p, gradients.of_weights))
            continue;
        if (gradients.of_weights)
            bm_winograd_sum_d_weights(layout, p, tiles, part, is_first);
        if (gradients.of_input)
            bm_winograd_multiply(layout, p, tiles, &layout->channels_out, part->products,
                                 &layout->channels_in, transposed_weights, part->patches);
    }
    wait_for_others(layout);
}

/* dU and dx of the chunks of one thread, or its part in them. */
static void backward_images(const struct bm_winograd *layout, const struct bm_call *call,
                            int thread, struct gradients gradients,
                            const bm_real *transposed_weights)
{
    struct bm_winograd_part part = bm_winograd_part_of(layout, call, thread);
    double *d_sums = bm_conv_d_sums(call, thread);
    int first, end;
    images_of(layout, call, thread, &first, &end);
    if (gradients.of_weights && first == end)
        memset(part.d_weights, 0, layout->weights * sizeof *part.d_weights);
    bool is_first = true;
    for (struct chunk chunk; first < end; first = chunk.end, is_first = false) {
        chunk = chunk_from(layout, thread, first, end);
        backward_chunk(layout, call, thread, &part, chunk, gradients, is_first, transposed_weights);
        if (gradients.of_input)
            write_d_input(layout, call, &part, chunk, d_sums);
        if (gradients.of_weights && gradients.of_input)
            wait_for_others(layout); /* the next chunk's patches come where these gradients are */
    }
}

/* d_weights of the first team += those of the others, for one thread's slice of the elements. */
static void join_d_weights(const struct bm_winograd *layout, const struct bm_call *call, int thread)
{
    bm_real *restrict sum = bm_winograd_part_of(layout, call, 0).d_weights;
    int first, end, lines = (int)(layout->weights / 16);
    slice_of(lines, thread, layout->threads, &first, &end);
    for (int other = layout->team; other < layout->threads; other += layout->team) {
        const bm_real *restrict more = bm_winograd_part_of(layout, call, other).d_weights;
        for (size_t i = 16 * (size_t)first; i < 16 * (size_t)end; i++)
            sum[i] += more[i];
    }
}

void bm_conv_winograd_backward(const struct bm_call *call)
{
    struct bm_winograd layout = layout_of(call, true);
    const struct bm_kernels *kernels = layout.kernels;
    const struct bm_channels *in = &layout.channels_in, *out = &layout.channels_out;
    int stride = layout.tiling.stride;
    bool wants_input = call->dx[0] != NULL, is_apart = layout.is_apart && wants_input;
    struct bm_winograd_shared shared = bm_winograd_shared_of(&layout, call);
#pragma omp parallel num_threads(layout.threads)
    {
        int thread = omp_get_thread_num(), first, end;
        slice_of_pairs(out->n, thread, layout.threads, &first, &end);
        transpose_weights(in->n, out->n, call->w, first, end, shared.transposed);
#pragma omp barrier
        kernels->winograd_weights(stride, out->n, in, form_of(&layout, BM_BF16_PAIRS),
                                  shared.transposed, first, end, shared.weights);
#pragma omp barrier
        struct bm_winograd_part part = bm_winograd_part_of(&layout, call, thread);
        clear_padded(layout.in_padded, part.in);
        clear_padded(layout.out_padded, part.out);
        if (is_apart)
            backward_images(&layout, call, thread, (struct gradients){.of_weights = true},
                            shared.weights);
        backward_images(&layout, call, thread,
                        (struct gradients){.of_weights = !is_apart, .of_input = wants_input},
                        shared.weights);
#pragma omp barrier
        join_d_weights(&layout, call, thread);
#pragma omp barrier
        slice_of(in->n, thread, layout.threads, &first, &end);
        kernels->winograd_d_weights(stride, in->n, (int)bm_panel_columns(in), out,
                                    bm_winograd_part_of(&layout, call, 0).d_weights, first, end,
                                    call->dw);
    }
    bm_conv_join_d_sums(call);
}
