/* A line of a sweep file as text, for what looks for reasons in a file that is not read. */
#ifndef BM_IO_LINE_H
#define BM_IO_LINE_H

#include <stddef.h>

/* Where the line's comment begins, or `size`. */
size_t bm_line_before_comment(const char *line, size_t size);
/* Where the value of the first path begins, in which any character may stand, or `size`. */
size_t bm_line_before_path(const char *line, size_t size);

#endif
