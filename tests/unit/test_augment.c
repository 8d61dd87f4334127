/* The members of policies that test_view.c does not have, against torchvision's
 * (tests/reference/augment_members_golden.py), and the distributions of what they draw. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/policy.h"
#include "bm/view.h"
#include "view_case.h"

enum { MOST_VALUES = 3 * 32 * 32, N_DRAWS = 100000, OPERATIONS = 14 };

static struct bm_config config_of(const char *augment)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    snprintf(config.augment, sizeof config.augment, "%s", augment);
    return config;
}

static struct bm_viewer viewer_of(const struct bm_config *config, struct bm_image_shape stored)
{
    struct bm_viewer viewer;
    struct bm_err err = {0};
    if (bm_viewer_init(&viewer, config, stored, &err) != 0)
        fail_msg("%s", err.text);
    return viewer;
}

/* ---- goldens ---- */

struct view_case {
    struct bm_image_shape stored;
    int size;
    char policy[64];
    struct bm_view_parameters p;
};

static bool read_case(FILE *file, struct view_case *one)
{
    struct bm_view_parameters *p = &one->p;
    *one = (struct view_case){.size = 0};
    if (fscanf(file, "%d %d %d %d %63s", &one->stored.channels, &one->stored.height,
               &one->stored.width, &one->size, one->policy) != 5)
        return false;
    assert_int_equal(read_view_parameters(file, p), 15);
    assert_int_equal(fscanf(file, "%d %lf %d %d %d %f %d %d %d %d %d", &p->vertical_flip,
                            &p->affine_angle, &p->affine_x, &p->affine_y, &p->blur, &p->blur_sigma,
                            &p->erasing_top, &p->erasing_left, &p->erasing_height,
                            &p->erasing_width, &p->n_operations),
                     11);
    for (int i = 0; i < p->n_operations; i++)
        assert_int_equal(
            fscanf(file, "%d %f", &p->operations[i].number, &p->operations[i].magnitude), 2);
    return true;
}

/* Operations of RandAugment that move pixels. */
static bool moves_pixels(const struct view_case *one)
{
    int number = one->p.operations[0].number;
    return strcmp(one->policy, "affine") == 0 ||
           (strcmp(one->policy, "randaugment") == 0 && number >= 1 && number <= 5);
}

static void members_agree_with_torchvision(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/augment_members.txt", "r");
    assert_non_null(file);
    struct view_case one;
    int n_cases = 0, n_moved = 0, n_others = 0;
    for (; read_case(file, &one); n_cases++) {
        struct bm_config config = config_of(one.policy);
        unsigned char pixels[MOST_VALUES];
        float view[MOST_VALUES];
        config.image_size = one.size;
        struct bm_viewer viewer = viewer_of(&config, one.stored);
        stored_image(one.stored, pixels);
        bm_view_make(&viewer, pixels, &one.p, view);
        bm_viewer_fini(&viewer);
        int values = one.stored.channels * one.size * one.size, differ = 0;
        for (int i = 0; i < values; i++) {
            double millionths;
            assert_int_equal(fscanf(file, "%lf", &millionths), 1);
            bool agrees = fabs((double)view[i] - millionths * 1e-6) < 1e-5;
            differ += !agrees;
            if (!agrees && !moves_pixels(&one))
                fail_msg("case %d (%s %d): value %d is %.7f, torchvision's %.6f", n_cases + 1,
                         one.policy, one.p.operations[0].number, i, (double)view[i],
                         millionths * 1e-6);
        }
        n_moved += moves_pixels(&one) ? values : 0;
        n_others += differ;
    }
    fclose(file);
    assert_int_equal(n_cases, 164);
    if (!(n_others <= 0.001 * n_moved))
        fail_msg("%d of %d moved pixels are others than torchvision's", n_others, n_moved);
}

/* ---- distributions ---- */

