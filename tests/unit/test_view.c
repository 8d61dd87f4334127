/* Views: each step against torchvision's (tests/reference/augment_golden.py), the distributions of
 * drawn parameters against what they are meant to be, and that copies are pure functions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/view.h"
#include "view_case.h"

enum { MAX_SIDE = 40, MAX_VALUES = 3 * MAX_SIDE * MAX_SIDE, N_DRAWS = 100000 };

static struct bm_config config_of_defaults(void)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    return config;
}

static struct bm_viewer viewer_of(const struct bm_config *config, int height, int width)
{
    struct bm_viewer viewer;
    struct bm_err err = {0};
    struct bm_image_shape stored = {3, height, width};
    if (bm_viewer_init(&viewer, config, stored, &err) != 0)
        fail_msg("%s", err.text);
    return viewer;
}

/* ---- goldens ---- */

static bool read_case(FILE *file, int *height, int *width, int *size, struct bm_view_parameters *p)
{
    int n = fscanf(file, "%d %d %d", height, width, size);
    if (n != EOF)
        assert_int_equal(n + read_view_parameters(file, p), 18);
    return n != EOF;
}

static void steps_agree_with_torchvision(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/augment.txt", "r");
    assert_non_null(file);
    struct bm_view_parameters p = {0};
    int height, width, size, n_cases = 0;
    for (; read_case(file, &height, &width, &size, &p); n_cases++) {
        struct bm_config config = config_of_defaults();
        config.image_size = size;
        struct bm_viewer viewer = viewer_of(&config, height, width);
        unsigned char pixels[MAX_VALUES];
        float view[MAX_VALUES];
        stored_image((struct bm_image_shape){3, height, width}, pixels);
        bm_view_make(&viewer, pixels, &p, view);
        for (int i = 0; i < 3 * size * size; i++) {
            double millionths;
            assert_int_equal(fscanf(file, "%lf", &millionths), 1);
            if (!(fabs((double)view[i] - millionths * 1e-6) < 1e-5))
                fail_msg("case %d: value %d is %.7f, torchvision's %.6f", n_cases + 1, i,
                         (double)view[i], millionths * 1e-6);
        }
        bm_viewer_fini(&viewer);
    }
    assert_int_equal(n_cases, 56);
    fclose(file);
}

static void plain_views(void **state)
{
    (void)state;
    static const int sizes[] = {0, 20, 40};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct bm_config config = config_of_defaults();
        config.image_size = sizes[s];
        struct bm_viewer viewer = viewer_of(&config, 32, 32);
        assert_int_equal(viewer.size, sizes[s] == 0 ? 32 : sizes[s]);
        unsigned char pixels[MAX_VALUES];
        float plain[MAX_VALUES], made[MAX_VALUES];
        stored_image((struct bm_image_shape){3, 32, 32}, pixels);
        bm_view_plain(&viewer, pixels, plain);
        struct bm_view_parameters nothing = {.crop_height = 32, .crop_width = 32};
        bm_view_make(&viewer, pixels, &nothing, made);
        assert_memory_equal(plain, made, (size_t)(3 * viewer.size * viewer.size) * sizeof *plain);
        for (int i = 0; sizes[s] == 0 && i < 3 * 32 * 32; i++)
            assert_true(plain[i] == (float)pixels[i] / 255);
        bm_viewer_fini(&viewer);
    }
}

static void values_stay_in_bounds(void **state)
{
    (void)state;
    unsigned char pixels[MAX_VALUES];
    float view[MAX_VALUES];
    memset(pixels, 255, sizeof pixels);
    for (int white = 0; white < 2; white++) {
        for (int size = 20; size <= 40; size += 20) {
            struct bm_config config = config_of_defaults();
            config.image_size = size;
            struct bm_viewer viewer = viewer_of(&config, 32, 32);
            for (uint32_t copy = 0; copy < 1000; copy++) {
                bm_view_copy(&viewer, pixels, 0, copy, view);
                for (int i = 0; i < 3 * size * size; i++)
                    if (!(view[i] >= 0 && view[i] <= 1))
                        fail_msg("copy %u: value %d is %.9g", copy, i, (double)view[i]);
            }
            bm_viewer_fini(&viewer);
        }
        stored_image((struct bm_image_shape){3, 32, 32}, pixels);
    }
}

