/* Files as memory, for reading: processes of a machine that map a file share one copy of it. */
#ifndef BM_MAP_H
#define BM_MAP_H

#include <stddef.h>

#include "bm/err.h"

struct bm_map {
    const unsigned char *data; /* NULL: nothing is mapped */
    size_t size;
};

/* Maps the whole of a regular file. A file that is not there, may not be read or is no file is
 * BM_EXIT_DATA. What is mapped must not be shortened by anybody: reading behind its new end would
 * end the process. */
int bm_map_open(struct bm_map *map, const char *path, struct bm_err *err);
/* Says that all of it will be read soon: it is read from the disk at once. */
void bm_map_expect(const struct bm_map *map);
void bm_map_close(struct bm_map *map);

#endif