static void draw_one(const struct bm_viewer *viewer, uint64_t copy, struct bm_view_parameters *p)
{
    struct bm_random stream = bm_random_of(42, BM_RANDOM_VIEW, 7, copy);
    bm_view_draw(viewer, &stream, p);
}

static void assert_share(double count, double p)
{
    double share = count / N_DRAWS;
    if (!(fabs(share - p) <= 5 * sqrt(p * (1 - p) / N_DRAWS)))
        fail_msg("a share of %g, expected %g", share, p);
}

static void count_tenth(int tenths[10], double value, double low, double high)
{
    const double slack = 1e-6; /* the parameter may be a float */
    assert_true(value >= low - slack && value <= high + slack);
    int tenth = (int)(10 * (value - low) / (high - low));
    tenths[tenth < 0 ? 0 : tenth > 9 ? 9 : tenth]++;
}

static void flags_have_their_probability(void **state)
{
    (void)state;
    static const double cases[][3] = {{0.5, 0.3, 0.5}, {0, 0, 0}, {1, 1, 1}, {0.1, 0.7, 0.2}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const double *p = cases[c];
        struct bm_config config = config_of("vertical_flip,blur,erasing,flip");
        config.vertical_flip_p = p[0];
        config.blur_p = p[1];
        config.erasing_p = p[2];
        struct bm_viewer viewer = viewer_of(&config, (struct bm_image_shape){3, 32, 32});
        int flip = 0, blur = 0, erased = 0, both[3] = {0}, flips = 0;
        for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
            struct bm_view_parameters v;
            draw_one(&viewer, copy, &v);
            bool erases = v.erasing_height > 0;
            flip += v.vertical_flip;
            blur += v.blur;
            erased += erases;
            both[0] += v.vertical_flip && v.blur;
            both[1] += v.blur && erases;
            both[2] += v.vertical_flip && erases;
            flips += v.flip && v.vertical_flip;
        }
        bm_viewer_fini(&viewer);
        assert_share(flip, p[0]);
        assert_share(blur, p[1]);
        assert_share(erased, p[2]);
        assert_share(both[0], p[0] * p[1]);
        assert_share(both[1], p[1] * p[2]);
        assert_share(both[2], p[0] * p[2]);
        assert_share(flips, 0.5 * p[0]);
    }
}

static void defaults_are_those_of_the_protocol(void **state)
{
    (void)state;
    const struct bm_config c = config_of("most_difficult");
    assert_true(c.vertical_flip_p == 0.5 && c.affine_rotation == 180);
    assert_true(c.affine_translation == 0.2 && c.blur_p == 0.3);
    assert_true(c.blur_sigma_min == 0.1 && c.blur_sigma_max == 2 && c.erasing_p == 0.5);
    assert_true(c.erasing_scale_min == 0.02 && c.erasing_scale_max == 0.33);
    assert_true(c.erasing_ratio_min == 0.3 && c.erasing_ratio_max == 3.3);
    assert_string_equal(bm_policy_members("isometry"), "flip,affine");
    assert_string_equal(bm_policy_members("full_rotations"), "crop,flip,affine,jitter,grayscale");
    assert_string_equal(bm_policy_members("most_difficult"),
                        "crop,flip,vertical_flip,affine,jitter,blur,grayscale,erasing");
}