/* ---- distributions ---- */

static void draw_one(const struct bm_viewer *viewer, uint64_t copy, struct bm_view_parameters *p)
{
    struct bm_random stream = bm_random_of(42, BM_RANDOM_VIEW, 7, copy);
    bm_view_draw(viewer, &stream, p);
}

/* What boxes should be: the share of each (height, width), by integration over area and ratio. */
static void expect_boxes(const struct bm_config *config, int height, int width,
                         const int fallback[2], double share[MAX_SIDE + 1][MAX_SIDE + 1])
{
    enum { STEPS = 1500 };
    double accepted = 0, log_ratio = log(config->crop_ratio_max);
    memset(share, 0, sizeof(double[MAX_SIDE + 1][MAX_SIDE + 1]));
    for (int i = 0; i < STEPS; i++)
        for (int j = 0; j < STEPS; j++) {
            double scale = config->crop_scale_min +
                           (config->crop_scale_max - config->crop_scale_min) * (i + 0.5) / STEPS;
            double half_log = log_ratio * ((j + 0.5) / STEPS - 0.5);
            double side = sqrt(scale * height * width);
            double h = nearbyint(side * exp(-half_log)), w = nearbyint(side * exp(half_log));
            if (h >= 1 && h <= height && w >= 1 && w <= width) {
                share[(int)h][(int)w] += 1.0 / STEPS / STEPS;
                accepted += 1.0 / STEPS / STEPS;
            }
        }
    double all_refused = pow(1 - accepted, 10);
    for (int h = 1; h <= height; h++)
        for (int w = 1; w <= width; w++)
            share[h][w] *= accepted > 0 ? (1 - all_refused) / accepted : 0;
    share[fallback[0]][fallback[1]] += all_refused;
}

static void boxes_are_distributed_as_meant(void **state)
{
    (void)state;
    static const struct {
        int height, width;
        double scale_min, scale_max, ratio_max;
        int fallback[2]; /* height, width */
    } cases[] = {
        {32, 32, 0.08, 1, 4.0 / 3, {32, 32}}, {32, 32, 0.95, 1, 2, {32, 32}},
        {32, 32, 0.5, 0.5, 1, {32, 32}},      {10, 40, 0.3, 1, 4.0 / 3, {10, 13}},
        {40, 10, 0.5, 1, 1.25, {12, 10}}, /* 12.5 rounds to even */
        {40, 10, 0.3, 0.9, 1.0, {10, 10}},
    };
    static double share[MAX_SIDE + 1][MAX_SIDE + 1];
    static int count[MAX_SIDE + 1][MAX_SIDE + 1];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct bm_config config = config_of_defaults();
        config.crop_scale_min = cases[c].scale_min;
        config.crop_scale_max = cases[c].scale_max;
        config.crop_ratio_max = cases[c].ratio_max;
        int height = cases[c].height, width = cases[c].width;
        expect_boxes(&config, height, width, cases[c].fallback, share);
        struct bm_viewer viewer = viewer_of(&config, height, width);
        memset(count, 0, sizeof count);
        for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
            struct bm_view_parameters p;
            draw_one(&viewer, copy, &p);
            assert_in_range(p.crop_height, 1, height);
            assert_in_range(p.crop_width, 1, width);
            count[p.crop_height][p.crop_width]++;
        }
        for (int h = 1; h <= height; h++)
            for (int w = 1; w <= width; w++) {
                double expected = N_DRAWS * share[h][w];
                /* Five standard errors, and the error of the integration. */
                double margin = 5 * sqrt(expected + 1) + 0.02 * expected;
                if (!(fabs(count[h][w] - expected) <= margin))
                    fail_msg("case %zu: %d boxes of %dx%d, expected %.1f", c, count[h][w], h, w,
                             expected);
            }
        bm_viewer_fini(&viewer);
    }
}

