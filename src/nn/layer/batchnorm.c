/* Batch normalization over all M = N*H*W pixels of a channel (Ioffe and Szegedy 2015): eps 1e-5,
 * the biased variance for normalizing; running statistics = 0.9 old + 0.1 batch, or the average of
 * the batches (BM_CALIBRATE), with the unbiased variance. The addition of a residual and the ReLU
 * behind it are done in the same passes:
 *
 *     z = (x - mean) inverse,  y = relu(scale z + bias + residual)
 *
 * Neighbours do passes where they can (net_fuse.c tells the story): then only vectors of a value a
 * channel are made here.
 *
 * Accuracy in float, also where mean >> deviation: everything works on x - shift, where `shift` is
 * the mean as a real, so that the difference is nearly exact, and `rest` is what is left, mean =
 * shift + rest. */
#include "../net.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "../moments.h"
#include "../slice.h"

static const double EPSILON = 1e-5, MOMENTUM = 0.1;

struct batchnorm {
    bool affine; /* has scale and bias; else 1 and 0 */
    bool has_relu;
};

/* What is saved: vectors of a value a channel. `factor` and `bias` are kept as they were used, so
 * that backward finds the same signs behind the ReLU. */
struct saved {
    struct bm_norm norm;
    bm_real *inverse, *rest; /* what only this file needs */
};

static struct saved carve_saved(const struct bm_node *node, struct bm_arena *arena)
{
    const struct batchnorm *own = node->detail;
    size_t channels = (size_t)node->out.channels;
    struct saved saved = {.norm.has_relu = own->has_relu};
    saved.norm.moments = bm_arena_take(arena, 2 * channels * sizeof(double));
    saved.norm.d_sums = bm_arena_take(arena, 2 * channels * sizeof(double));
    bm_real **const vectors[] = {&saved.norm.shift,  &saved.norm.factor, &saved.norm.bias,
                                 &saved.norm.offset, &saved.norm.slope,  &saved.inverse,
                                 &saved.rest};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = bm_arena_take(arena, channels * sizeof(bm_real));
    return saved;
}

static struct saved saved_of(const struct bm_node *node, void *memory)
{
    struct bm_arena arena = bm_arena_lent(memory, node->saved);
    return carve_saved(node, &arena);
}

static struct bm_norm norm_of(const struct bm_node *node, void *memory)
{
    return saved_of(node, memory).norm;
}

static size_t rows_of(const struct bm_call *call)
{
    struct bm_shape out = call->node->out;
    return (size_t)call->n * (size_t)out.height * (size_t)out.width;
}

static double scale_of(const struct bm_call *call, size_t c)
{
    const struct batchnorm *own = call->node->detail;
    return own->affine ? (double)call->w[c] : 1;
}

static double bias_of(const struct bm_call *call, size_t c)
{
    const struct batchnorm *own = call->node->detail;
    return own->affine ? (double)call->w[(size_t)call->node->out.channels + c] : 0;
}

/* A thread's pixels, the same in every pass: first ... end-1. */
struct slice {
    size_t first, end;
};

static struct slice slice_of(const struct bm_call *call, int thread)
{
    int rows = (int)rows_of(call);
    return (struct slice){(size_t)bm_slice_begin(rows, thread, call->threads),
                          (size_t)bm_slice_begin(rows, thread + 1, call->threads)};
}

/* Element `at` of an array of the call's, which are all alike. */
static void *at_element(const struct bm_call *call, const void *array, size_t at)
{
    return bm_element_at(array, call->element_y, at);
}

/* Runs `pass` over the pixels of all threads, which begin at `at` in the arrays. */
static void over_all_pixels(const struct bm_call *call, const struct bm_norm *norm,
                            void (*pass)(const struct bm_call *, const struct bm_norm *,
                                         struct bm_pixels, size_t at, int thread))
{
    int channels = call->node->out.channels;
#pragma omp parallel num_threads(call->threads)
    {
        int thread = omp_get_thread_num();
        struct slice slice = slice_of(call, thread);
        struct bm_pixels pixels = bm_pixels_of(slice.end - slice.first, channels);
        pixels.plain = pixels.padded = call->element_y;
        pass(call, norm, pixels, slice.first * (size_t)channels, thread);
    }
}

/* Takes the workspaces of all threads and gives one of them: forward it has moments there, backward
 * the sums of dz. */
static struct bm_arena take_part(struct bm_arena *workspace, int channels, int threads, int thread)
{
    return bm_arena_part(workspace, bm_moments_bytes(channels), threads, thread);
}

static struct bm_arena part_of(const struct bm_call *call, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    return take_part(&workspace, call->node->out.channels, call->threads, thread);
}

/* ---- forward ---- */

