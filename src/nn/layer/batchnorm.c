/* Batch normalization over all M = N*H*W pixels of a channel (Ioffe and Szegedy 2015): eps 1e-5,
 * the biased variance for normalizing; running statistics = 0.9 old + 0.1 batch, with the unbiased
 * variance. The addition of a residual and the ReLU behind it are done in the same passes, which
 * memory bounds:
 *
 *     z = (x - mean) inverse,  y = relu(scale z + bias + residual)
 *
 * Accuracy in float, also where mean >> deviation: everything works on x - shift, where `shift` is
 * near the mean, so that the difference is nearly exact, and `rest` is what is left, mean = shift +
 * rest. */
#include "../net.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "../kernels.h"
#include "../share.h"

static const double EPSILON = 1e-5, MOMENTUM = 0.1;

enum { SAMPLE = 64 }; /* rows whose mean is the first shift */

struct batchnorm {
    bool affine; /* has scale and bias; else 1 and 0 */
    bool has_relu;
};

/* Per channel, vectors of C: from forward to backward. `factor` and `bias` are kept as they were
 * used, so that backward finds the same signs behind the ReLU. */
struct saved {
    bm_real *shift, *rest, *inverse, *factor, *bias;
};
enum { SAVED_VECTORS = 5 };

static struct saved saved_at(bm_real *first, size_t channels)
{
    return (struct saved){first, first + channels, first + 2 * channels, first + 3 * channels,
                          first + 4 * channels};
}

/* Two sums per channel for each thread, then two vectors of factors. */
static double *sums_of(const struct bm_call *call, int thread)
{
    return (double *)call->workspace + 2 * (size_t)thread * (size_t)call->node->out.channels;
}

static bm_real *vectors_of(const struct bm_call *call)
{
    return (bm_real *)sums_of(call, call->threads);
}

