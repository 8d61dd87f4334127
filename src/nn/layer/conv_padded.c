/* How convolutions read and write images: some images at a time, between the arrays of a call and
 * images in a padding of zeros. What the normalizations around ask for is done on the way, while
 * the images are in the cache, so that it costs no passes over memory. */
#include "conv.h"

#include <string.h>

int bm_padded_images(const struct bm_padded *padded)
{
    const size_t bytes = 1 << 18; /* of a cache that holds more than these images */
    size_t fit = bytes / (bm_padded_size(padded) * sizeof(bm_real));
    return fit < 1 ? 1 : (int)fit;
}

static bool has_padding(const struct bm_padded *padded)
{
    return padded->height > padded->map.height || padded->width > padded->map.width;
}

static struct bm_pixels pixels_of(const struct bm_padded *padded, int images)
{
    return (struct bm_pixels){.images = images,
                              .height = padded->map.height,
                              .width = padded->map.width,
                              .channels = padded->map.channels,
                              .row = (size_t)padded->width,
                              .image = (size_t)padded->height * (size_t)padded->width};
}

/* Where the first image begins among the padded ones. */
static size_t inside(const struct bm_padded *padded)
{
    return (size_t)padded->pad * (size_t)(padded->width + 1) * (size_t)padded->map.channels;
}

/* Where image `first` begins in arrays of the call. */
static size_t begin_of(const struct bm_padded *padded, int first)
{
    return (size_t)first * bm_shape_size(padded->map);
}

const bm_real *bm_padded_read(const struct bm_call *call, const struct bm_padded *padded, int first,
                              int images, bm_real *memory)
{
    size_t at = begin_of(padded, first);
    bool is_copied = has_padding(padded) || call->prologue[0].normalizes;
    if (!is_copied && call->element_x[0] == BM_ELEMENT_REAL)
        return bm_real_at(call->x[0], at);
    bm_conv_read(call, pixels_of(padded, images), at, memory + inside(padded));
    return memory;
}

const bm_real *bm_padded_read_d(const struct bm_call *call, const struct bm_padded *padded,
                                int first, int images, bm_real *memory)
{
    size_t at = begin_of(padded, first);
    bool is_copied = has_padding(padded) || call->epilogue.is_dz;
    if (!is_copied && call->element_y == BM_ELEMENT_REAL)
        return bm_real_at(call->dy, at);
    bm_conv_read_d(call, pixels_of(padded, images), at, memory + inside(padded));
    return memory;
}

void bm_padded_write_d(const struct bm_call *call, const struct bm_padded *padded, int first,
                       int images, const bm_real *memory, double *d_sums)
{
    bm_conv_write_d(call, pixels_of(padded, images), begin_of(padded, first),
                    memory + inside(padded), call->adds[0], d_sums);
}

/* ---- pixels ---- */

void bm_conv_read(const struct bm_call *call, struct bm_pixels pixels, size_t at, bm_real *to)
{
    const struct bm_prologue *prologue = &call->prologue[0];
    pixels.plain = call->element_x[0];
    bm_kernels()->norm_apply(&pixels, prologue->normalizes ? &prologue->norm : NULL,
                             bm_element_at(call->x[0], pixels.plain, at), NULL, NULL, to);
}

void bm_conv_read_d(const struct bm_call *call, struct bm_pixels pixels, size_t at, bm_real *to)
{
    pixels.plain = call->element_y;
    const void *dy = bm_element_at(call->dy, pixels.plain, at);
    if (call->epilogue.is_dz)
        bm_kernels()->norm_d_apply(&pixels, &call->epilogue.norm,
                                   bm_element_at(call->y, pixels.plain, at), dy, to, false);
    else
        bm_kernels()->norm_apply(&pixels, NULL, dy, NULL, NULL, to);
}

void bm_conv_write_d(const struct bm_call *call, struct bm_pixels pixels, size_t at,
                     const void *from, bool adds, double *d_sums)
{
    const struct bm_prologue *prologue = &call->prologue[0];
    enum bm_element element = call->element_x[0];
    void *dx = bm_element_at(call->dx[0], element, at);
    pixels.plain = element;
    pixels.streams = call->streams_dx[0] && from != dx;
    if (prologue->completes)
        bm_kernels()->norm_d_sums(&pixels, &prologue->norm, bm_element_at(prologue->x, element, at),
                                  prologue->y ? bm_element_at(prologue->y, element, at) : NULL,
                                  from, dx, adds, d_sums);
    else if (from != dx)
        bm_kernels()->norm_d_sums(&pixels, NULL, NULL, NULL, from, dx, adds, NULL);
}

/* ---- outputs ---- */

static bm_pack *packer_of(const struct bm_call *call)
{
    return bm_element_packer(call->element_y, call->streams_y);
}

bm_real *bm_conv_output(const struct bm_call *call, size_t at, bm_real *memory)
{
    return packer_of(call) == NULL ? bm_real_at(call->y, at) : memory;
}

void bm_conv_finish_output(const struct bm_call *call, struct bm_moments *moments, size_t at,
                           size_t pixels, const bm_real *output)
{
    bm_pack *pack = packer_of(call);
    if (moments != NULL)
        bm_moments_add(moments, output, BM_ELEMENT_REAL, pixels);
    if (pack != NULL)
        pack(output, pixels * (size_t)call->node->out.channels,
             bm_element_at(call->y, call->element_y, at));
}

/* ---- sums ---- */

/* Forward has moments there, backward d_sums. */
static size_t sums_bytes(const struct bm_node *node)
{
    size_t moments = bm_moments_bytes(node->out.channels);
    size_t d_sums = 2 * (size_t)node->in.channels * sizeof(double);
    return bm_arena_need(moments > d_sums ? moments : d_sums);
}

void bm_conv_take_sums(const struct bm_node *node, int threads, struct bm_arena *workspace)
{
    bm_arena_part(workspace, sums_bytes(node), threads, 0);
}

static struct bm_arena sums_of(const struct bm_call *call, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    return bm_arena_part(&workspace, sums_bytes(call->node), call->threads, thread);
}

struct bm_moments *bm_conv_moments(const struct bm_call *call, int thread)
{
    if (!call->epilogue.sums || call->mode == BM_EVAL)
        return NULL;
    struct bm_arena sums = sums_of(call, thread);
    return bm_moments_begin(call->node->out.channels, &sums);
}

void bm_conv_join_moments(const struct bm_call *call)
{
    if (call->epilogue.sums && call->mode != BM_EVAL)
        bm_moments_join(call->workspace, sums_bytes(call->node), call->threads,
                        call->epilogue.norm.moments);
}

double *bm_conv_d_sums(const struct bm_call *call, int thread)
{
    struct bm_arena sums = sums_of(call, thread);
    return memset(sums.base, 0, sums.size);
}

void bm_conv_join_d_sums(const struct bm_call *call)
{
    if (!call->prologue[0].completes)
        return;
    size_t n = 2 * (size_t)call->node->in.channels;
    double *sums = call->prologue[0].norm.d_sums;
    memset(sums, 0, n * sizeof *sums);
    for (int thread = 0; thread < call->threads; thread++) {
        const double *more = (const double *)sums_of(call, thread).base;
        for (size_t c = 0; c < n; c++)
            sums[c] += more[c];
    }
}
