/* Views of images of one channel, against torchvision's (tests/reference/augment_gray_golden.py).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "bm/view.h"
#include "view_case.h"

enum { MOST = 28 * 28 };

static int read_case(FILE *file, int *stored, int *size, struct bm_view_parameters *p)
{
    int n = fscanf(file, "%d %d", stored, size);
    if (n != EOF)
        assert_int_equal(n + read_view_parameters(file, p), 17);
    return n != EOF;
}

static void one_channel_agrees_with_torchvision(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/augment_gray.txt", "r");
    assert_non_null(file);
    struct bm_view_parameters p = {0};
    int stored, size, n_cases = 0;
    for (; read_case(file, &stored, &size, &p); n_cases++) {
        struct bm_config config;
        struct bm_viewer viewer;
        unsigned char pixels[MOST];
        float view[MOST];
        bm_table_init(&bm_config_table, &config);
        config.image_size = size;
        assert_int_equal(
            bm_viewer_init(&viewer, &config, (struct bm_image_shape){1, stored, stored}, NULL), 0);
        stored_image((struct bm_image_shape){1, stored, stored}, pixels);
        bm_view_make(&viewer, pixels, &p, view);
        for (int i = 0; i < size * size; i++) {
            double millionths;
            assert_int_equal(fscanf(file, "%lf", &millionths), 1);
            if (!(fabs((double)view[i] - millionths * 1e-6) < 1e-5))
                fail_msg("case %d: value %d is %.7f, torchvision's %.6f", n_cases + 1, i,
                         (double)view[i], millionths * 1e-6);
        }
        bm_viewer_fini(&viewer);
    }
    assert_int_equal(n_cases, 37);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_channel_agrees_with_torchvision)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
