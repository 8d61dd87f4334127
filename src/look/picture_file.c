/* Pictures as PNG files. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/codec.h"
#include "bm/export.h"
#include "bm/file.h"
#include "picture.h"

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
    if (bm_file_follow(path, target, err) != 0 ||
        bm_export_check(target, "picture", BM_PNG_SIGNATURE, NULL, err) != 0)
        return -1;
    return bm_file_put(target, data, size, err);
}

int bm_picture_write(const struct bm_picture *picture, const char *path, struct bm_err *err)
{
    void *data;
    size_t size = 0;
    if (bm_png_encode(picture->pixels, picture->height, picture->width, &data, &size, err) != 0)
        return -1;
    int status = save(path, data, size, err);
    free(data);
    return status;
}