static void boxes_lie_anywhere(void **state)
{
    (void)state;
    struct bm_config config = config_of_defaults();
    struct bm_viewer viewer = viewer_of(&config, 32, 32);
    double top = 0, left = 0, at_top = 0, at_left = 0, at_bottom = 0, expect_top = 0,
           expect_left = 0;
    for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
        struct bm_view_parameters p;
        draw_one(&viewer, copy, &p);
        int rows = 33 - p.crop_height, columns = 33 - p.crop_width;
        assert_in_range(p.crop_top, 0, rows - 1);
        assert_in_range(p.crop_left, 0, columns - 1);
        top += (p.crop_top + 0.5) / rows;
        left += (p.crop_left + 0.5) / columns;
        at_top += p.crop_top == 0;
        at_bottom += p.crop_top == rows - 1;
        at_left += p.crop_left == 0;
        expect_top += 1.0 / rows;
        expect_left += 1.0 / columns;
    }
    bm_viewer_fini(&viewer);
    double margin = 5 / sqrt(12.0 * N_DRAWS);
    assert_true(fabs(top / N_DRAWS - 0.5) < margin);
    assert_true(fabs(left / N_DRAWS - 0.5) < margin);
    assert_true(fabs(at_top - expect_top) < 5 * sqrt(expect_top));
    assert_true(fabs(at_bottom - expect_top) < 5 * sqrt(expect_top));
    assert_true(fabs(at_left - expect_left) < 5 * sqrt(expect_left));
}

static void assert_share(double count, double p)
{
    double share = count / N_DRAWS;
    if (!(fabs(share - p) <= 5 * sqrt(p * (1 - p) / N_DRAWS)))
        fail_msg("a share of %g, expected %g", share, p);
}

static void flags_have_their_probability(void **state)
{
    (void)state;
    static const double cases[][3] = {{0.5, 0.8, 0.2}, {0, 0, 0}, {1, 1, 1}, {0.1, 0.3, 0.7}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const double *p = cases[c];
        struct bm_config config = config_of_defaults();
        config.flip_p = p[0];
        config.jitter_p = p[1];
        config.grayscale_p = p[2];
        struct bm_viewer viewer = viewer_of(&config, 32, 32);
        int flip = 0, jitter = 0, gray = 0, flip_jitter = 0, jitter_gray = 0, flip_gray = 0;
        for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
            struct bm_view_parameters v;
            draw_one(&viewer, copy, &v);
            flip += v.flip;
            jitter += v.jitter;
            gray += v.grayscale;
            flip_jitter += v.flip && v.jitter;
            jitter_gray += v.jitter && v.grayscale;
            flip_gray += v.flip && v.grayscale;
        }
        bm_viewer_fini(&viewer);
        assert_share(flip, p[0]);
        assert_share(jitter, p[1]);
        assert_share(gray, p[2]);
        assert_share(flip_jitter, p[0] * p[1]);
        assert_share(jitter_gray, p[1] * p[2]);
        assert_share(flip_gray, p[0] * p[2]);
    }
}

/* Counts in tenths of the interval, each of which is as likely. */
static void count_tenth(int tenths[10], double value, double low, double high)
{
    assert_true(value >= low && value <= high);
    int tenth = (int)(10 * (value - low) / (high - low));
    tenths[tenth == 10 ? 9 : tenth]++;
}

