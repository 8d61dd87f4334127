/* Convolution: what its paths share. conv.c builds and chooses, conv_direct.c is the plain
 * reference, conv_winograd.c the fast path of 3x3 kernels, conv_pointwise.c that of 1x1 kernels,
 * conv_narrow.c that of few channels. All do the passes of the normalizations around (prologue,
 * epilogue): the pointwise one on its pixels, the others where they read and write images through
 * conv_padded.c. */
#ifndef BM_NN_LAYER_CONV_H
#define BM_NN_LAYER_CONV_H

#include "../moments.h"
#include "../net.h"

enum bm_conv_kind { CONV_DIRECT, CONV_NARROW, CONV_POINTWISE, CONV_WINOGRAD };

struct conv {
    int kernel, stride;
    enum bm_conv_kind kind;
    int batch; /* the network's, as what follows */
    size_t cache;
};

/* Multiplications of its path for one of the direct convolution. */
double bm_conv_products(const struct conv *conv);

size_t bm_conv_direct_workspace(const struct bm_node *node, int threads);
void bm_conv_direct_forward(const struct bm_call *call);
void bm_conv_direct_backward(const struct bm_call *call);

/* For inputs of few channels whose gradient nobody wants. */
bool bm_conv_is_narrow(const struct bm_node *node);
size_t bm_conv_narrow_workspace(const struct bm_node *node, int threads);
void bm_conv_narrow_forward(const struct bm_call *call);
void bm_conv_narrow_backward(const struct bm_call *call);

/* For 1x1 kernels, with any stride. */
bool bm_conv_is_pointwise(const struct bm_node *node);
size_t bm_conv_pointwise_workspace(const struct bm_node *node, int threads);
void bm_conv_pointwise_forward(const struct bm_call *call);
void bm_conv_pointwise_backward(const struct bm_call *call);

size_t bm_conv_winograd_workspace(const struct bm_node *node, int threads);
size_t bm_conv_winograd_forward_workspace(const struct bm_node *node, int threads);
void bm_conv_winograd_forward(const struct bm_call *call);
void bm_conv_winograd_backward(const struct bm_call *call);

/* ---- padded images (conv_padded.c): in a padding of zeros ---- */

struct bm_padded {
    struct bm_shape map; /* the image inside */
    int pad;             /* pixels of padding above it and to its left */
    int height, width;   /* with all padding */
};

/* Reals of one padded image. */
static inline size_t bm_padded_size(const struct bm_padded *padded)
{
    return (size_t)padded->height * (size_t)padded->width * (size_t)padded->map.channels;
}

/* Images that are worked on at a time, so that they stay in the cache from pass to pass. */
int bm_padded_images(const struct bm_padded *padded);

/* `images` images from `first` on, padded in `memory`, whose padding is zero, or where nothing is
 * to be done to them, where they are: the input, normalized if it has to be; */
const bm_real *bm_padded_read(const struct bm_call *call, const struct bm_padded *padded, int first,
                              int images, bm_real *memory);
/* the gradient of the output. */
const bm_real *bm_padded_read_d(const struct bm_call *call, const struct bm_padded *padded,
                                int first, int images, bm_real *memory);
/* Writes or adds what is inside the padding to dx, and completes it (summing in d_sums) where this
 * call is the last to add. */
void bm_padded_write_d(const struct bm_call *call, const struct bm_padded *padded, int first,
                       int images, const bm_real *memory, double *d_sums);

/* ---- pixels, of which element `at` of the call's arrays is the first ---- */

/* The input, normalized if it has to be, and the gradient of the output. */
void bm_conv_read(const struct bm_call *call, struct bm_pixels pixels, size_t at, bm_real *to);
void bm_conv_read_d(const struct bm_call *call, struct bm_pixels pixels, size_t at, bm_real *to);
/* dx = or += `from` (of elements pixels.padded; it may be dx), and what is left to do for the
 * normalization before where this call completes it. */
void bm_conv_write_d(const struct bm_call *call, struct bm_pixels pixels, size_t at,
                     const void *from, bool adds, double *d_sums);

/* ---- outputs: reals are made where they are to lie, unless they go there past the caches ---- */

/* Where reals of the output from element `at` on are to be made: there, or in memory of the path's.
 */
bm_real *bm_conv_output(const struct bm_call *call, size_t at, bm_real *memory);
/* Adds some pixels of it to the moments (NULL: nobody wants them), and stores them. */
void bm_conv_finish_output(const struct bm_call *call, struct bm_moments *moments, size_t at,
                           size_t pixels, const bm_real *output);

/* ---- sums for normalizations: of each thread, at the beginning of the workspace ---- */

/* Takes those of all threads. */
void bm_conv_take_sums(const struct bm_node *node, int threads, struct bm_arena *workspace);
/* Begins the moments of one thread; NULL: nobody wants them. */
struct bm_moments *bm_conv_moments(const struct bm_call *call, int thread);
void bm_conv_join_moments(const struct bm_call *call);
/* The same for the sums of the input's gradient. */
double *bm_conv_d_sums(const struct bm_call *call, int thread);
void bm_conv_join_d_sums(const struct bm_call *call);

#endif
