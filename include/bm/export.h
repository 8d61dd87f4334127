/* Files that a user asked for (-o FILE): what may be written over. */
#ifndef BM_EXPORT_H
#define BM_EXPORT_H

#include "bm/err.h"

/* What a format begins with. */
#define BM_HDF5_SIGNATURE "\x89HDF\r\n\x1a\n"
#define BM_PNG_SIGNATURE  "\x89PNG\r\n\x1a\n"

/* Fails (BM_EXIT_IO) where `path` lies in the folder of a results file, and where something is
 * there that is neither empty nor an earlier `what`: such a file begins with `signature` and has
 * the text `mark` in it (NULL: none). Links are not followed. */
int bm_export_check(const char *path, const char *what, const char *signature, const char *mark,
                    struct bm_err *err);

#endif