/* Strengths are uniform; shifts are rounded. */
static void strengths_are_uniform(void **state)
{
    (void)state;
    enum { SIDE = 30, MOST = 40 };
    struct bm_config config = config_of("affine,blur");
    config.affine_rotation = 70;
    config.affine_translation = 0.25; /* 7.5 pixels */
    config.blur_sigma_min = 0.5;
    struct bm_viewer viewer = viewer_of(&config, (struct bm_image_shape){1, SIDE, SIDE});
    int angles[10] = {0}, sigmas[10] = {0}, x[2 * MOST + 1] = {0}, y[2 * MOST + 1] = {0};
    int same = 0;
    for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
        struct bm_view_parameters p;
        draw_one(&viewer, copy, &p);
        count_tenth(angles, p.affine_angle, 0, 70);
        count_tenth(sigmas, (double)p.blur_sigma, 0.5, 2);
        assert_in_range(p.affine_x + MOST, 0, 2 * MOST);
        assert_in_range(p.affine_y + MOST, 0, 2 * MOST);
        x[p.affine_x + MOST]++;
        y[p.affine_y + MOST]++;
        same += p.affine_x == p.affine_y;
    }
    bm_viewer_fini(&viewer);
    for (int t = 0; t < 10; t++) {
        assert_share(angles[t], 0.1);
        assert_share(sigmas[t], 0.1);
    }
    for (int shift = -MOST; shift <= MOST; shift++) {
        /* The part of [-7.5, 7.5) that rounds to it. */
        double low = fmax(shift - 0.5, -7.5), high = fmin(shift + 0.5, 7.5);
        assert_share(x[shift + MOST], fmax(0, high - low) / 15);
        assert_share(y[shift + MOST], fmax(0, high - low) / 15);
    }
    assert_share(same, 1.0 / 15);
}

/* What erased boxes should be: the share of each (height, width), by integration over area and
 * ratio; one that does not lie strictly within the image is refused, and after ten there is none.
 */
static void expect_boxes(const struct bm_config *config, int side, double share[64][64])
{
    enum { STEPS = 1500 };
    double accepted = 0;
    double log_min = log(config->erasing_ratio_min), log_max = log(config->erasing_ratio_max);
    memset(share, 0, sizeof(double[64][64]));
    for (int i = 0; i < STEPS; i++)
        for (int j = 0; j < STEPS; j++) {
            double scale =
                config->erasing_scale_min +
                (config->erasing_scale_max - config->erasing_scale_min) * (i + 0.5) / STEPS;
            double ratio = exp(log_min + (log_max - log_min) * (j + 0.5) / STEPS);
            double h = nearbyint(side * sqrt(scale * ratio));
            double w = nearbyint(side * sqrt(scale / ratio));
            if (h < side && w < side) {
                share[(int)h][(int)w] += 1.0 / STEPS / STEPS;
                accepted += 1.0 / STEPS / STEPS;
            }
        }
    for (int h = 0; h < side; h++)
        for (int w = 0; w < side; w++)
            share[h][w] *= accepted > 0 ? (1 - pow(1 - accepted, 10)) / accepted : 0;
}

static void erased_boxes_are_distributed_as_meant(void **state)
{
    (void)state;
    static const struct {
        int side;
        double scale_min, scale_max, ratio_min, ratio_max;
    } cases[] = {{32, 0.02, 0.33, 0.3, 3.3},
                 {9, 0.02, 0.33, 0.3, 3.3},
                 {16, 0.5, 1, 0.9, 3.3},
                 {16, 0.1, 0.1, 4, 4}};
    static double share[64][64];
    static int count[64][64];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct bm_config config = config_of("erasing");
        int side = cases[c].side;
        config.erasing_p = 1;
        config.erasing_scale_min = cases[c].scale_min;
        config.erasing_scale_max = cases[c].scale_max;
        config.erasing_ratio_min = cases[c].ratio_min;
        config.erasing_ratio_max = cases[c].ratio_max;
        expect_boxes(&config, side, share);
        struct bm_viewer viewer = viewer_of(&config, (struct bm_image_shape){3, side, side});
        memset(count, 0, sizeof count);
        double top = 0, left = 0, n = 0;
        for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
            struct bm_view_parameters p;
            draw_one(&viewer, copy, &p);
            assert_in_range(p.erasing_height, 0, side - 1);
            assert_in_range(p.erasing_width, 0, side - 1);
            count[p.erasing_height][p.erasing_width]++;
            if (p.erasing_height == 0 || p.erasing_width == 0)
                continue;
            int rows = side + 1 - p.erasing_height, columns = side + 1 - p.erasing_width;
            assert_in_range(p.erasing_top, 0, rows - 1);
            assert_in_range(p.erasing_left, 0, columns - 1);
            top += (p.erasing_top + 0.5) / rows;
            left += (p.erasing_left + 0.5) / columns;
            n++;
        }
        bm_viewer_fini(&viewer);
        assert_true(fabs(top / n - 0.5) < 5 / sqrt(12 * n));
        assert_true(fabs(left / n - 0.5) < 5 / sqrt(12 * n));
        for (int h = 1; h < side; h++)
            for (int w = 1; w < side; w++) {
                double expected = N_DRAWS * share[h][w];
                double margin = 5 * sqrt(expected + 1) + 0.02 * expected;
                if (!(fabs(count[h][w] - expected) <= margin))
                    fail_msg("case %zu: %d boxes of %dx%d, expected %.1f", c, count[h][w], h, w,
                             expected);
            }
    }
}

