/* PNG files, by libpng; the only file that knows it. */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "bm/codec.h"

const char *bm_png_version(void)
{
    return "libpng " PNG_LIBPNG_VER_STRING;
}

/* ---- writing ---- */

int bm_png_encode(const unsigned char *rgb, int height, int width, void **data, size_t *size,
                  struct bm_err *err)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)width,
        .height = (png_uint_32)height,
        .format = PNG_FORMAT_RGB,
    };
    png_alloc_size_t n = 0;
    *data = NULL;
    if (png_image_write_get_memory_size(image, n, 0, rgb, 0, NULL)) {
        *data = malloc(n);
        if (*data == NULL)
            return bm_fail_errno(err, "no memory for a picture");
        if (png_image_write_to_memory(&image, *data, &n, 0, rgb, 0, NULL)) {
            *size = n;
            return 0;
        }
    }
    free(*data);
    return bm_fail(err, BM_EXIT_IO, "a picture cannot be made: %s", image.message);
}

/* ---- reading ---- */

struct source {
    const unsigned char *data;
    size_t left;
    char text[200]; /* what is wrong */
};

static void give_up(png_structp png, png_const_charp text)
{
    struct source *source = png_get_error_ptr(png);
    size_t length = strlen(text);
    length = length < sizeof source->text ? length : sizeof source->text - 1;
    memcpy(source->text, text, length);
    source->text[length] = '\0';
    png_longjmp(png, 1);
}

/* What libpng warns of is beside the pixels: colour profiles, dates. */
static void take_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void read_bytes(png_structp png, png_bytep to, size_t size)
{
    struct source *source = png_get_io_ptr(png);
    if (size > source->left)
        png_error(png, "it is cut off");
    memcpy(to, source->data, size);
    source->data += size;
    source->left -= size;
}

/* Asks for 8 bits of red, green and blue; the changes that this takes. */
static unsigned set_conversion(png_structp png, png_infop info)
{
    int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    unsigned changes = 0;
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_set_palette_to_rgb(png);
        changes |= 1u << BM_CHANGE_PALETTE;
    } else if (depth != 8) {
        changes |= 1u << BM_CHANGE_DEPTH;
    }
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (depth == 16)
        png_set_scale_16(png);
    if (!(type & PNG_COLOR_MASK_COLOR)) {
        png_set_gray_to_rgb(png);
        changes |= 1u << BM_CHANGE_GRAY;
    }
    if ((type & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS))
        changes |= 1u << BM_CHANGE_ALPHA;
    png_set_strip_alpha(png); /* a palette's transparency becomes alpha */
    return changes;
}

static int decode(png_structp png, png_infop info, struct bm_pixels *pixels, struct bm_err *err)
{
    png_set_user_limits(png, 1 << 20, 1 << 20);
    png_read_info(png, info);
    pixels->changes |= set_conversion(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int height = (int)png_get_image_height(png, info), width = (int)png_get_image_width(png, info);
    if (bm_pixels_size(pixels, height, width, err) != 0)
        return -1;
    if (png_get_rowbytes(png, info) != 3 * (size_t)width)
        return bm_fail(err, BM_EXIT_DATA, "a PNG of a kind that libpng cannot make RGB");
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_read_row(png, pixels->data + (size_t)y * 3 * (size_t)width, NULL);
    png_read_end(png, NULL);
    return 0;
}

int bm_png_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                  struct bm_err *err)
{
    struct source source = {file, size, ""};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, give_up, take_warning);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for libpng");
    }
    volatile int status = -1;
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_read_fn(png, &source, read_bytes);
        status = decode(png, info, pixels, err);
    } else {
        bm_fail(err, BM_EXIT_DATA, "a damaged PNG (libpng: %s)", source.text);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}
