/* The network engine. A network is a graph of layers, built once by an architecture, planned once
 * (all memory is carved from arenas by a walk over the graph), then run without any allocation.
 *
 * Shapes: N images, H rows, W columns, C channels in, K channels out; activations are (N, H, W, C)
 * with the channel fastest; a flat vector is H = W = 1. Parameters, gradients and optimizer moments
 * are flat vectors in parallel; training keeps no gradients, they are used up layer by layer.
 * bm_real is float, or double in the reference build (-DBM_DOUBLE).
 */
#ifndef BM_NN_H
#define BM_NN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"
#include "bm/err.h"
#include "bm/words.h"

#ifdef BM_DOUBLE
typedef double bm_real;
#else
typedef float bm_real;
#endif

struct bm_shape {
    int height, width, channels; /* of one image */
};
static inline size_t bm_shape_size(struct bm_shape shape)
{
    return (size_t)shape.height * (size_t)shape.width * (size_t)shape.channels;
}

struct bm_net; /* nn/net.h for layers; callers need only what follows */

/* ---- building: each returns the new node's number (-1: the error is kept in the net) ---- */

int bm_net_input(struct bm_net *net);
/* kernel odd (padding kernel/2), no bias. */
int bm_net_conv(struct bm_net *net, int x, int channels, int kernel, int stride, const char *name);
/* Fully connected to all H*W*C values of x, no bias. */
int bm_net_linear(struct bm_net *net, int x, int features, const char *name);
int bm_net_batchnorm(struct bm_net *net, int x, bool affine, const char *name);
/* relu(batchnorm(x) + residual) in one; residual -1: none. */
int bm_net_batchnorm_relu(struct bm_net *net, int x, int residual, const char *name);
/* Over groups of so many neighbouring channels of an image (Wu and He 2018), with scale and shift.
 * It is an error where they do not divide the channels, or where a group has one value. */
int bm_net_groupnorm(struct bm_net *net, int x, int group_channels, const char *name);
int bm_net_relu(struct bm_net *net, int x);
int bm_net_add(struct bm_net *net, int a, int b);
int bm_net_global_pool(struct bm_net *net, int x); /* average over H and W */
/* Stride 2; kernel 3 with padding 1, or kernel 2 without (a last odd row or column is left out). */
int bm_net_max_pool(struct bm_net *net, int x, int kernel);
/* Names the node's output as a place to probe. */
void bm_net_tap(struct bm_net *net, int node, const char *name);

/* ---- life ---- */

/* A network of batches of at most `batch` images, without nodes but the input; the functions above
 * add to it, and what they report goes to `err`. NULL without memory. */
struct bm_net *bm_net_begin(struct bm_shape input, int batch, enum bm_conv_path conv,
                            struct bm_err *err);
/* What training stores values as (else: as they are): from the last layer that reads them in a
 * BM_TRAIN forward to the first that does in the backward pass, or wherever layers pass them on,
 * and their gradients, too. To be said before layers are added. The images and the outputs are the
 * caller's, and stay. */
void bm_net_store_as(struct bm_net *net, enum bm_stored stored);
/* What the products of 3x3 convolutions by Winograd's algorithm, and of linear layers, are computed
 * in by BM_TRAIN forward and by backward passes (else: float, as everything else is); to be said
 * before layers are added. Linear layers have to consist of whole panels (32 features a side).
 * Where the CPU has no instructions for bfloat16 (bm_isa_has_bf16), sums may differ in last digits.
 */
void bm_net_compute_in(struct bm_net *net, enum bm_precision precision);
/* Whether there is any such layer. */
bool bm_net_rounds_products(const struct bm_net *net);
/* Ends building and sizes everything; allocates no large memory. The last node is the output, and
 * every other has a reader. */
void bm_net_end(struct bm_net *net);
void bm_net_free(struct bm_net *net);

/* What becomes of gradients decides how a planned network can run backward. */
enum bm_gradients {
    BM_KEEP_GRADIENTS, /* bm_net_backward: all of them, for who wants to look at them */
    BM_UPDATE_AT_ONCE, /* bm_net_backward_update: those of one layer at a time, or of its part */
    BM_UPDATE_TENSORS, /* the same, but whole tensors: for optimizers that take them */
};

/* Bytes that bm_net_plan will take: parameters, gradients, activations, workspaces. */
size_t bm_net_memory(const struct bm_net *net, enum bm_gradients gradients);
/* Allocates. Afterwards steps allocate nothing. */
int bm_net_plan(struct bm_net *net, enum bm_gradients gradients, struct bm_err *err);
/* Draws the initial parameters: convolutions Kaiming normal (fan-out, ReLU), linear
 * U(+-1/sqrt(fan_in)), norms 1 and 0; running statistics 0 and 1. */
