#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof((struct bm_file_origin *)0)->path == BM_PATH_SIZE, "any path");

int bm_files_path(const struct bm_dataset *dataset, const char *data_dir,
                  const struct bm_data_file *file, char path[BM_PATH_SIZE], struct bm_err *err)
{
    int length = snprintf(path, BM_PATH_SIZE, "%s/%s/%s", data_dir, dataset->folder, file->name);
    if (length < 0 || length >= BM_PATH_SIZE)
        return bm_fail(err, BM_EXIT_DATA, "data_dir is too long: '%.100s…'", data_dir);
    char *ending = path + length - strlen(".gz");
    if (strcmp(ending, ".gz") == 0 && access(path, F_OK) != 0) {
        *ending = '\0';
        if (access(path, F_OK) != 0)
            *ending = '.';
    }
    return 0;
}

/* What is compared of a file to see whether it is still the same. */
struct trace {
    int64_t size, seconds, nanoseconds;
};

int bm_files_missing(const struct bm_dataset *dataset, const char *data_dir, const char *path,
                     struct bm_err *err)
{
    const char *reason = strerror(errno);
    char hint[500];
    if (bm_dataset_hint(dataset, data_dir, hint, sizeof hint)[0] != '\0')
        return bm_fail(err, BM_EXIT_DATA, "%s is not in '%s': %s", dataset->name, data_dir, hint);
    bm_fail(err, BM_EXIT_DATA, "cannot open '%s': %s", path, reason);
    if (dataset->source == NULL)
        return bm_fail_hint(err,
                            "data_dir or $BM_DATA names the folder that holds train/ and test/");
    return bm_fail_hint(err, "data_dir or $BM_DATA names the folder that holds %s, from %s",
                        dataset->folder, dataset->source);
}

static int look(const struct bm_dataset *dataset, const char *data_dir, const char *path,
                const struct bm_data_file *file, struct trace *trace, struct bm_err *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return bm_files_missing(dataset, data_dir, path, err);
    if (!S_ISREG(status.st_mode))
        return bm_fail(err, BM_EXIT_DATA, "'%s' is not a file", path);
    if (file->size > 0 && (size_t)status.st_size != file->size)
        return bm_fail(err, BM_EXIT_DATA, "'%s' is a file of %lld bytes, expected %zu", path,
                       (long long)status.st_size, file->size);
    *trace = (struct trace){status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    return 0;
}

int bm_files_stamp(const struct bm_dataset *dataset, const char *data_dir, uint64_t *stamp,
                   struct bm_err *err)
{
    struct bm_bytes traces = {0};
    int status = 0;
    *stamp = 0;
    const struct bm_data_file *file = dataset->files;
    for (; file != NULL && file->name != NULL && status == 0; file++) {
        char path[BM_PATH_SIZE];
        struct trace trace;
        if (bm_files_path(dataset, data_dir, file, path, err) != 0 ||
            look(dataset, data_dir, path, file, &trace, err) != 0)
            status = -1;
        else
            bm_bytes_add(&traces, &trace, sizeof trace);
    }
    if (status == 0 && traces.size > 0)
        *stamp = bm_checksum(traces.data, traces.size);
    bm_bytes_fini(&traces);
    return status;
}

int bm_dataset_origin(const struct bm_dataset *dataset, const char *data_dir,
                      const struct bm_data_file *file, struct bm_file_origin *origin,
                      struct bm_err *err)
{
    if (bm_files_path(dataset, data_dir, file, origin->path, err) != 0)
        return -1;
    const char *name = strrchr(origin->path, '/') + 1;
    origin->is_unpacked = strlen(name) < strlen(file->name);
    if (bm_md5_file(origin->path, origin->md5, err) != 0)
        return -1;
    origin->is_published = !origin->is_unpacked && strcmp(origin->md5, file->md5) == 0;
    return 0;
}

int bm_files_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err)
{
    char target[BM_PATH_SIZE];
    if (bm_file_follow(path, target, err) == 0 && bm_file_read(target, data, size, err) == 0)
        return 0;
    if (err != NULL && err->code == BM_EXIT_IO)
        err->code = BM_EXIT_DATA;
    return -1;
}