/* Moments of the input, unless the layer before has left them. */
static void sum_input(const struct bm_call *call, double *moments)
{
    enum { GROUP = 1024 }; /* pixels */
    int channels = call->node->out.channels;
#pragma omp parallel num_threads(call->threads)
    {
        int thread = omp_get_thread_num();
        struct bm_arena part = part_of(call, thread);
        struct bm_moments *own = bm_moments_begin(channels, &part);
        struct slice slice = slice_of(call, thread);
        for (size_t i = slice.first; i < slice.end; i += GROUP)
            bm_moments_add(own, at_element(call, call->x[0], i * (size_t)channels), call->element_y,
                           slice.end - i < GROUP ? slice.end - i : GROUP);
    }
    bm_moments_join(call->workspace, bm_moments_bytes(channels), call->threads, moments);
}

static void apply(const struct bm_call *call, const struct bm_norm *norm, struct bm_pixels pixels,
                  size_t at, int thread)
{
    (void)thread;
    const struct bm_prologue *residual = &call->prologue[1];
    pixels.streams = call->streams_y;
    bm_kernels()->norm_apply(&pixels, norm, at_element(call, call->x[0], at),
                             call->node->n_inputs > 1 ? at_element(call, call->x[1], at) : NULL,
                             residual->normalizes ? &residual->norm : NULL,
                             at_element(call, call->y, at));
}

/* running += momentum (batch - running). */
static void move(bm_real *running, double momentum, double batch)
{
    *running = (bm_real)((1 - momentum) * (double)*running + momentum * batch);
}

static void move_running(const struct bm_call *call, const double *moments)
{
    size_t channels = (size_t)call->node->out.channels;
    double m = (double)rows_of(call), momentum = call->mode == BM_TRAIN ? MOMENTUM : call->weight;
    if (call->mode == BM_CALIBRATE && m == 1)
        return;
    for (size_t c = 0; c < channels; c++) {
        move(&call->state[c], momentum, moments[c]);
        move(&call->state[channels + c], momentum, moments[channels + c] / (m - 1));
    }
}

static void take_batch(const struct bm_call *call, const struct saved *saved)
{
    const struct bm_norm *norm = &saved->norm;
    size_t channels = (size_t)call->node->out.channels;
    double m = (double)rows_of(call);
    if (!call->node->is_summed)
        sum_input(call, norm->moments);
    for (size_t c = 0; c < channels; c++) {
        double centred = norm->moments[channels + c], inverse = 1 / sqrt(centred / m + EPSILON);
        double factor = scale_of(call, c) * inverse;
        norm->shift[c] = (bm_real)norm->moments[c];
        double rest = norm->moments[c] - (double)norm->shift[c];
        saved->rest[c] = (bm_real)rest;
        saved->inverse[c] = (bm_real)inverse;
        norm->factor[c] = (bm_real)factor;
        norm->bias[c] = (bm_real)(bias_of(call, c) - rest * factor);
    }
    move_running(call, norm->moments);
}

static void take_running(const struct bm_call *call, const struct bm_norm *norm)
{
    size_t channels = (size_t)call->node->out.channels;
    const bm_real *mean = call->state, *variance = call->state + channels;
    for (size_t c = 0; c < channels; c++) {
        norm->shift[c] = mean[c];
        norm->factor[c] = (bm_real)(scale_of(call, c) / sqrt((double)variance[c] + EPSILON));
        norm->bias[c] = (bm_real)bias_of(call, c);
    }
}

static void batchnorm_forward(const struct bm_call *call)
{
    struct saved saved = saved_of(call->node, call->saved);
    if (call->mode != BM_EVAL)
        take_batch(call, &saved);
    else
        take_running(call, &saved.norm);
    if (!call->node->is_read_raw)
        over_all_pixels(call, &saved.norm, apply);
}

/* ---- backward ---- */

static double *sums_of(const struct bm_call *call, int thread)
{
    struct bm_arena part = part_of(call, thread);
    return bm_arena_take(&part, 2 * (size_t)call->node->out.channels * sizeof(double));
}

static void d_sums(const struct bm_call *call, const struct bm_norm *norm, struct bm_pixels pixels,
                   size_t at, int thread)
{
    const void *y = call->node->n_inputs > 1 ? at_element(call, call->y, at) : NULL;
    void *dy = at_element(call, call->dy, at);
    bm_kernels()->norm_d_sums(&pixels, norm, at_element(call, call->x[0], at), y, dy,
                              norm->has_relu ? dy : NULL, false, sums_of(call, thread));
}

/* dz and its sums, unless the layer that has completed dy has made them. */
static void complete(const struct bm_call *call, const struct bm_norm *norm)
{
    size_t n = 2 * (size_t)call->node->out.channels;
    for (int thread = 0; thread < call->threads; thread++)
        memset(sums_of(call, thread), 0, n * sizeof(double));
    over_all_pixels(call, norm, d_sums);
    memset(norm->d_sums, 0, n * sizeof(double));
    for (int thread = 0; thread < call->threads; thread++) {
        const double *more = sums_of(call, thread);
        for (size_t c = 0; c < n; c++)
            norm->d_sums[c] += more[c];
    }
}

