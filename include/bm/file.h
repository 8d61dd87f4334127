/* Whole files and folders, durably. Errors are sentences with BM_EXIT_IO. */
#ifndef BM_FILE_H
#define BM_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"

enum { BM_PATH_SIZE = 4096 };

/* Writes all of `data` at `offset`. */
int bm_file_write_at(int file, const char *path, const void *data, size_t size, uint64_t offset,
                     struct bm_err *err);
/* Makes or replaces the file, syncs and closes it. A file that could not be written is removed. */
int bm_file_write(const char *path, const void *data, size_t size, struct bm_err *err);
/* Reads the whole file; `*data` is the caller's to free. */
int bm_file_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err);
/* Renames, and syncs the folder of `to`: after a power failure it is one or the other, whole. */
int bm_file_replace(const char *from, const char *to, struct bm_err *err);
/* Makes the folder and those above it; one that is there is fine. */
int bm_folder_make(const char *path, struct bm_err *err);
/* The folder that `path` lies in: "results/x.h5" gives "results", "x.h5" gives ".". */
void bm_folder_of(const char *path, char folder[BM_PATH_SIZE]);

#endif
