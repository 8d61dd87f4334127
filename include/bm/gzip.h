/* Files that may be packed by gzip. */
#ifndef BM_GZIP_H
#define BM_GZIP_H

#include <stddef.h>

#include "bm/err.h"

/* Reads the whole content of a file, unpacked where it is packed; exactly `size` bytes, the
 * caller's to free. A file that is cut off, damaged or holds more or less: BM_EXIT_DATA. */
int bm_gzip_read(const char *path, size_t size, unsigned char **data, struct bm_err *err);

#endif
