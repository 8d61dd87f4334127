/* Pictures as PNG files. The only file that knows libpng. */
#include <png.h>
#include <stdio.h>

#include "picture.h"

int bm_picture_write(const struct bm_picture *picture, const char *path, struct bm_err *err)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)picture->width,
        .height = (png_uint_32)picture->height,
        .format = PNG_FORMAT_RGB,
    };
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return bm_fail_errno(err, "cannot write '%s'", path);
    int written = png_image_write_to_stdio(&image, file, 0, picture->pixels, 0, NULL);
    if (!written)
        bm_fail(err, BM_EXIT_IO, "cannot write '%s': %s", path, image.message);
    if (fclose(file) != 0)
        written = bm_fail_errno(err, "cannot write '%s'", path) == 0;
    return written ? 0 : -1;
}
