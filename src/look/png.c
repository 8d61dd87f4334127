/* Pictures as PNG files. The only file that knows libpng. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

#include "bm/file.h"
#include "picture.h"

/* The bytes of the file, the caller's to free. */
static int encode(const struct bm_picture *picture, void **data, size_t *size, struct bm_err *err)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)picture->width,
        .height = (png_uint_32)picture->height,
        .format = PNG_FORMAT_RGB,
    };
    png_alloc_size_t n = 0;
    *data = NULL;
    if (png_image_write_get_memory_size(image, n, 0, picture->pixels, 0, NULL)) {
        *data = malloc(n);
        if (*data == NULL)
            return bm_fail_errno(err, "no memory for a picture");
        if (png_image_write_to_memory(&image, *data, &n, 0, picture->pixels, 0, NULL)) {
            *size = n;
            return 0;
        }
    }
    free(*data);
    return bm_fail(err, BM_EXIT_IO, "a picture cannot be made: %s", image.message);
}

/* To a pipe or a device, in whose place nothing is put. */
static int pour(const char *path, const void *data, size_t size, struct bm_err *err)
{
    FILE *file = fopen(path, "wbe");
    if (file == NULL)
        return bm_fail_errno(err, "cannot write to %s", path);
    bool done = fwrite(data, 1, size, file) == size;
    done = fclose(file) == 0 && done;
    return done ? 0 : bm_fail_errno(err, "cannot write to %s", path);
}

/* What is there stays, whole, until the picture is. */
static int save(const char *path, const void *data, size_t size, struct bm_err *err)
{
    char target[BM_PATH_SIZE];
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return pour(path, data, size, err);
    return bm_file_follow(path, target, err) == 0 ? bm_file_put(target, data, size, err) : -1;
}

int bm_picture_write(const struct bm_picture *picture, const char *path, struct bm_err *err)
{
    void *data;
    size_t size = 0;
    if (encode(picture, &data, &size, err) != 0)
        return -1;
    int status = save(path, data, size, err);
    free(data);
    return status;
}
