/* Dot products of rows that are rounded to 16-bit integers: integer instructions take twice as many
 * terms as those of float. A row a is kept as its code, round((a - centre) scale); code / scale is
 * a - centre within an error that is measured. Products of codes are exact, whatever the
 * instruction set, but for float's rounding of their sums over chunks. */
#ifndef BM_NARROW_H
#define BM_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BM_NARROW_CHUNK = 512 /* terms that are multiplied at a time, even */ };

/* The largest scale (0 < scale <= 2^60) with which products of a row's codes cannot overflow;
 * *length: |row - centre|. */
float bm_narrow_scale(const float *row, const float *centre, size_t n, double *length);
/* Codes of n <= BM_NARROW_CHUNK values, zeros behind them: BM_NARROW_CHUNK in all. */
void bm_narrow_code(const float *row, const float *centre, size_t n, float scale, int16_t *code);
/* |row - centre - code / scale|; `scale` is the row's or smaller. */
double bm_narrow_error(const float *row, const float *centre, size_t n, float scale);

/* Room that n rows of codes take in panels (int16_t), and their products with one row (float). */
size_t bm_narrow_panels(size_t n);
size_t bm_narrow_width(size_t n);
/* n rows of codes, BM_NARROW_CHUNK apart, of which `terms` are in use, into panels. */
void bm_narrow_pack(const int16_t *codes, size_t n, size_t terms, int16_t *panels);
/* products (m rows, bm_narrow_width(n) apart) = or += those of m rows of codes, BM_NARROW_CHUNK
 * apart, and n that are packed. Sums of c chunks are exact within c 2^-24 |a| |b|, of codes a, b.
 */
void bm_narrow_products(size_t m, const int16_t *codes, size_t n, const int16_t *panels,
                        size_t terms, bool adds, float *products);

#endif
