/* Batch normalization over all M = N*H*W pixels of a channel (Ioffe and Szegedy 2015): eps 1e-5,
 * the biased variance for normalizing; running statistics = 0.9 old + 0.1 batch, with the unbiased
 * variance.
 *
 * Accuracy in float, also where mean >> deviation: everything works on x - shift, where `shift` is
 * the mean rounded to bm_real, so that the difference is nearly exact, and `rest` is what rounding
 * left over, mean = shift + rest. Sums run in bm_real over a few rows, then in double. */
#include "../net.h"

#include <math.h>
#include <string.h>

static const double EPSILON = 1e-5, MOMENTUM = 0.1;

enum { ROWS_IN_REAL = 64 };

struct batchnorm {
    bool affine; /* has scale and shift; else 1 and 0 */
};

/* Per channel, three vectors of C: from forward to backward. */
struct saved {
    bm_real *shift, *rest, *inverse; /* inverse = 1 / sqrt(variance + eps) */
};

static struct saved saved_of(const struct bm_call *call)
{
    size_t channels = (size_t)call->node->out.channels;
    bm_real *first = call->saved;
    return (struct saved){first, first + channels, first + 2 * channels};
}

/* Two sums per channel with their parts in bm_real, which then become the factors of the loops
 * that follow; and one more vector of factors. */
struct workspace {
    double *sum[2];
    bm_real *part[2], *factor;
};

static struct workspace workspace_of(const struct bm_call *call)
{
    size_t channels = (size_t)call->node->out.channels;
    double *sums = call->workspace;
    bm_real *parts = (bm_real *)(sums + 2 * channels);
    return (struct workspace){
        {sums, sums + channels}, {parts, parts + channels}, parts + 2 * channels};
}

