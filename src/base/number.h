/* Numbers as people and other programs write them. Decimal notation only: never hexadecimal, "nan"
 * or "infinity". */
#ifndef BM_BASE_NUMBER_H
#define BM_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole number, also as "1e3" or "5.0", and exact whatever its length; one that does not fit
 * becomes INT64_MAX or -INT64_MAX. False for all else. */
bool bm_integer_parse(const char *text, int64_t *value);

/* A finite number, or a fraction of two. False for all else, and for what is not 0 but would become
 * 0. */
bool bm_real_parse(const char *text, double *value);

/* The shortest of 15 to 17 digits that reads back as the same bits; `size` at least 32. */
void bm_real_text(double value, char *text, size_t size);

/* Rounded to 12 significant digits: what differs only beyond them was meant to be the same. */
double bm_real_round(double value);

#endif
