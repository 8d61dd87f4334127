/* Paths as people write them. */
#ifndef BM_PATH_H
#define BM_PATH_H

#include <stddef.h>

#include "bm/err.h"

/* Expands ~ and ~user at the beginning, and $NAME and ${NAME} anywhere; $$ is a dollar sign. What
 * is not set, empty or unknown is an error (BM_EXIT_DATA), and so is a result longer than `size`
 * allows. */
int bm_path_expand(const char *path, char *expanded, size_t size, struct bm_err *err);

#endif
