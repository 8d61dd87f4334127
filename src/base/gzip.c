/* Files packed by gzip, by zlib; the only file that knows it. */
#include "bm/gzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* zlib reads what is not packed as it is. Bytes read, at most `size`; -1 with an error. */
static int64_t read_up_to(const char *path, gzFile file, unsigned char *data, size_t size,
                          struct bm_err *err)
{
    size_t done = 0;
    int n = 1;
    while (done < size && n > 0) {
        size_t wanted = size - done < 1u << 30 ? size - done : 1u << 30;
        n = gzread(file, data + done, (unsigned)wanted);
        done += n > 0 ? (size_t)n : 0;
    }
    int code;
    const char *text = gzerror(file, &code);
    if (n < 0)
        return bm_fail(err, BM_EXIT_DATA, "cannot read '%s': %s", path,
                       code == Z_ERRNO ? strerror(errno) : text);
    return (int64_t)done;
}

int bm_gzip_read(const char *path, size_t size, unsigned char **data, struct bm_err *err)
{
    gzFile file = gzopen(path, "rbe");
    *data = NULL;
    if (file == NULL)
        return bm_fail(err, BM_EXIT_DATA, "cannot open '%s': %s", path, strerror(errno));
    *data = malloc(size + 1);
    /* One byte more, to see that there is none. */
    int64_t n = *data != NULL ? read_up_to(path, file, *data, size + 1, err)
                              : bm_fail_errno(err, "no memory for %s", path);
    bool is_cut_off = gzclose(file) == Z_BUF_ERROR; /* in the middle of what is packed */
    if (n >= 0 && is_cut_off)
        n = bm_fail(err, BM_EXIT_DATA, "'%s' is cut off", path);
    else if (n >= 0 && (size_t)n != size)
        n = bm_fail(err, BM_EXIT_DATA, "'%s' holds %s than %zu bytes", path,
                    (size_t)n > size ? "more" : "less", size);
    if (n >= 0)
        return 0;
    free(*data);
    *data = NULL;
    return -1;
}
