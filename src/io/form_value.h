/* What forms.c shares with form_value.c. */
#ifndef BM_IO_FORM_VALUE_H
#define BM_IO_FORM_VALUE_H

#include "bm/field.h"

enum { BM_FORM_SIZE = 201 }; /* of a text that is looked at */

/* Whether the setting takes the text. */
bool bm_form_is_valid(const struct bm_field *field, const char *text);

/* Copies `length` bytes of the text without the characters of `around` at its ends. */
void bm_form_trim(const char *text, size_t length, const char *around, char trimmed[BM_FORM_SIZE]);

/* Joins the digits of 1_000 or 1'000, where they stand in threes between one of the separators. */
bool bm_form_join_digits(const char *text, const char *separators, char joined[BM_FORM_SIZE]);

/* Writes a value as it is, or what is meant by one that the setting does not take; false, and
 * nothing is written, where that is not plain. */
bool bm_form_write_value(const struct bm_field *field, const char *text, size_t length,
                         struct bm_bytes *out);

#endif