/* ---- RandAugment ---- */

static void operations_are_drawn_uniformly(void **state)
{
    (void)state;
    static const struct {
        double strength;
        int n;
    } cases[] = {{0, 1}, {0.29, 1}, {0.3, 2}, {0.59, 2}, {0.6, 3}, {0.89, 3}, {0.9, 4}, {1, 4}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct bm_config config = config_of("randaugment");
        config.randaugment_strength = cases[c].strength;
        struct bm_viewer viewer = viewer_of(&config, (struct bm_image_shape){3, 32, 32});
        int counts[BM_MOST_OPERATIONS][OPERATIONS] = {{0}}, negative[OPERATIONS] = {0}, same = 0;
        for (uint64_t copy = 0; copy < N_DRAWS; copy++) {
            struct bm_view_parameters p;
            draw_one(&viewer, copy, &p);
            assert_int_equal(p.n_operations, cases[c].n);
            for (int i = 0; i < p.n_operations; i++)
                counts[i][p.operations[i].number]++;
            negative[p.operations[0].number] += p.operations[0].magnitude < 0;
            same += p.n_operations > 1 && p.operations[0].number == p.operations[1].number;
        }
        bm_viewer_fini(&viewer);
        for (int i = 0; i < cases[c].n; i++)
            for (int k = 0; k < OPERATIONS; k++)
                assert_share(counts[i][k], 1.0 / OPERATIONS);
        for (int k = 0; k < OPERATIONS; k++) {
            bool is_signed = k >= 1 && k <= 9 && cases[c].strength > 0;
            assert_share(negative[k], is_signed ? 0.5 / OPERATIONS : 0);
        }
        assert_share(same, cases[c].n > 1 ? 1.0 / OPERATIONS : 0);
    }
}

/* The bin of a strength is min(99, floor(100 a)), also where 100 a is not quite whole in binary. */
static void magnitudes_agree_with_torchvision(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/randaugment.txt", "r");
    int bin, size, n = 0;
    assert_non_null(file);
    for (; fscanf(file, "%d %d", &bin, &size) == 2; n++) {
        float magnitudes[OPERATIONS];
        struct bm_config config = config_of("randaugment");
        char text[16];
        snprintf(text, sizeof text, "%.2f", bin / 100.0);
        config.randaugment_strength = strtod(text, NULL);
        for (int k = 0; k < OPERATIONS; k++)
            assert_int_equal(fscanf(file, "%f", &magnitudes[k]), 1);
        for (int last = 0; last <= (bin == 99); last++) {
            struct bm_viewer viewer = viewer_of(&config, (struct bm_image_shape){3, size, size});
            for (uint64_t copy = 0; copy < 1000; copy++) {
                struct bm_view_parameters p;
                draw_one(&viewer, copy, &p);
                const struct bm_operation *one = &p.operations[0];
                float theirs = magnitudes[one->number];
                /* torch.linspace is a rounding or two off. */
                if (!(fabsf(fabsf(one->magnitude) - theirs) <= 2e-7F * theirs) ||
                    (theirs == rintf(theirs) && fabsf(one->magnitude) != theirs))
                    fail_msg("bin %d, operation %d: %.9g, torchvision's is %.9g", bin, one->number,
                             (double)one->magnitude, (double)magnitudes[one->number]);
            }
            bm_viewer_fini(&viewer);
            config.randaugment_strength = 1;
        }
    }
    assert_int_equal(n, 24);
    fclose(file);
}