/* The gradient of the residual is dz. */
static void d_residual(const struct bm_call *call, const struct bm_norm *norm,
                       struct bm_pixels pixels, size_t at, int thread)
{
    (void)norm;
    (void)thread;
    pixels.streams = call->streams_dx[1];
    bm_kernels()->norm_d_sums(&pixels, NULL, NULL, NULL, at_element(call, call->dy, at),
                              at_element(call, call->dx[1], at), call->adds[1], NULL);
}

static void d_apply(const struct bm_call *call, const struct bm_norm *norm, struct bm_pixels pixels,
                    size_t at, int thread)
{
    (void)thread;
    pixels.streams = call->streams_dx[0] && call->dx[0] != call->dy;
    bm_kernels()->norm_d_apply(&pixels, norm, at_element(call, call->x[0], at),
                               at_element(call, call->dy, at), at_element(call, call->dx[0], at),
                               call->adds[0]);
}

/* With dz = dy behind the ReLU: dscale = sum of dz z, dbias = sum of dz, d residual = dz, and
 * dx = scale inverse (dz - dbias / M - z dscale / M). dz takes the place of dy. */
static void batchnorm_backward(const struct bm_call *call)
{
    const struct batchnorm *own = call->node->detail;
    size_t channels = (size_t)call->node->out.channels;
    double m = (double)rows_of(call);
    struct saved saved = saved_of(call->node, call->saved);
    struct bm_norm norm = saved.norm;
    if (call->node->completed_by < 0)
        complete(call, &norm);
    for (size_t c = 0; c < channels; c++) {
        double inverse = (double)saved.inverse[c], rest = (double)saved.rest[c];
        double dbias = norm.d_sums[c];
        double dscale = (norm.d_sums[channels + c] - rest * dbias) * inverse;
        if (own->affine) {
            call->dw[c] = (bm_real)dscale;
            call->dw[channels + c] = (bm_real)dbias;
        }
        norm.slope[c] = (bm_real)(dscale * inverse / m);
        norm.offset[c] = (bm_real)(dbias / m - rest * dscale * inverse / m);
    }
    if (call->dx[1] != NULL && call->dx[1] != call->dy)
        over_all_pixels(call, &norm, d_residual);
    if (call->dx[0] != NULL && !call->node->is_d_read_raw)
        over_all_pixels(call, &norm, d_apply);
}

/* ---- building ---- */

static const struct bm_layer batchnorm_layer = {
    .name = "batchnorm",
    .reads_input = true,
    .takes_packed = true,
    .gradient_in_place = true,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
    .norm = norm_of,
};

/* With a residual the sign behind the ReLU cannot be made again from x alone. */
static const struct bm_layer residual_layer = {
    .name = "batchnorm",
    .reads_input = true,
    .takes_packed = true,
    .reads_output = true,
    .gradient_in_place = true,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
    .normalizes = 1 << 1,
    .norm = norm_of,
};

static void add_tensors(struct bm_net *net, const char *name, bool affine, int channels)
{
    struct bm_tensor vector = {.n_dims = 1, .out = channels, .in = 1, .height = 1, .width = 1};
    struct bm_tensor zeros = vector, ones = vector;
    zeros.initial = BM_ZEROS;
    ones.initial = BM_ONES;
    if (affine)
        bm_net_scale_and_shift(net, name, channels);
    bm_net_state(net, name, "running_mean", zeros);
    bm_net_state(net, name, "running_var", ones);
}

static int add_batchnorm(struct bm_net *net, int x, int residual, struct batchnorm detail,
                         const char *name)
{
    if (x < 0)
        return -1;
    assert(residual != x || x == 0); /* its gradient would be written where it has been added */
    struct bm_shape shape = net->nodes[x].out;
    if (net->batch == 1 && shape.height == 1 && shape.width == 1)
        return bm_fail(net->err, BM_EXIT_DATA,
                       "batch_size: 1 leaves %s one value a channel to normalize; valid: 2 or more",
                       name);
    int inputs[] = {x, residual}, n_inputs = residual >= 0 ? 2 : 1;
    int added = bm_net_node(net, n_inputs > 1 ? &residual_layer : &batchnorm_layer, n_inputs,
                            inputs, shape, sizeof detail);
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    struct bm_arena saved = {0}, workspace = {0};
    *(struct batchnorm *)node->detail = detail;
    carve_saved(node, &saved);
    take_part(&workspace, shape.channels, net->threads, 0);
    node->saved = saved.used;
    node->workspace = workspace.used;
    add_tensors(net, name, detail.affine, shape.channels);
    return added;
}

int bm_net_batchnorm(struct bm_net *net, int x, bool affine, const char *name)
{
    return add_batchnorm(net, x, -1, (struct batchnorm){.affine = affine}, name);
}

int bm_net_batchnorm_relu(struct bm_net *net, int x, int residual, const char *name)
{
    struct batchnorm detail = {.affine = true, .has_relu = true};
    return add_batchnorm(net, x, residual, detail, name);
}
