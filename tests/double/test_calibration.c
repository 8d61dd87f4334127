/* Calibration of running statistics against a reference that is written out in plain loops: batches
 * of unequal size, each weighted by its images, with the statistics of the pass the batch's own.
 * (Whole networks are compared with PyTorch in test_networks.c.) */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hash.h"
#include "nn/net.h"

enum { BATCH = 4, IMAGES = 11, SIDE = 5, IN = 2, MAPS = 3, OUT = 6 };
enum { PIXELS = SIDE * SIDE, TAPS = 9 };

/* The network: a 3x3 convolution, a normalization with its ReLU, the mean over the map, a linear
 * layer, and a normalization without scale and bias. Elements are in PyTorch's order. */
static double weight[MAPS][IN][TAPS], scale[MAPS], bias[MAPS], linear[OUT][MAPS];
static double images[IMAGES][PIXELS][IN];

static void fill(double *values, size_t n, uint64_t tensor, double mean)
{
    for (size_t i = 0; i < n; i++)
        values[i] = mean + hash_value(tensor, i);
}

static int fill_all(void **state)
{
    (void)state;
    fill(weight[0][0], MAPS * IN * TAPS, 1, 0);
    fill(scale, MAPS, 2, 1);
    fill(bias, MAPS, 3, 0);
    fill(linear[0], OUT * MAPS, 4, 0);
    fill(images[0][0], IMAGES * PIXELS * IN, 5, 0.3);
    return 0;
}

static struct bm_net *net_of(void)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){SIDE, SIDE, IN}, BATCH, BM_CONV_AUTO, NULL);
    int x = bm_net_batchnorm_relu(net, bm_net_conv(net, 0, MAPS, 3, 1, "conv"), -1, "bn");
    x = bm_net_linear(net, bm_net_global_pool(net, x), OUT, "linear");
    bm_net_batchnorm(net, x, false, "output_bn");
    bm_net_end(net);
    assert_int_equal(bm_net_plan(net, BM_KEEP_GRADIENTS, NULL), 0);
    bm_net_init(net, 1);
    const double *const values[] = {weight[0][0], scale, bias, NULL, NULL, linear[0], NULL, NULL};
    assert_int_equal(bm_net_tensors(net), sizeof values / sizeof *values);
    for (size_t t = 0; t < bm_net_tensors(net); t++)
        if (values[t] != NULL)
            bm_net_tensor_set(net, t, values[t]);
    return net;
}

/* Of both normalizations, as the network keeps them; variances are unbiased. */
struct statistics {
    double mean[MAPS], variance[MAPS], out_mean[OUT], out_variance[OUT];
};
enum { COUNT = sizeof(struct statistics) / sizeof(double) };

/* ---- the reference ---- */

static double convolved(int image, int row, int column, int k)
{
    double sum = 0;
    for (int tap = 0; tap < TAPS; tap++)
        for (int c = 0; c < IN; c++) {
            int h = row + tap / 3 - 1, w = column + tap % 3 - 1;
            if (h >= 0 && h < SIDE && w >= 0 && w < SIDE)
                sum += weight[k][c][tap] * images[image][h * SIDE + w][c];
        }
    return sum;
}

/* Normalizes n values that are `step` apart. */
static void normalize(double *values, int n, int step, double *mean, double *variance)
{
    double squares = 0;
    *mean = 0;
    for (int i = 0; i < n; i++)
        *mean += values[i * step] / n;
    for (int i = 0; i < n; i++)
        squares += pow(values[i * step] - *mean, 2);
    *variance = squares / (n - 1);
    for (int i = 0; i < n; i++)
        values[i * step] = (values[i * step] - *mean) / sqrt(squares / n + 1e-5);
}

/* Statistics and outputs of images first ... first+n-1 as a batch. */
static struct statistics reference(int first, int n, double output[BATCH][OUT])
{
    struct statistics batch;
    double pooled[BATCH][MAPS] = {0}, map[BATCH * PIXELS];
    for (int k = 0; k < MAPS; k++) {
        for (int i = 0; i < n * PIXELS; i++)
            map[i] = convolved(first + i / PIXELS, i % PIXELS / SIDE, i % SIDE, k);
        normalize(map, n * PIXELS, 1, &batch.mean[k], &batch.variance[k]);
        for (int i = 0; i < n * PIXELS; i++)
            pooled[i / PIXELS][k] += fmax(scale[k] * map[i] + bias[k], 0) / PIXELS;
    }
    for (int k = 0; k < OUT; k++) {
        for (int i = 0; i < n; i++) {
            output[i][k] = 0;
            for (int c = 0; c < MAPS; c++)
                output[i][k] += linear[k][c] * pooled[i][c];
        }
        normalize(&output[0][k], n, OUT, &batch.out_mean[k], &batch.out_variance[k]);
    }
    return batch;
}

/* ---- the tests ---- */