static void jitter_is_uniform(void **state)
{
    (void)state;
    struct bm_config config = config_of_defaults();
    config.jitter_contrast = 0.5;
    config.jitter_saturation = 1;
    struct bm_viewer viewer = viewer_of(&config, 32, 32);
    int orders[256] = {0}, tenths[4][10] = {0};
    for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
        struct bm_view_parameters p;
        draw_one(&viewer, copy, &p);
        const int *order = p.jitter_order;
        orders[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
        const double slack = 1e-7; /* the parameters are floats */
        count_tenth(tenths[0], (double)p.brightness, 0.2 - slack, 1.8 + slack);
        count_tenth(tenths[1], (double)p.contrast, 0.5 - slack, 1.5 + slack);
        count_tenth(tenths[2], (double)p.saturation, 0, 2);
        count_tenth(tenths[3], (double)p.hue, -0.2 - slack, 0.2 + slack);
    }
    bm_viewer_fini(&viewer);
    int seen = 0;
    for (int o = 0; o < 256; o++)
        if (orders[o] > 0) {
            assert_share(orders[o], 1.0 / 24);
            seen++;
        }
    assert_int_equal(seen, 24);
    for (int f = 0; f < 4; f++)
        for (int t = 0; t < 10; t++)
            assert_share(tenths[f][t], 0.1);
}

/* ---- which view ---- */

static void a_setting_shifts_no_other_step(void **state)
{
    (void)state;
    struct bm_config config = config_of_defaults(), changed = config;
    changed.crop_scale_min = 0.9; /* more tries */
    changed.flip_p = 0.1;
    changed.jitter_brightness = 0.1;
    struct bm_viewer viewer = viewer_of(&config, 32, 32), other = viewer_of(&changed, 32, 32);
    for (uint64_t copy = 0; copy < 100; copy++) {
        struct bm_view_parameters a, b;
        draw_one(&viewer, copy, &a);
        draw_one(&other, copy, &b);
        assert_int_equal(a.jitter, b.jitter);
        assert_memory_equal(a.jitter_order, b.jitter_order, sizeof a.jitter_order);
        assert_true(a.contrast == b.contrast && a.hue == b.hue);
        assert_true(a.saturation == b.saturation);
        assert_int_equal(a.grayscale, b.grayscale);
    }
    bm_viewer_fini(&viewer);
    bm_viewer_fini(&other);
}

enum { VIEW_BYTES = 3 * 32 * 32 * sizeof(float), N_COPIES = 40 };

/* Copies 0 … N_COPIES-1 of image 3, made in another order with unrelated views between them. */
static void make_copies(float copies[N_COPIES][3 * 32 * 32], const unsigned char *pixels)
{
    struct bm_config config = config_of_defaults();
    struct bm_viewer viewer = viewer_of(&config, 32, 32);
    for (int j = N_COPIES - 1; j >= 0; j--) {
        bm_view_copy(&viewer, pixels, 3, (uint64_t)j, copies[j]);
        float other[3 * 32 * 32];
        bm_view_copy(&viewer, pixels, 4, (uint64_t)j, other);
        assert_memory_not_equal(other, copies[j], VIEW_BYTES);
    }
    for (int j = 1; j < N_COPIES; j++)
        assert_memory_not_equal(copies[j - 1], copies[j], VIEW_BYTES);
    bm_viewer_fini(&viewer);
}

static int which_copy(float copies[N_COPIES][3 * 32 * 32], const float *view)
{
    for (int j = 0; j < N_COPIES; j++)
        if (memcmp(copies[j], view, VIEW_BYTES) == 0)
            return j;
    return -1;
}