void bm_net_init(struct bm_net *net, uint64_t seed);

/* ---- running ---- */

enum bm_mode {
    BM_TRAIN, /* batch statistics; keeps what backward needs; updates running statistics */
    BM_EVAL,  /* running statistics */
    /* Batch statistics, and nothing for backward. Running statistics become the averages of the
     * batches since bm_net_reset_statistics: of means and of unbiased variances, each weighted by
     * its images (PyTorch's momentum=None, where batches are equal). A normalization of one value a
     * channel has no variance: it leaves that batch out. */
    BM_CALIBRATE,
};

/* x: (n, H, W, C), n at most the batch that was planned. Returns the outputs (n, classes), owned by
 * the net and valid until the next call. */
const bm_real *bm_net_forward(struct bm_net *net, const bm_real *x, int n, enum bm_mode mode);
/* A BM_EVAL forward in less memory: `tap` is called for each tap in the order in which they run, up
 * to tap `last`, and only during that call its features can be read. Returns the outputs behind the
 * last of all taps, NULL where it ends before. What steps need beside is left alone, and is the
 * caller's until the next bm_net_forward: */
const bm_real *bm_net_watch(struct bm_net *net, const bm_real *x, int n, int last,
                            void (*tap)(void *context, int tap), void *context);
/* The same from a tap on, whose features bm_net_tap_features gave for a batch of as many images:
 * gives the bits that it gave then. */
const bm_real *bm_net_watch_from(struct bm_net *net, int from, const float *features, int n,
                                 int last, void (*tap)(void *context, int tap), void *context);
/* The first tap but tap 0 where that is possible: one pixel, and nothing behind it reads what was
 * before; 0: there is none. */
int bm_net_resume_tap(const struct bm_net *net);
/* How much of a whole pass is over at a tap: of its floating-point operations. */
double bm_net_reach(const struct bm_net *net, int tap);
size_t bm_net_spare_bytes(const struct bm_net *net);
void *bm_net_spare(struct bm_net *net);
/* After a BM_TRAIN forward with the same x: d_output is (n, classes) and may be overwritten; fills
 * the gradients, which have to be kept. */
void bm_net_backward(struct bm_net *net, const bm_real *x, bm_real *d_output, int n);
/* The same where gradients are not kept: the optimizer steps on each layer's parameters as soon as
 * its backward no longer reads them. Gives the bits of a step on all of them after
 * bm_net_backward. */
struct bm_update;
void bm_net_backward_update(struct bm_net *net, const bm_real *x, bm_real *d_output, int n,
                            const struct bm_update *update);

/* While bm_net_watch shows the tap, or, where values are stored as they are, after a BM_EVAL
 * forward of n images: the features of tap t, average-pooled to pool x pool (0 or a map smaller
 * than that: as they are), to `out`: n rows of bm_net_tap_dimension floats, (H, W, C) flattened,
 * `stride` floats apart. */
int bm_net_taps(const struct bm_net *net);
const char *bm_net_tap_name(const struct bm_net *net, int tap);
size_t bm_net_tap_dimension(const struct bm_net *net, int tap, int pool);
void bm_net_tap_features(const struct bm_net *net, int tap, int pool, int n, float *out,
                         size_t stride);

/* The part of the network that ends at a tap: what lies between the tap before, or the input, and
 * this one. Its parameters are *n of bm_net_parameter_data from *first on (none: pooling alone). */
void bm_net_part(const struct bm_net *net, int tap, size_t *first, size_t *n);
/* Puts the parameters of that part back to what bm_net_init draws. */
void bm_net_init_part(struct bm_net *net, int tap, uint64_t seed);

/* Running means to 0, variances to 1, as bm_net_init leaves them; a calibration begins anew. */
void bm_net_reset_statistics(struct bm_net *net);
/* Running statistics, to be kept and put back. */
size_t bm_net_statistics(const struct bm_net *net); /* count */
bm_real *bm_net_statistics_data(struct bm_net *net);

size_t bm_net_parameters(const struct bm_net *net); /* count */
bm_real *bm_net_parameter_data(struct bm_net *net);
bm_real *bm_net_gradient_data(struct bm_net *net); /* which have to be kept */
double bm_net_flops(
    const struct bm_net *net); /* of one image, forward, counted as direct convolution */