/* ---- lists ---- */

/* A member draws the same whatever stands beside it. */
static void members_do_not_shift_each_other(void **state)
{
    (void)state;
    struct bm_config one = config_of("most_difficult"), two = config_of("erasing,blur,affine");
    struct bm_viewer a = viewer_of(&one, (struct bm_image_shape){3, 32, 32});
    struct bm_viewer b = viewer_of(&two, (struct bm_image_shape){3, 32, 32});
    for (uint64_t copy = 0; copy < 100; copy++) {
        struct bm_view_parameters p, q;
        draw_one(&a, copy, &p);
        draw_one(&b, copy, &q);
        assert_true(p.affine_angle == q.affine_angle && p.affine_x == q.affine_x);
        assert_true(p.blur == q.blur && p.blur_sigma == q.blur_sigma);
        assert_true(p.erasing_top == q.erasing_top && p.erasing_height == q.erasing_height);
        assert_int_equal(q.flip + q.vertical_flip + q.jitter + q.grayscale, 0);
        assert_int_equal(q.crop_height, 32);
    }
    bm_viewer_fini(&a);
    bm_viewer_fini(&b);
}

static void an_image_may_be_too_small(void **state)
{
    (void)state;
    const struct bm_image_shape dot = {3, 1, 1};
    struct bm_config config = config_of("flip,blur");
    struct bm_viewer viewer;
    struct bm_err err = {0};
    assert_int_equal(bm_view_check(&config, dot, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_string_equal(err.text, "augment: blur takes images of at least 2 x 2 pixels, and these "
                                  "have 1 x 1 (image_size)");
    assert_int_equal(bm_viewer_init(&viewer, &config, dot, NULL), -1);
    bm_viewer_fini(&viewer);
    config.image_size = 4;
    assert_int_equal(bm_view_check(&config, dot, NULL), 0);
    config.image_size = 0;
    config.diversity = 0; /* nothing is augmented, unless a probe asks for it */
    assert_int_equal(bm_view_check(&config, dot, NULL), 0);
    snprintf(config.probes, sizeof config.probes, "invariance");
    assert_int_equal(bm_view_check(&config, dot, NULL), -1);
    /* All others take it. */
    config = config_of("crop,flip,vertical_flip,affine,jitter,grayscale,erasing,randaugment");
    config.randaugment_strength = 1;
    viewer = viewer_of(&config, dot);
    const unsigned char pixels[3] = {255, 0, 17};
    for (uint64_t copy = 0; copy < 1000; copy++) {
        float view[3];
        bm_view_copy(&viewer, pixels, 0, copy, view);
        for (int c = 0; c < 3; c++)
            assert_true(view[c] >= 0 && view[c] <= 1);
    }
    bm_viewer_fini(&viewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_agree_with_torchvision),
        cmocka_unit_test(flags_have_their_probability),
        cmocka_unit_test(defaults_are_those_of_the_protocol),
        cmocka_unit_test(strengths_are_uniform),
        cmocka_unit_test(erased_boxes_are_distributed_as_meant),
        cmocka_unit_test(operations_are_drawn_uniformly),
        cmocka_unit_test(magnitudes_agree_with_torchvision),
        cmocka_unit_test(members_do_not_shift_each_other),
        cmocka_unit_test(an_image_may_be_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
