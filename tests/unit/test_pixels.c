/* Image files to pixels. With arguments: FILE OUT [SIDE] writes the file's pixels as a PPM, or
 * resized as the images of a folder are (tests/cli/images.t compares with PIL). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/codec.h"
#include "bm/file.h"
#include "dataset/common/fit.h"

static int write_ppm(const char *path, const struct bm_pixels *pixels, int side)
{
    unsigned char *planes = malloc((size_t)side * (size_t)side * 3 + 1);
    FILE *out = fopen(path, "wb");
    if (out == NULL || planes == NULL)
        return 1;
    if (side == 0) {
        fprintf(out, "P6\n%d %d\n255\n", pixels->width, pixels->height);
        fwrite(pixels->data, 3, (size_t)pixels->width * (size_t)pixels->height, out);
    } else {
        size_t plane = (size_t)side * (size_t)side;
        if (bm_fit(pixels, side, planes, NULL) != 0)
            return 1;
        fprintf(out, "P6\n%d %d\n255\n", side, side);
        for (size_t i = 0; i < plane; i++)
            for (size_t c = 0; c < 3; c++)
                putc(planes[c * plane + i], out);
    }
    free(planes);
    return fclose(out) != 0;
}

/* With the changes that were made, as a number. */
static int convert(const char *from, const char *to, int side)
{
    unsigned char *data = NULL;
    size_t size;
    struct bm_pixels pixels = {0};
    struct bm_err err = {0};
    int status = bm_file_read(from, &data, &size, &err) != 0 ||
                 bm_pixels_decode(&pixels, data, size, &err) != 0;
    if (status != 0) {
        fprintf(stderr, "%s\n", err.text);
    } else {
        printf("%u\n", pixels.changes);
        status = write_ppm(to, &pixels, side);
    }
    bm_pixels_fini(&pixels);
    free(data);
    return status;
}

static void pictures_come_back(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {3, 5}, {64, 2}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int height = sizes[s][0], width = sizes[s][1];
        unsigned char rgb[64 * 5 * 3];
        struct bm_pixels pixels = {0};
        void *data;
        size_t size;
        for (size_t i = 0; i < sizeof rgb; i++)
            rgb[i] = (unsigned char)(17 * i + s);
        assert_int_equal(bm_png_encode(rgb, height, width, &data, &size, NULL), 0);
        assert_int_equal(bm_pixels_decode(&pixels, data, size, NULL), 0);
        assert_true(pixels.height == height && pixels.width == width && pixels.changes == 0);
        assert_memory_equal(pixels.data, rgb, (size_t)(height * width * 3));
        bm_pixels_fini(&pixels);
        free(data);
    }
}

/* A pixel of the resized image is a mean of those below it; nothing is shifted. */
static void resizing_keeps_places(void **state)
{
    (void)state;
    unsigned char rgb[8 * 16 * 3], planes[3 * 4 * 4];
    struct bm_pixels pixels = {8, 16, rgb, sizeof rgb, 0};
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 16; x++) {
            rgb[3 * (16 * y + x)] = (unsigned char)(10 * x);
            rgb[3 * (16 * y + x) + 1] = (unsigned char)(20 * y);
            rgb[3 * (16 * y + x) + 2] = 77;
        }
    assert_int_equal(bm_fit(&pixels, 4, planes, NULL), 0);
    for (int y = 1; y < 3; y++) /* at edges the mean is not over a centred window */
        for (int x = 0; x < 4; x++) {
            assert_int_equal(planes[4 * y + x], 10 * (4 + 2 * x) + 5); /* columns 4 to 11 */
            assert_int_equal(planes[16 + 4 * y + x], 20 * 2 * y + 10);
            assert_int_equal(planes[32 + 4 * y + x], 77);
        }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return argc < 3 ? 2 : convert(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_come_back),
        cmocka_unit_test(resizing_keeps_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
