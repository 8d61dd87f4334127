/* What the files of hdf5*.c share: nobody else includes this, or knows the library. */
#ifndef BM_IO_HDF5_LIBRARY_H
#define BM_IO_HDF5_LIBRARY_H

#include <hdf5.h>
#include <stdbool.h>

#include "bm/file.h"
#include "hdf5.h"

struct bm_h5 {
    hid_t file, fapl;
    char path[BM_PATH_SIZE]; /* "" for a new one */
    bool has_wide;           /* whole numbers that were written as double */
};

/* "PATH: HDF5 could not WHAT 'NAME'"; returns -1. */
int bm_h5_fail(const struct bm_h5 *file, const char *what, const char *name, struct bm_err *err);

/* A type, in memory and in the file; to be closed. All texts are of variable length: not every
 * reader knows where one of a fixed width ends (h5dump shows padding, netCDF 4.9.0 crashes). */
hid_t bm_h5_type_of(enum bm_h5_type type);
bool bm_h5_is_type(hid_t stored, enum bm_h5_type type); /* texts of a fixed width, too */

/* Gives an object a text as an attribute, of variable length: such texts live outside the object's
 * header, which ends at 64 KiB, and h5py makes them strings. No text, no attribute. */
bool bm_h5_describe(hid_t object, const char *name, const char *text);

#endif
