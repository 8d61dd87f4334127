/* What an image file is, by its first bytes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bm/codec.h"

/* Files that are taken for images, and what they are instead. */
static const struct {
    size_t at, length;
    const char *bytes, *what;
} others[] = {
    {0, 4, "GIF8", "a GIF"},
    {0, 2, "BM", "a BMP"},
    {8, 4, "WEBP", "a WebP"},
    {0, 4, "II*\0", "a TIFF"},
    {0, 4, "MM\0*", "a TIFF"},
    {4, 8, "ftypavif", "an AVIF"},
    {4, 4, "ftyp", "a HEIF or a video"},
    {0, 12, "\0\0\0\014jP  \r\n\207\n", "a JPEG 2000"},
    {0, 2, "\377\012", "a JPEG XL"},
    {0, 2, "\037\213", "packed by gzip"},
    {0, 2, "PK", "a zip archive"},
    {0, 5, "%PDF-", "a PDF"},
    {0, 8, "version ", "a pointer of Git LFS"},
};

static bool begins(const unsigned char *file, size_t size, size_t at, const char *bytes,
                   size_t length)
{
    return size >= at + length && memcmp(file + at, bytes, length) == 0;
}

/* The first byte that is no blank is "<". */
static bool is_markup(const unsigned char *file, size_t size)
{
    size_t at = begins(file, size, 0, "\357\273\277", 3) ? 3 : 0;
    while (at < size && strchr(" \t\r\n", file[at]) != NULL && file[at] != '\0')
        at++;
    return at < size && file[at] == '<';
}

static const char *what_it_is(const unsigned char *file, size_t size)
{
    if (size == 0)
        return "empty";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (begins(file, size, others[i].at, others[i].bytes, others[i].length))
            return others[i].what;
    if (is_markup(file, size))
        return "a web page or SVG";
    for (size_t i = 0; i < size; i++)
        if (file[i] != 0)
            return "something else";
    return "nothing but zeros";
}

int bm_pixels_decode(struct bm_pixels *pixels, const unsigned char *file, size_t size,
                     struct bm_err *err)
{
    pixels->changes = 0;
    if (begins(file, size, 0, "\377\330\377", 3))
        return bm_jpeg_decode(pixels, file, size, err);
    if (begins(file, size, 0, "\211PNG\r\n\032\n", 8))
        return bm_png_decode(pixels, file, size, err);
    return bm_fail(err, BM_EXIT_DATA, "neither JPEG nor PNG: it is %s", what_it_is(file, size));
}

int bm_pixels_size(struct bm_pixels *pixels, int height, int width, struct bm_err *err)
{
    size_t n = (size_t)height * (size_t)width, bytes = 3 * n;
    if (n > (size_t)1 << 28)
        return bm_fail(err, BM_EXIT_DATA, "%d x %d pixels are too many (valid: up to 2^28)", width,
                       height);
    pixels->height = height;
    pixels->width = width;
    if (bytes <= pixels->capacity)
        return 0;
    free(pixels->data);
    pixels->data = malloc(bytes);
    pixels->capacity = pixels->data != NULL ? bytes : 0;
    return pixels->data != NULL
               ? 0
               : bm_fail_errno(err, "no memory for an image of %d x %d pixels", width, height);
}

void bm_pixels_fini(struct bm_pixels *pixels)
{
    free(pixels->data);
    *pixels = (struct bm_pixels){0};
}