static void visits_see_the_copies_of_their_pool(void **state)
{
    (void)state;
    static float copies[N_COPIES][3 * 32 * 32];
    unsigned char pixels[3 * 32 * 32];
    float view[3 * 32 * 32];
    stored_image((struct bm_image_shape){3, 32, 32}, pixels);
    make_copies(copies, pixels);
    for (int k = 1; k <= 4; k++) {
        struct bm_config config = config_of_defaults();
        config.diversity = k;
        struct bm_viewer viewer = viewer_of(&config, 32, 32);
        int train[4] = {0}, fit[4] = {0}, same = 0;
        for (int64_t epoch = 1; epoch <= 400; epoch++) {
            bm_view_train(&viewer, pixels, 3, epoch, view);
            int of_train = which_copy(copies, view);
            bm_view_fit(&viewer, pixels, 3, epoch, view);
            int of_fit = which_copy(copies, view);
            assert_in_range(of_train, 0, k - 1);
            assert_in_range(of_fit, 0, k - 1);
            train[of_train]++;
            fit[of_fit]++;
            same += of_train == of_fit;
        }
        for (int j = 0; j < k; j++) {
            assert_true(fabs(train[j] - 400.0 / k) <= 5 * sqrt(400.0 / k));
            assert_true(fabs(fit[j] - 400.0 / k) <= 5 * sqrt(400.0 / k));
        }
        assert_true(k == 1 || same < 300); /* two streams */
        bm_viewer_fini(&viewer);
    }
}

static void endless_diversity_is_new_at_each_visit(void **state)
{
    (void)state;
    static float copies[N_COPIES][3 * 32 * 32];
    unsigned char pixels[3 * 32 * 32];
    float view[3 * 32 * 32], before[3 * 32 * 32];
    stored_image((struct bm_image_shape){3, 32, 32}, pixels);
    make_copies(copies, pixels);
    struct bm_config config = config_of_defaults();
    struct bm_viewer viewer = viewer_of(&config, 32, 32);
    memset(before, 0, sizeof before);
    for (int64_t epoch = 0; epoch < N_COPIES; epoch++) {
        bm_view_train(&viewer, pixels, 3, epoch, view);
        assert_int_equal(which_copy(copies, view), epoch);
        bm_view_fit(&viewer, pixels, 3, epoch, view);
        assert_int_equal(which_copy(copies, view), -1);
        assert_memory_not_equal(view, before, VIEW_BYTES);
        memcpy(before, view, VIEW_BYTES);
    }
    config.seed = 43; /* the viewer reads it: the same copy of another seed is another */
    bm_view_copy(&viewer, pixels, 3, 5, view);
    assert_int_equal(which_copy(copies, view), -1);
    bm_viewer_fini(&viewer);
}

static void no_diversity_is_the_plain_image(void **state)
{
    (void)state;
    unsigned char pixels[3 * 32 * 32];
    float view[3 * 32 * 32], plain[3 * 32 * 32];
    stored_image((struct bm_image_shape){3, 32, 32}, pixels);
    struct bm_config config = config_of_defaults();
    config.diversity = 0;
    struct bm_viewer viewer = viewer_of(&config, 32, 32);
    bm_view_plain(&viewer, pixels, plain);
    for (int64_t epoch = 0; epoch < 5; epoch++) {
        bm_view_train(&viewer, pixels, 3, epoch, view);
        assert_memory_equal(view, plain, VIEW_BYTES);
        bm_view_fit(&viewer, pixels, 3, epoch, view);
        assert_memory_equal(view, plain, VIEW_BYTES);
    }
    bm_viewer_fini(&viewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_agree_with_torchvision),
        cmocka_unit_test(plain_views),
        cmocka_unit_test(values_stay_in_bounds),
        cmocka_unit_test(boxes_are_distributed_as_meant),
        cmocka_unit_test(boxes_lie_anywhere),
        cmocka_unit_test(flags_have_their_probability),
        cmocka_unit_test(jitter_is_uniform),
        cmocka_unit_test(a_setting_shifts_no_other_step),
        cmocka_unit_test(visits_see_the_copies_of_their_pool),
        cmocka_unit_test(endless_diversity_is_new_at_each_visit),
        cmocka_unit_test(no_diversity_is_the_plain_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
