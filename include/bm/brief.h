/* Texts as they have room in a line. */
#ifndef BM_BRIEF_H
#define BM_BRIEF_H

#include <stddef.h>

/* "41 s", "12 min", "3.4 h", "2.1 days". Returns `text`. */
char *bm_duration_text(double seconds, char *text, size_t size);
/* Columns that the text takes: one a character (UTF-8); of `size` bytes, or to its end. */
int bm_columns_of(const char *text, size_t size);
int bm_columns(const char *text);
/* The bytes at the text's beginning that have room in so many columns. */
size_t bm_fitting(const char *text, int columns);
/* The text, or, where it has more columns than there is room for, dots and its end: the settings
 * that stand last vary fastest. Returns `out`, of `size` bytes. */
char *bm_shorten(const char *text, int room, char *out, size_t size);

#endif
