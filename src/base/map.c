#include "bm/map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_descriptor(int descriptor, const char *path, struct bm_map *map, struct bm_err *err)
{
    static const unsigned char nothing[1];
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return bm_fail_errno(err, "cannot read '%s'", path);
    if (!S_ISREG(status.st_mode))
        return bm_fail(err, BM_EXIT_DATA, "'%s' is not a file", path);
    map->size = (size_t)status.st_size;
    map->data = nothing; /* an empty file cannot be mapped, and need not be */
    if (map->size == 0)
        return 0;
    void *data = mmap(NULL, map->size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) {
        *map = (struct bm_map){0};
        return bm_fail_errno(err, "cannot map '%s'", path);
    }
    map->data = data;
    return 0;
}

int bm_map_open(struct bm_map *map, const char *path, struct bm_err *err)
{
    *map = (struct bm_map){0};
    /* A pipe that nobody writes to must not make it wait. */
    int descriptor = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor < 0)
        return bm_fail(err, BM_EXIT_DATA, "cannot open '%s': %s", path, strerror(errno));
    int status = map_descriptor(descriptor, path, map, err);
    close(descriptor);
    return status;
}

void bm_map_expect(const struct bm_map *map)
{
    if (map->size > 0) /* without it reading is only slower */
        (void)madvise((void *)map->data, map->size, MADV_WILLNEED);
}

void bm_map_close(struct bm_map *map)
{
    if (map->size > 0)
        munmap((void *)map->data, map->size);
    *map = (struct bm_map){0};
}
