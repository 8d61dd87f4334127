/* UTF-8 that comes from anywhere: host names, names of files, what libraries print. */
#ifndef BM_TEXT_H
#define BM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/bytes.h"

/* The length of the character that `text` (`size` bytes, at least one) begins with, 1 … 4, and what
 * it is; 0: it begins with none. Overlong forms and surrogates are none. */
size_t bm_text_next(const char *text, size_t size, uint32_t *character);
/* How many bytes from `text` on are printable ASCII: what most texts are, and need no look at. */
size_t bm_text_plain(const char *text, size_t size);
/* How many bytes more a beginning of a character that ends with `text` could have; 0: it cannot be
 * one. */
size_t bm_text_lacks(const char *text, size_t size);
/* Puts a '?' in the place of each byte that belongs to no character. */
void bm_text_repair(char *text);
/* Whether a terminal obeys the character, or shows those around it in another order: controls but
 * the line's end and the tab, and marks of direction. */
bool bm_text_is_control(uint32_t character);

enum { BM_SHOWN_SIZE = 12 /* bytes of one character that is shown in words, with its NUL */ };
/* The character (or byte, where it is none) in words that a terminal does not obey: "\x1b",
 * "\u202e". */
char *bm_text_show(uint32_t character, char text[BM_SHOWN_SIZE]);
/* The length of the printable ASCII that `text` (`size` bytes, at least one) begins with; or of the
 * one character, or 1 where it is none. *shown is what a terminal can be given for it, *n bytes:
 * itself, or words in `text`'s place. */
size_t bm_text_next_shown(const char *text, size_t size, char words[BM_SHOWN_SIZE],
                          const char **shown, size_t *n);
/* Appends `text` with such characters, and bytes that belong to none, in words; `is_line`: what
 * ends a line, and tabs, as well. */
void bm_text_add_shown(struct bm_bytes *out, const char *text, size_t size, bool is_line);

#endif
