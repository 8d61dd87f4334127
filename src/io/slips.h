/* Slips of the keyboard that make YAML something else than what is meant. */
#ifndef BM_IO_SLIPS_H
#define BM_IO_SLIPS_H

#include <stddef.h>

#include "bm/err.h"

/* Puts a sentence about the first slip of the file's text in the place of the error that is there,
 * if there is one: a known key without a blank behind its colon, or with '=' in its place, items of
 * lists without a blank behind their dash, comments that begin with '//', calls between braces,
 * which YAML cuts at their commas. For a text that has failed. */
void bm_slips_explain(const char *source, const char *text, size_t size, struct bm_err *err);

#endif
