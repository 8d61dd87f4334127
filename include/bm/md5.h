/* MD5 digests of files, to compare with those that data sets were published with. Not for anything
 * that has to resist an attacker. */
#ifndef BM_MD5_H
#define BM_MD5_H

#include "bm/err.h"

enum { BM_MD5_TEXT = 33 }; /* 32 hexadecimal digits and NUL */

/* Writes the digest of the file's content to `text`. A file that cannot be read: BM_EXIT_IO. */
int bm_md5_file(const char *path, char text[BM_MD5_TEXT], struct bm_err *err);

#endif
