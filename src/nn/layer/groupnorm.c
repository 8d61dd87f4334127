/* Group normalization (Wu and He 2018): each image's mean and biased variance over the pixels of a
 * group of neighbouring channels, then a scale and a shift a channel, as PyTorch's GroupNorm. There
 * are no running statistics: evaluation does what training does. */
#include "../net.h"

#include <math.h>

static const double EPSILON = 1e-5;

struct groupnorm {
    int group_channels;
};

/* What becomes of the values of a group: (x - mean) inverse. */
struct norm {
    double mean, inverse;
};

/* A group of an image. */
struct group {
    size_t pixels, channels; /* of the group */
    size_t stride;           /* from pixel to pixel */
    size_t first;            /* its first channel */
};

static size_t groups_of(const struct bm_node *node)
{
    const struct groupnorm *own = node->detail;
    return (size_t)(node->out.channels / own->group_channels);
}

static struct group group_of(const struct bm_node *node, size_t g)
{
    const struct groupnorm *own = node->detail;
    size_t channels = (size_t)own->group_channels;
    return (struct group){(size_t)node->out.height * (size_t)node->out.width, channels,
                          (size_t)node->out.channels, g * channels};
}

/* Two passes, so that a mean far from 0 costs no digits. */
static struct norm measure(const struct group *group, const bm_real *x)
{
    double count = (double)(group->pixels * group->channels), sum = 0, squares = 0;
    for (size_t p = 0; p < group->pixels; p++)
        for (size_t c = 0; c < group->channels; c++)
            sum += (double)x[p * group->stride + c];
    double mean = sum / count;
    for (size_t p = 0; p < group->pixels; p++)
        for (size_t c = 0; c < group->channels; c++) {
            double apart = (double)x[p * group->stride + c] - mean;
            squares += apart * apart;
        }
    return (struct norm){mean, 1 / sqrt(squares / count + EPSILON)};
}

static bm_real normalized(const struct norm *norm, bm_real x)
{
    return (bm_real)(((double)x - norm->mean) * norm->inverse);
}

static void normalize(const struct bm_call *call, const struct group *group,
                      const struct norm *norm, size_t at)
{
    const bm_real *scale = call->w + group->first, *shift = scale + group->stride;
    const bm_real *x = bm_real_at(call->x[0], at);
    bm_real *y = bm_real_at(call->y, at);
    for (size_t p = 0; p < group->pixels; p++, x += group->stride, y += group->stride)
        for (size_t c = 0; c < group->channels; c++)
            y[c] = scale[c] * normalized(norm, x[c]) + shift[c];
}

static void groupnorm_forward(const struct bm_call *call)
{
    size_t groups = groups_of(call->node), image = bm_shape_size(call->node->out);
#pragma omp parallel for schedule(static) num_threads(call->threads)
    for (size_t i = 0; i < (size_t)call->n * groups; i++) {
        struct group group = group_of(call->node, i % groups);
        size_t at = i / groups * image + group.first;
        struct norm norm = measure(&group, bm_real_at(call->x[0], at));
        normalize(call, &group, &norm, at);
        if (call->mode == BM_TRAIN)
            ((struct norm *)call->saved)[i] = norm;
    }
}

/* Of an image: the sums over its pixels of dy and of dy z, a channel each; z is x normalized. */
static double *sums_of(const struct bm_call *call, size_t image)
{
    return (double *)call->workspace + 2 * image * (size_t)call->node->out.channels;
}

static void sum_pixels(const struct bm_call *call, const struct group *group,
                       const struct norm *norm, size_t at, double *of_dy, double *of_dy_z)
{
    for (size_t c = 0; c < group->channels; c++)
        of_dy[c] = of_dy_z[c] = 0;
    const bm_real *x = bm_real_at(call->x[0], at), *dy = bm_real_at(call->dy, at);
    for (size_t p = 0; p < group->pixels; p++, x += group->stride, dy += group->stride)
        for (size_t c = 0; c < group->channels; c++) {
            of_dy[c] += (double)dy[c];
            of_dy_z[c] += (double)dy[c] * (double)normalized(norm, x[c]);
        }
}

