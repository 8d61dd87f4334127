/* Lines on standard error, and what they are made of. */
#ifndef BM_RUN_SAY_H
#define BM_RUN_SAY_H

#include <stddef.h>

/* One line "bm-sweep: …". */
void bm_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a sentence of the store's (bm_store_tell). */
void bm_say_sentence(const char *sentence);
/* "41 s", "12 min", "3.4 h", "2.1 days". Returns `text`. */
char *bm_duration_text(double seconds, char *text, size_t size);
/* Columns that the text takes: one a character (UTF-8). */
int bm_columns(const char *text);
/* The text, or, where it has more columns than there is room for, dots and its end: the settings
 * that stand last vary fastest. Returns `out`, of `size` bytes. */
char *bm_shorten(const char *text, int room, char *out, size_t size);
/* Absolute path of `path`. Returns `text`. */
char *bm_path_text(const char *path, char *text, size_t size);

#endif
