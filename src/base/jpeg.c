/* JPEG files, by libjpeg-turbo; the only file that knows it. Of libjpeg's settings the defaults:
 * the accurate integer transform (islow) and smooth ("fancy") upsampling. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "bm/codec.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

const char *bm_jpeg_version(void)
{
#ifdef LIBJPEG_TURBO_VERSION
    return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
#else
    return "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif
}

/* libjpeg's own, and where to go when something is wrong. */
struct handler {
    struct jpeg_error_mgr manager; /* the first: libjpeg has a pointer to it */
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
};

static void give_up(j_common_ptr info)
{
    struct handler *handler = (struct handler *)info->err;
    info->err->format_message(info, handler->text);
    longjmp(handler->escape, 1);
}

/* libjpeg goes on after these with pixels that are as they should be: bytes between segments, and
 * parameters of scans that phones write. After all others it makes up pixels. */
static int is_harmless(int code)
{
    return code == JWRN_EXTRANEOUS_DATA || code == JWRN_NOT_SEQUENTIAL ||
           code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR || code == JWRN_BOGUS_PROGRESSION;
}

static void take_message(j_common_ptr info, int level)
{
    if (level < 0 && !is_harmless(info->err->msg_code))
        give_up(info);
}

static struct jpeg_error_mgr *handler_init(struct handler *handler)
{
    jpeg_std_error(&handler->manager);
    handler->manager.error_exit = give_up;
    handler->manager.emit_message = take_message;
    handler->text[0] = '\0';
    return &handler->manager;
}

/* ---- EXIF ---- */

static unsigned number(const unsigned char *at, int bytes, int big_endian)
{
    unsigned value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[big_endian ? i : bytes - 1 - i];
    return value;
}

/* Whether the marker is EXIF whose first folder turns the image: tag 0x0112, 2 to 8. */
static int is_turned(const struct jpeg_marker_struct *marker)
{
    enum { TAG = 0x0112, ENTRY = 12 };
    const unsigned char *data = marker->data;
    unsigned size = marker->data_length;
    if (size < 14 || memcmp(data, "Exif\0", 6) != 0)
        return 0;
    data += 6;
    size -= 6;
    int big_endian = data[0] == 'M';
    unsigned at = number(data + 4, 4, big_endian);
    if (at > size || size - at < 2)
        return 0;
    unsigned n = number(data + at, 2, big_endian);
    for (at += 2; n > 0 && at + ENTRY <= size; at += ENTRY, n--)
        if (number(data + at, 2, big_endian) == TAG) {
            unsigned value = number(data + at + 8, 2, big_endian);
            return value >= 2 && value <= 8;
        }
    return 0;
}

/* ---- pixels ---- */

/* One line of CMYK, to red, green and blue in `to`, as PIL does it. Adobe, of whose programs CMYK
 * files are, stores them inverted. */
static void convert_cmyk(const unsigned char *from, unsigned char *to, size_t width)
{
    for (size_t x = 0; x < width; x++, from += 4, to += 3)
        for (int c = 0; c < 3; c++) {
            unsigned black = from[3], product = (255u - from[c]) * black + 128;
            int value = (int)black - (int)((product >> 8) + product) / 256;
            to[c] = (unsigned char)(value < 0 ? 0 : value);
        }
}

static void read_lines(struct jpeg_decompress_struct *info, struct bm_pixels *pixels,
                       JSAMPARRAY line)
{
    size_t width = (size_t)pixels->width;
    while (info->output_scanline < info->output_height) {
        unsigned char *to = pixels->data + info->output_scanline * width * 3;
        if (line == NULL) {
            jpeg_read_scanlines(info, &to, 1);
            continue;
        }
        jpeg_read_scanlines(info, line, 1);
        convert_cmyk(line[0], to, width);
    }
}

static int decode(struct jpeg_decompress_struct *info, struct bm_pixels *pixels, struct bm_err *err)
{
    JSAMPARRAY line = NULL;
    jpeg_read_header(info, TRUE);
    int components = info->num_components;
    if (components != 1 && components != 3 && components != 4)
        return bm_fail(err, BM_EXIT_DATA, "a JPEG of %d components (valid: 1, 3, or 4 for CMYK)",
                       components);
    info->out_color_space = components == 4 ? JCS_CMYK : JCS_RGB;
    pixels->changes |= components == 1 ? 1u << BM_CHANGE_GRAY : 0;
    pixels->changes |= components == 4 ? 1u << BM_CHANGE_CMYK : 0;
    for (const struct jpeg_marker_struct *m = info->marker_list; m != NULL; m = m->next)
        pixels->changes |= is_turned(m) ? 1u << BM_CHANGE_TURNED : 0;
    if (bm_pixels_size(pixels, (int)info->image_height, (int)info->image_width, err) != 0)
        return -1;
    jpeg_start_decompress(info);
    if (components == 4)
        line = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, 4 * info->output_width, 1);
    read_lines(info, pixels, line);
    jpeg_finish_decompress(info);
    return 0;
}

int bm_jpeg_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                   struct bm_err *err)
{
    struct handler handler;
    struct jpeg_decompress_struct info = {.err = handler_init(&handler)};
    volatile int status = -1;
    if (setjmp(handler.escape) == 0) {
        jpeg_create_decompress(&info);
        jpeg_mem_src(&info, file, size);
        jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
        status = decode(&info, pixels, err);
    } else {
        bm_fail(err, BM_EXIT_DATA, "a damaged JPEG (libjpeg: %s)", handler.text);
    }
    jpeg_destroy_decompress(&info);
    return status;
}