static size_t workspace_bytes(size_t channels)
{
    return channels * (2 * sizeof(double) + 3 * sizeof(bm_real));
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

/* ---- sums over rows ---- */

static void clear(struct workspace *work, size_t channels)
{
    memset(work->sum[0], 0, workspace_bytes(channels));
}

static void part_to_sum(struct workspace *work, size_t channels)
{
    for (size_t c = 0; c < 2 * channels; c++) {
        work->sum[0][c] += (double)work->part[0][c];
        work->part[0][c] = 0;
    }
}

/* sum[0] = sum of x. */
static void sum_values(const bm_real *restrict x, size_t rows, size_t channels,
                       struct workspace *work)
{
    bm_real *restrict part = work->part[0];
    clear(work, channels);
    for (size_t row = 0; row < rows; row++, x += channels) {
        for (size_t c = 0; c < channels; c++)
            part[c] += x[c];
        if (row % ROWS_IN_REAL == ROWS_IN_REAL - 1)
            part_to_sum(work, channels);
    }
    part_to_sum(work, channels);
}

/* sum[0] = sum of (x - shift), sum[1] = sum of its squares. */
static void sum_squares(const bm_real *restrict x, const bm_real *restrict shift, size_t rows,
                        size_t channels, struct workspace *work)
{
    bm_real *restrict part = work->part[0], *restrict squares = work->part[1];
    clear(work, channels);
    for (size_t row = 0; row < rows; row++, x += channels) {
        for (size_t c = 0; c < channels; c++) {
            bm_real centred = x[c] - shift[c];
            part[c] += centred;
            squares[c] += centred * centred;
        }
        if (row % ROWS_IN_REAL == ROWS_IN_REAL - 1)
            part_to_sum(work, channels);
    }
    part_to_sum(work, channels);
}

/* sum[0] = sum of dy, sum[1] = sum of dy (x - shift). */
static void sum_gradients(const bm_real *restrict x, const bm_real *restrict dy,
                          const bm_real *restrict shift, size_t rows, size_t channels,
                          struct workspace *work)
{
    bm_real *restrict part = work->part[0], *restrict products = work->part[1];
    clear(work, channels);
    for (size_t row = 0; row < rows; row++, x += channels, dy += channels) {
        for (size_t c = 0; c < channels; c++) {
            part[c] += dy[c];
            products[c] += dy[c] * (x[c] - shift[c]);
        }
        if (row % ROWS_IN_REAL == ROWS_IN_REAL - 1)
            part_to_sum(work, channels);
    }
    part_to_sum(work, channels);
}

/* ---- forward ---- */

/* y = (x - shift) factor + bias, per channel. */
static void apply(const struct bm_call *call, const bm_real *restrict shift,
                  const bm_real *restrict factor, const bm_real *restrict bias)
{
    size_t rows = rows_of(call), channels = (size_t)call->node->out.channels;
    const bm_real *restrict x = call->x[0];
    bm_real *restrict y = call->y;
    for (size_t row = 0; row < rows; row++, x += channels, y += channels)
        for (size_t c = 0; c < channels; c++)
            y[c] = (x[c] - shift[c]) * factor[c] + bias[c];
}

static bm_real running(bm_real old, double batch)
{
    return (bm_real)((1 - MOMENTUM) * (double)old + MOMENTUM * batch);
}

static void forward_train(const struct bm_call *call)
{
    size_t rows = rows_of(call), channels = (size_t)call->node->out.channels;
    double m = (double)rows;
    struct saved saved = saved_of(call);
    struct workspace work = workspace_of(call);
    sum_values(call->x[0], rows, channels, &work);
    for (size_t c = 0; c < channels; c++)
        saved.shift[c] = (bm_real)(work.sum[0][c] / m);
    sum_squares(call->x[0], saved.shift, rows, channels, &work);
    bm_real *mean = call->state, *variance = call->state + channels;
    for (size_t c = 0; c < channels; c++) {
        double rest = work.sum[0][c] / m;
        double squares = work.sum[1][c] - rest * rest * m; /* rest is tiny: nothing cancels */
        double inverse = 1 / sqrt(squares / m + EPSILON);
        double factor = scale_of(call, c) * inverse;
        saved.rest[c] = (bm_real)rest;
        saved.inverse[c] = (bm_real)inverse;
        mean[c] = running(mean[c], (double)saved.shift[c] + rest);
        variance[c] = running(variance[c], squares / (m - 1));
        work.part[0][c] = (bm_real)factor;
        work.part[1][c] = (bm_real)(bias_of(call, c) - rest * factor);
    }
    apply(call, saved.shift, work.part[0], work.part[1]);
}

static void forward_eval(const struct bm_call *call)
{
    size_t channels = (size_t)call->node->out.channels;
    struct workspace work = workspace_of(call);
    const bm_real *mean = call->state, *variance = call->state + channels;
    for (size_t c = 0; c < channels; c++) {
        work.part[0][c] = (bm_real)(scale_of(call, c) / sqrt((double)variance[c] + EPSILON));
        work.part[1][c] = (bm_real)bias_of(call, c);
    }
    apply(call, mean, work.part[0], work.part[1]);
}

static void batchnorm_forward(const struct bm_call *call)
{
    if (call->mode == BM_TRAIN)
        forward_train(call);
    else
        forward_eval(call);
}

/* ---- backward ---- */

/* dx = factor (dy - offset - slope (x - shift)), per channel. */
struct input_gradient {
    const bm_real *shift, *factor, *offset, *slope;
};

static void write_input_gradient(const struct bm_call *call, struct input_gradient gradient)
{
    size_t rows = rows_of(call), channels = (size_t)call->node->out.channels;
    const bm_real *restrict shift = gradient.shift, *restrict factor = gradient.factor;
    const bm_real *restrict offset = gradient.offset, *restrict slope = gradient.slope;
    const bm_real *x = call->x[0], *dy = call->dy;
    bm_real *dx = call->dx[0];
    for (size_t row = 0; row < rows; row++, x += channels, dy += channels, dx += channels) {
        if (call->adds[0]) {
#pragma GCC ivdep
            for (size_t c = 0; c < channels; c++)
                dx[c] += factor[c] * (dy[c] - offset[c] - slope[c] * (x[c] - shift[c]));
        } else {
#pragma GCC ivdep /* dx is dy, or apart from it */
            for (size_t c = 0; c < channels; c++)
                dx[c] = factor[c] * (dy[c] - offset[c] - slope[c] * (x[c] - shift[c]));
        }
    }
}

/* With z = (x - mean) inverse: dscale = sum of dy z, dbias = sum of dy, and
 * dx = scale inverse (dy - dbias / M - z dscale / M). */
static void batchnorm_backward(const struct bm_call *call)
{
    const struct batchnorm *own = call->node->detail;
    size_t rows = rows_of(call), channels = (size_t)call->node->out.channels;
    double m = (double)rows;
    struct saved saved = saved_of(call);
    struct workspace work = workspace_of(call);
    sum_gradients(call->x[0], call->dy, saved.shift, rows, channels, &work);
    for (size_t c = 0; c < channels; c++) {
        double inverse = (double)saved.inverse[c], rest = (double)saved.rest[c];
        double dbias = work.sum[0][c];
        double dscale = (work.sum[1][c] - rest * dbias) * inverse;
        if (own->affine) {
            call->dw[c] = (bm_real)dscale;
            call->dw[channels + c] = (bm_real)dbias;
        }
        double slope = dscale * inverse / m;
        work.part[0][c] = (bm_real)(dbias / m - rest * slope);
        work.part[1][c] = (bm_real)slope;
        work.factor[c] = (bm_real)(scale_of(call, c) * inverse);
    }
    if (call->dx[0] != NULL)
        write_input_gradient(
            call, (struct input_gradient){saved.shift, work.factor, work.part[0], work.part[1]});
}

static const struct bm_layer batchnorm_layer = {
    .name = "batchnorm",
    .reads_input = true,
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

int bm_net_batchnorm(struct bm_net *net, int x, bool affine, const char *name)
{
    if (x < 0)
        return -1;
    struct bm_shape shape = net->nodes[x].out;
    if (net->batch == 1 && shape.height == 1 && shape.width == 1)
        return bm_fail(net->err, BM_EXIT_DATA,
                       "batch_size: 1 leaves %s one value a channel to normalize; valid: 2 or more",
                       name);
    int added = bm_net_node(net, &batchnorm_layer, 1, &x, shape, sizeof(struct batchnorm));
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    size_t channels = (size_t)shape.channels;
    *(struct batchnorm *)node->detail = (struct batchnorm){.affine = affine};
    node->saved = 3 * channels * sizeof(bm_real);
    node->workspace = workspace_bytes(channels);
    add_tensors(net, name, affine, shape.channels);
    return added;
}
