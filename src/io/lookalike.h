/* Characters that look like those of sweep files and are others: what editors, chat programs and
 * other keyboards put in their place. */
#ifndef BM_IO_LOOKALIKE_H
#define BM_IO_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/err.h"
#include "yaml.h"

/* Puts a sentence about the first such character of the text in the place of the error that is
 * there, if there is one outside of comments and of paths. For a text that has failed: in one that
 * has not, all of them are in their right place. */
void bm_lookalike_explain(const char *source, bool has_lines, const char *text, size_t size,
                          struct bm_err *err);

/* A path that begins or ends with such a quotation mark or blank, or has an invisible character:
 * nobody means that. BM_EXIT_DATA at the mark. */
int bm_lookalike_check_path(const struct bm_mark *mark, const char *key, const char *text,
                            struct bm_err *err);

#endif