static size_t workspace_bytes(size_t channels, int threads)
{
    return channels * (2 * (size_t)threads * sizeof(double) + SAVED_VECTORS * sizeof(bm_real));
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

static const bm_real *residual_of(const struct bm_call *call)
{
    return call->node->n_inputs > 1 ? call->x[1] : NULL;
}

/* A thread's rows: whole groups of 64, so that sums are made in the same order in every pass. */
static struct bm_rows share_of(const struct bm_call *call, int thread)
{
    size_t rows = rows_of(call);
    int groups = (int)((rows + 63) / 64);
    size_t first = 64 * (size_t)bm_share_begin(groups, thread, call->threads);
    size_t end = 64 * (size_t)bm_share_begin(groups, thread + 1, call->threads);
    return (struct bm_rows){first, end < rows ? end : rows, call->node->out.channels};
}

/* The sums of all threads, in their order, into those of thread 0. */
static void join_sums(const struct bm_call *call)
{
    size_t n = 2 * (size_t)call->node->out.channels;
    double *sum = sums_of(call, 0);
    for (int thread = 1; thread < call->threads; thread++) {
        const double *more = sums_of(call, thread);
        for (size_t c = 0; c < n; c++)
            sum[c] += more[c];
    }
}

/* ---- forward ---- */

/* The mean of a few rows of the batch, spread evenly. */
static void sample_shift(const struct bm_call *call, bm_real *shift)
{
    size_t rows = rows_of(call), channels = (size_t)call->node->out.channels;
    size_t n = rows < SAMPLE ? rows : SAMPLE;
    double *sum = sums_of(call, 0);
    memset(sum, 0, channels * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        const bm_real *row = call->x[0] + i * rows / n * channels;
        for (size_t c = 0; c < channels; c++)
            sum[c] += (double)row[c];
    }
    for (size_t c = 0; c < channels; c++)
        shift[c] = (bm_real)(sum[c] / (double)n);
}

/* Sums of x - shift and of its squares over all rows. */
static void sum_rows(const struct bm_call *call, const bm_real *shift)
{
    size_t channels = (size_t)call->node->out.channels;
#pragma omp parallel num_threads(call->threads)
    {
        double *sum = sums_of(call, omp_get_thread_num());
        struct bm_rows rows = share_of(call, omp_get_thread_num());
        memset(sum, 0, 2 * channels * sizeof *sum);
        bm_kernels()->batchnorm_sums(&rows, call->x[0], shift, sum, sum + channels);
    }
    join_sums(call);
}

/* Moves the shift to the mean where a sample was so far from it that the variance would cancel. */
static bool improve_shift(const struct bm_call *call, bm_real *shift)
{
    const double far = 16; /* of (mean - shift)^2 against the variance: costs four bits */
    size_t channels = (size_t)call->node->out.channels;
    const double *sum = sums_of(call, 0), *squares = sum + channels;
    double m = (double)rows_of(call);
    bool moved = false;
    for (size_t c = 0; c < channels; c++) {
        double rest = sum[c] / m, mean_square = squares[c] / m;
        if (rest * rest > far * (mean_square - rest * rest) && rest != 0) {
            bm_real mean = (bm_real)((double)shift[c] + rest);
            moved = moved || mean != shift[c];
            shift[c] = mean;
        }
    }
    return moved;
}

static void apply(const struct bm_call *call, const struct saved *values)
{
    const struct batchnorm *own = call->node->detail;
    struct bm_batchnorm norm = {values->shift, values->factor, values->bias, own->has_relu};
#pragma omp parallel num_threads(call->threads)
    {
        struct bm_rows rows = share_of(call, omp_get_thread_num());
        bm_kernels()->batchnorm_apply(&rows, &norm, call->x[0], residual_of(call), call->y);
    }
}

static bm_real running(bm_real old, double batch)
{
    return (bm_real)((1 - MOMENTUM) * (double)old + MOMENTUM * batch);
}

static void forward_train(const struct bm_call *call)
{
    size_t channels = (size_t)call->node->out.channels;
    double m = (double)rows_of(call);
    struct saved saved = saved_at(call->saved, channels);
    sample_shift(call, saved.shift);
    sum_rows(call, saved.shift);
    if (improve_shift(call, saved.shift))
        sum_rows(call, saved.shift);
    const double *sum = sums_of(call, 0), *squares = sum + channels;
    bm_real *mean = call->state, *variance = call->state + channels;
    for (size_t c = 0; c < channels; c++) {
        double rest = sum[c] / m, centred = squares[c] - rest * rest * m;
        double inverse = 1 / sqrt(centred / m + EPSILON), factor = scale_of(call, c) * inverse;
        saved.rest[c] = (bm_real)rest;
        saved.inverse[c] = (bm_real)inverse;
        saved.factor[c] = (bm_real)factor;
        saved.bias[c] = (bm_real)(bias_of(call, c) - rest * factor);
        mean[c] = running(mean[c], (double)saved.shift[c] + rest);
        variance[c] = running(variance[c], centred / (m - 1));
    }
    apply(call, &saved);
}

static void forward_eval(const struct bm_call *call)
{
    size_t channels = (size_t)call->node->out.channels;
    struct saved values = saved_at(vectors_of(call), channels);
    const bm_real *mean = call->state, *variance = call->state + channels;
    for (size_t c = 0; c < channels; c++) {
        values.shift[c] = mean[c];
        values.factor[c] = (bm_real)(scale_of(call, c) / sqrt((double)variance[c] + EPSILON));
        values.bias[c] = (bm_real)bias_of(call, c);
    }
    apply(call, &values);
}

static void batchnorm_forward(const struct bm_call *call)
{
    if (call->mode == BM_TRAIN)
        forward_train(call);
    else
        forward_eval(call);
}

/* ---- backward ---- */

/* With dz = dy behind the ReLU: dscale = sum of dz z, dbias = sum of dz, d residual = dz, and
 * dx = scale inverse (dz - dbias / M - z dscale / M). */
static void batchnorm_backward(const struct bm_call *call)
{
    const struct batchnorm *own = call->node->detail;
    const struct bm_kernels *kernels = bm_kernels();
    size_t channels = (size_t)call->node->out.channels;
    double m = (double)rows_of(call), *sum = sums_of(call, 0), *products = sum + channels;
    struct saved saved = saved_at(call->saved, channels);
    struct bm_batchnorm norm = {saved.shift, saved.factor, saved.bias, own->has_relu};
    bool has_residual = call->node->n_inputs > 1;
    const bm_real *y = has_residual ? call->y : NULL;
    bm_real *d_residual = has_residual ? call->dx[1] : NULL;
#pragma omp parallel num_threads(call->threads)
    {
        double *own_sum = sums_of(call, omp_get_thread_num());
        struct bm_rows rows = share_of(call, omp_get_thread_num());
        memset(own_sum, 0, 2 * channels * sizeof *own_sum);
        kernels->batchnorm_d_sums(&rows, &norm, call->x[0], y, call->dy, d_residual, call->adds[1],
                                  own_sum, own_sum + channels);
    }
    join_sums(call);
    bm_real *offset = vectors_of(call), *slope = offset + channels;
    for (size_t c = 0; c < channels; c++) {
        double inverse = (double)saved.inverse[c], rest = (double)saved.rest[c], dbias = sum[c];
        double dscale = (products[c] - rest * dbias) * inverse;
        if (own->affine) {
            call->dw[c] = (bm_real)dscale;
            call->dw[channels + c] = (bm_real)dbias;
        }
        slope[c] = (bm_real)(dscale * inverse / m);
        offset[c] = (bm_real)(dbias / m - rest * dscale * inverse / m);
    }
    if (call->dx[0] == NULL)
        return;
    struct bm_d_batchnorm d = {offset, slope};
#pragma omp parallel num_threads(call->threads)
    {
        struct bm_rows rows = share_of(call, omp_get_thread_num());
        kernels->batchnorm_d_apply(&rows, &norm, &d, call->x[0], y, call->dy, call->dx[0],
                                   call->adds[0]);
    }
}

/* ---- building ---- */

static const struct bm_layer batchnorm_layer = {
    .name = "batchnorm",
    .reads_input = true,
    .gradient_in_place = true,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
};

/* With a residual the sign behind the ReLU cannot be made again from x alone. */
static const struct bm_layer residual_layer = {
    .name = "batchnorm",
    .reads_input = true,
    .reads_output = true,
    .gradient_in_place = true,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
};

static void add_tensors(struct bm_net *net, const char *name, bool affine, int channels)
{
    struct bm_tensor vector = {.n_dims = 1, .out = channels, .in = 1, .height = 1, .width = 1};
    struct bm_tensor zeros = vector, ones = vector;
    zeros.initial = BM_ZEROS;
    ones.initial = BM_ONES;
    if (affine) {
        bm_net_parameter(net, name, "weight", ones);
        bm_net_parameter(net, name, "bias", zeros);
    }
    bm_net_state(net, name, "running_mean", zeros);
    bm_net_state(net, name, "running_var", ones);
}

static int add_batchnorm(struct bm_net *net, int x, int residual, struct batchnorm detail,
                         const char *name)
{
    if (x < 0)
        return -1;
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
    size_t channels = (size_t)shape.channels;
    *(struct batchnorm *)node->detail = detail;
    node->saved = SAVED_VECTORS * channels * sizeof(bm_real);
    node->workspace = workspace_bytes(channels, net->threads);
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