static void expect(const double *got, const double *expected, int n, const char *what)
{
    for (int i = 0; i < n; i++)
        if (!(fabs(got[i] - expected[i]) < 1e-12))
            fail_msg("%s %d: %.15g, expected %.15g", what, i, got[i], expected[i]);
}

static void add_batch(double sum[COUNT], const struct statistics *batch, double part)
{
    for (int i = 0; i < COUNT; i++)
        sum[i] += part * ((const double *)batch)[i];
}

/* Batches of 4, 4 and 3 images, twice: a reset begins anew. */
static void statistics_are_averages_over_batches(void **state)
{
    (void)state;
    struct bm_net *net = net_of();
    assert_int_equal(bm_net_statistics(net), COUNT);
    for (int pass = 0; pass < 2; pass++) {
        double expected[COUNT] = {0}, output[BATCH][OUT];
        bm_net_reset_statistics(net);
        for (int first = 0, n; first < IMAGES; first += n) {
            n = IMAGES - first < BATCH ? IMAGES - first : BATCH;
            struct statistics batch = reference(first, n, output);
            add_batch(expected, &batch, (double)n / IMAGES);
            expect(bm_net_forward(net, images[first][0], n, BM_CALIBRATE), output[0], n * OUT,
                   "output");
        }
        expect(bm_net_statistics_data(net), expected, COUNT, "statistic");
    }
    bm_net_free(net);
}

/* One image leaves the last normalization, of vectors, one value a channel. */
static void a_batch_without_variance_is_left_out(void **state)
{
    (void)state;
    struct bm_net *net = net_of();
    double expected[COUNT] = {0}, output[BATCH][OUT];
    struct statistics four = reference(0, 4, output), one = reference(4, 1, output);
    bm_net_reset_statistics(net);
    bm_net_forward(net, images[0][0], 4, BM_CALIBRATE);
    bm_net_forward(net, images[4][0], 1, BM_CALIBRATE);
    add_batch(expected, &four, 0.8);
    add_batch(expected, &one, 0.2);
    memcpy(&expected[2 * MAPS], four.out_mean, 2 * OUT * sizeof *expected);
    expect(bm_net_statistics_data(net), expected, COUNT, "statistic");
    bm_net_free(net);
}

/* Calibration changes running statistics and nothing else, and they can be kept and put back. */
static void statistics_can_be_put_back(void **state)
{
    (void)state;
    struct bm_net *net = net_of();
    size_t parameter_bytes = bm_net_parameters(net) * sizeof(double);
    double kept[COUNT], before[BATCH * OUT], *parameters = malloc(parameter_bytes);
    memcpy(parameters, bm_net_parameter_data(net), parameter_bytes);
    bm_net_forward(net, images[0][0], BATCH, BM_TRAIN);
    memcpy(before, bm_net_forward(net, images[4][0], BATCH, BM_EVAL), sizeof before);
    memcpy(kept, bm_net_statistics_data(net), sizeof kept);
    bm_net_reset_statistics(net);
    bm_net_forward(net, images[1][0], BATCH, BM_CALIBRATE);
    const double *calibrated = bm_net_forward(net, images[4][0], BATCH, BM_EVAL);
    assert_memory_not_equal(calibrated, before, sizeof before);
    assert_memory_equal(bm_net_parameter_data(net), parameters, parameter_bytes);
    memcpy(bm_net_statistics_data(net), kept, sizeof kept);
    assert_memory_equal(bm_net_forward(net, images[4][0], BATCH, BM_EVAL), before, sizeof before);
    free(parameters);
    bm_net_free(net);
}

static void assert_equal_statistics(struct bm_net *a, struct bm_net *b)
{
    assert_memory_equal(bm_net_statistics_data(a), bm_net_statistics_data(b),
                        COUNT * sizeof(double));
}

/* After a calibration and a reset, or a new beginning, training and calibration go as if nothing
 * had been. */
static void a_reset_is_the_beginning(void **state)
{
    (void)state;
    for (int is_reset = 0; is_reset < 2; is_reset++)
        for (int mode = BM_TRAIN; mode <= BM_CALIBRATE; mode++) {
            struct bm_net *net = net_of(), *fresh = net_of();
            bm_net_init(net, 1);
            bm_net_init(fresh, 1);
            bm_net_forward(net, images[0][0], BATCH, BM_CALIBRATE);
            if (is_reset)
                bm_net_reset_statistics(net);
            else
                bm_net_init(net, 1);
            assert_equal_statistics(net, fresh);
            bm_net_forward(net, images[4][0], BATCH, (enum bm_mode)mode);
            bm_net_forward(fresh, images[4][0], BATCH, (enum bm_mode)mode);
            assert_equal_statistics(net, fresh);
            bm_net_free(net);
            bm_net_free(fresh);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_averages_over_batches),
        cmocka_unit_test(a_batch_without_variance_is_left_out),
        cmocka_unit_test(statistics_can_be_put_back),
        cmocka_unit_test(a_reset_is_the_beginning),
    };
    return cmocka_run_group_tests(tests, fill_all, NULL);
}
