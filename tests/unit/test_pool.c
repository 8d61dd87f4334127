/* Average pooling of taps: the bits of the plain sum in double, on every instruction set and with
 * any number of threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "hash.h"
#include "nn/net.h"

enum { MOST_CHANNELS = 67, HEIGHT = 5, WIDTH = 7 };

static float image[HEIGHT * WIDTH * MOST_CHANNELS], vectors[3][MOST_CHANNELS];

static void fill(float *values, size_t n, uint64_t tensor, float mean)
{
    for (size_t i = 0; i < n; i++)
        values[i] = mean + (float)hash_value(tensor, i);
}

/* One channel; norm NULL: as it is. */
static float plain_mean(const struct bm_pixels *window, const struct bm_norm *norm, const float *x,
                        size_t c)
{
    double sum = 0;
    for (size_t h = 0; h < (size_t)window->height; h++)
        for (size_t w = 0; w < (size_t)window->width; w++) {
            float value = x[(h * window->row + w) * (size_t)window->channels + c];
            if (norm != NULL)
                value = (value - norm->shift[c]) * norm->factor[c] + norm->bias[c];
            if (norm != NULL && norm->has_relu && value < 0)
                value = 0;
            sum += (double)value;
        }
    return (float)(sum / ((double)window->height * window->width));
}

static void check_window(const struct bm_pixels *window, const struct bm_norm *norm)
{
    float mean[MOST_CHANNELS + 1];
    size_t channels = (size_t)window->channels;
    mean[channels] = 42;
    bm_kernels()->pool_mean(window, norm, image, mean);
    for (size_t c = 0; c < channels; c++) {
        float expected = plain_mean(window, norm, image, c);
        if (memcmp(&mean[c], &expected, sizeof expected) != 0)
            fail_msg("%s, %zu channels, channel %zu: %a, not %a", bm_isa(), channels, c,
                     (double)mean[c], (double)expected);
    }
    assert_true(mean[channels] == 42);
}

static void means_have_the_bits_of_the_plain_sum(void **state)
{
    (void)state;
    fill(image, sizeof image / sizeof *image, 1, 0.2f);
    for (int v = 0; v < 3; v++)
        fill(vectors[v], MOST_CHANNELS, 2 + (uint64_t)v, 0);
    image[3] = NAN;
    struct bm_norm norm = {.shift = vectors[0], .factor = vectors[1], .bias = vectors[2]};
    struct bm_norm norm_relu = norm;
    norm_relu.has_relu = true;
    const struct bm_norm *norms[] = {NULL, &norm, &norm_relu};
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (int channels = 1; channels <= MOST_CHANNELS; channels++)
            for (int n = 0; n < 3; n++) {
                struct bm_pixels window = {
                    .images = 1, .height = 1, .width = 1, .channels = channels, .row = WIDTH};
                check_window(&window, norms[n]);
                window.height = HEIGHT;
                window.width = WIDTH - 1;
                check_window(&window, norms[n]);
            }
    }
}

enum { BATCH = 7 };

/* Features of a tap behind a normalization that its reader does. */
static void take_features(int threads, int pool, float *features, size_t n)
{
    struct bm_net *net = bm_net_begin((struct bm_shape){9, 10, 3}, BATCH, BM_CONV_AUTO, NULL);
    int x = bm_net_batchnorm_relu(net, bm_net_conv(net, 0, 19, 3, 1, "a"), -1, "a_bn");
    bm_net_tap(net, x, "tap");
    bm_net_conv(net, x, 4, 3, 1, "b");
    bm_net_end(net);
    assert_true(net->nodes[x].is_read_raw);
    assert_int_equal(bm_net_plan(net, BM_UPDATE_AT_ONCE, NULL), 0);
    bm_net_init(net, 1);
    float images[BATCH * 9 * 10 * 3];
    fill(images, sizeof images / sizeof *images, 9, 0);
    bm_net_forward(net, images, BATCH, BM_EVAL);
    net->threads = threads; /* of the taps alone: products differ in their last bits */
    size_t dimension = bm_net_tap_dimension(net, 0, pool);
    assert_int_equal(dimension, n);
    bm_net_tap_features(net, 0, pool, BATCH, features, dimension);
    bm_net_free(net);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    enum { POOL = 4, DIMENSION = POOL * POOL * 19 };
    static float alone[BATCH * DIMENSION], shared[BATCH * DIMENSION];
    take_features(1, POOL, alone, DIMENSION);
    for (int threads = 2; threads <= BATCH + 1; threads += 3) {
        memset(shared, 0xff, sizeof shared);
        take_features(threads, POOL, shared, DIMENSION);
        assert_memory_equal(alone, shared, sizeof alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_have_the_bits_of_the_plain_sum),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