/* Parameters and running statistics by PyTorch's names, in PyTorch's layouts. */
struct bm_tensor_info {
    char name[64]; /* conv1.weight, bn1.running_mean */
    int n_dims, dims[4];
};
size_t bm_net_tensors(const struct bm_net *net);
void bm_net_tensor_info(const struct bm_net *net, size_t i, struct bm_tensor_info *info);
void bm_net_tensor_get(const struct bm_net *net, size_t i, double *out);
void bm_net_tensor_get_float(const struct bm_net *net, size_t i, float *out);
void bm_net_tensor_set(struct bm_net *net, size_t i, const double *values);
void bm_net_tensor_set_float(struct bm_net *net, size_t i, const float *values);
/* The gradient of a trained tensor in the same layout; false for running statistics. Gradients have
 * to be kept. */
bool bm_net_tensor_gradient(const struct bm_net *net, size_t i, double *out);

/* ---- losses and optimizers: nn/loss/NAME.c, nn/optimizer/NAME.c ---- */

struct bm_loss {
    const char *name, *help;
    /* Mean loss of outputs against targets (n x classes, as the outputs: one-hot, mixed or
     * smoothed); its gradient to d_output (NULL: not wanted). */
    double (*value)(const bm_real *output, const bm_real *target, int n, int classes,
                    bm_real *d_output);
};
extern const struct bm_loss *const bm_losses[];
const struct bm_loss *bm_loss_find(const char *name);

struct bm_optimizer_settings {
    double lr, weight_decay, momentum;
    bool exclude_1d; /* tensors of one dimension have neither a ratio of norms nor decay (lars) */
};
/* What a step changes: a block of a tensor of parameters, or all of it as one row. */
struct bm_optimizer_part {
    size_t rows, columns;
    bm_real *parameters;      /* the first; rows are `stride` elements apart */
    bm_real *moments;         /* its moment 0; rows are `stride` apart here as well, and moment k */
    size_t stride, apart;     /* lies k * `apart` elements behind moment 0 */
    const bm_real *gradients; /* rows x columns without gaps */
    int n_dims;               /* of the tensor, as PyTorch counts them */
};
/* How the learning rate goes on after warm-up (train/rate.c). */
enum bm_schedule {
    BM_SCHEDULE_CONSTANT,
    BM_SCHEDULE_STEPS,  /* a tenth at each multiple of a third of the epochs */
    BM_SCHEDULE_COSINE, /* half a cosine, down to 0 after the last epoch */
};
struct bm_optimizer {
    const char *name, *help;
    int moments; /* numbers that it keeps for each parameter; zero before t = 1 */
    /* It looks at whole tensors, and wants each as one part: a network is to be planned with
     * BM_UPDATE_TENSORS for it. */
    bool takes_tensors;
    enum bm_schedule schedule;
    bool is_per_256; /* the setting lr is that of a batch of 256 images */
    /* One step on a part of the parameters; t counts from 1. What becomes of a parameter does not
     * depend on the part that it is in (unless it takes tensors), nor on the number of threads. */
    void (*step)(const struct bm_optimizer_settings *settings, int64_t t,
                 const struct bm_optimizer_part *part);
};
/* A step that a backward pass does on the way. */
struct bm_update {
    const struct bm_optimizer *optimizer;
    struct bm_optimizer_settings settings;
    int64_t t;
    bm_real *moments; /* vectors as long as the parameters, one behind the other */
};
extern const struct bm_optimizer *const bm_optimizers[];
const struct bm_optimizer *bm_optimizer_find(const char *name);
/* How a network that it trains is to be planned. */
static inline enum bm_gradients bm_optimizer_gradients(const struct bm_optimizer *optimizer)
{
    return optimizer->takes_tensors ? BM_UPDATE_TENSORS : BM_UPDATE_AT_ONCE;
}

/* ---- products (nn/gemm.c, OpenBLAS) ---- */

/* C (m x n) = alpha op(A) op(B) + beta C, row-major with leading dimensions. Large products in
 * float are shared among OpenMP's threads, unless the caller is one of several already. */
void bm_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, bm_real alpha,
             const bm_real *a, int lda, const bm_real *b, int ldb, bm_real beta, bm_real *c,
             int ldc);
/* The same in float, whatever bm_real is (probes). */
void bm_gemm_float(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                   const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
/* To be called before large memory is taken: OpenBLAS wants 128 MiB of addresses for each thread at
 * its first product, and where they are not there it asks for them for ever. -1 (BM_EXIT_MEMORY):
 * they are not there. */
int bm_blas_begin(struct bm_err *err);
const char *bm_blas_kernel(void);  /* "SkylakeX" */
const char *bm_blas_version(void); /* "OpenBLAS 0.3.21" */

#endif