/* dx = inverse (scale dy - mean of scale dy - z times mean of scale dy z). */
static void differentiate(const struct bm_call *call, const struct group *group,
                          const struct norm *norm, size_t at, const double *of_dy,
                          const double *of_dy_z)
{
    const bm_real *scale = call->w + group->first;
    double count = (double)(group->pixels * group->channels), mean = 0, slope = 0;
    for (size_t c = 0; c < group->channels; c++) {
        mean += (double)scale[c] * of_dy[c] / count;
        slope += (double)scale[c] * of_dy_z[c] / count;
    }
    const bm_real *x = bm_real_at(call->x[0], at), *dy = bm_real_at(call->dy, at);
    bm_real *dx = bm_real_at(call->dx[0], at);
    for (size_t p = 0; p < group->pixels;
         p++, x += group->stride, dy += group->stride, dx += group->stride)
        for (size_t c = 0; c < group->channels; c++) {
            double z = (double)normalized(norm, x[c]);
            double d = norm->inverse * ((double)scale[c] * (double)dy[c] - mean - z * slope);
            dx[c] = call->adds[0] ? dx[c] + (bm_real)d : (bm_real)d;
        }
}

static void groupnorm_backward(const struct bm_call *call)
{
    size_t groups = groups_of(call->node), image = bm_shape_size(call->node->out);
    size_t channels = (size_t)call->node->out.channels;
    const struct norm *norms = call->saved;
#pragma omp parallel for schedule(static) num_threads(call->threads)
    for (size_t i = 0; i < (size_t)call->n * groups; i++) {
        struct group group = group_of(call->node, i % groups);
        size_t at = i / groups * image + group.first;
        double *of_dy = sums_of(call, i / groups) + group.first, *of_dy_z = of_dy + channels;
        sum_pixels(call, &group, &norms[i], at, of_dy, of_dy_z);
        if (call->dx[0] != NULL)
            differentiate(call, &group, &norms[i], at, of_dy, of_dy_z);
    }
    for (size_t c = 0; c < channels; c++) {
        double of_dy = 0, of_dy_z = 0;
        for (size_t i = 0; i < (size_t)call->n; i++) {
            of_dy += sums_of(call, i)[c];
            of_dy_z += sums_of(call, i)[channels + c];
        }
        call->dw[c] = (bm_real)of_dy_z;
        call->dw[channels + c] = (bm_real)of_dy;
    }
}

static const struct bm_layer groupnorm_layer = {
    .name = "groupnorm",
    .reads_input = true,
    .gradient_in_place = true,
    .forward = groupnorm_forward,
    .backward = groupnorm_backward,
};

int bm_net_groupnorm(struct bm_net *net, int x, int group_channels, const char *name)
{
    if (x < 0)
        return -1;
    struct bm_shape shape = net->nodes[x].out;
    if (shape.channels % group_channels != 0)
        return bm_fail(net->err, BM_EXIT_DATA,
                       "norm_group_channels: %d does not divide the %d channels of %s",
                       group_channels, shape.channels, name);
    if (group_channels * shape.height * shape.width == 1)
        return bm_fail(net->err, BM_EXIT_DATA,
                       "norm_group_channels: 1 leaves %s one value to normalize; valid: 2 or more",
                       name);
    int added = bm_net_node(net, &groupnorm_layer, 1, &x, shape, sizeof(struct groupnorm));
    if (added < 0)
        return -1;
    struct bm_node *node = &net->nodes[added];
    *(struct groupnorm *)node->detail = (struct groupnorm){group_channels};
    size_t batch = (size_t)net->batch, channels = (size_t)shape.channels;
    node->saved = batch * groups_of(node) * sizeof(struct norm);
    node->workspace = 2 * batch * channels * sizeof(double);
    bm_net_scale_and_shift(net, name, shape.channels);
    return added;
}
