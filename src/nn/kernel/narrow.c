/* Products of rows of 16-bit integers, and how rows of features become such. Sums of integers are
 * exact, and nothing else is contracted (Makefile). */
#include "vector.h"

#if defined __SSE2__
#include <immintrin.h>
#endif

typedef int32_t ints __attribute__((vector_size(BM_VECTOR_BYTES), aligned(4), may_alias));
typedef float floats __attribute__((vector_size(BM_VECTOR_BYTES), aligned(4), may_alias));

/* A tile is TALL rows of codes by two vectors of sums, as many as the registers hold. */
enum { TERMS = BM_VECTOR_BYTES / 4, WIDE = 2, TALL = BM_VECTOR_BYTES == 64 ? 12 : 6 };

/* sum += a[2i] b[2i] + a[2i + 1] b[2i + 1], 16 bits each. `has_dots`: the CPU has AVX512-VNNI,
 * whose instruction does it at once. */
BM_INLINE ints add_pairs(ints sum, ints a, ints b, bool has_dots)
{
#if BM_VECTOR_BYTES == 64
    if (has_dots) {
        __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
        return sum;
    }
    return sum + (ints)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif BM_VECTOR_BYTES == 32
    (void)has_dots;
    return sum + (ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined __SSE2__
    (void)has_dots;
    return sum + (ints)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    (void)has_dots; /* little-endian */
    return sum + (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}

BM_INLINE ints broadcast(const int16_t *pair)
{
    int32_t both;
    memcpy(&both, pair, sizeof both);
    return both - (ints){0};
}

BM_INLINE void store_sums(float *to, ints sum, bool adds)
{
    floats products = __builtin_convertvector(sum, floats);
    if (adds)
        products += *(floats *)to;
    *(floats *)to = products;
}

/* Rows beyond the last are taken to be the last, and not stored. */
BM_INLINE void tile(const struct bm_narrow_product *product, int first, int panel, bool has_dots)
{
    const int16_t *b = product->panels + (size_t)panel * 2 * (size_t)product->pairs * WIDE * TERMS;
    const int16_t *a[TALL];
    ints sum[TALL][WIDE] = {{{0}}};
    for (int i = 0; i < TALL; i++) {
        int row = first + i < product->rows ? first + i : product->rows - 1;
        a[i] = product->codes + (size_t)row * product->code_row;
    }
    for (int t = 0; t < product->pairs; t++, b += 2 * WIDE * TERMS) {
        ints left = *(const ints *)b, right = *(const ints *)(b + 2 * TERMS);
        for (int i = 0; i < TALL; i++) {
            ints pair = broadcast(a[i] + 2 * t);
            sum[i][0] = add_pairs(sum[i][0], pair, left, has_dots);
            sum[i][1] = add_pairs(sum[i][1], pair, right, has_dots);
        }
    }
    for (int i = 0; i < TALL && first + i < product->rows; i++) {
        float *to = product->products + (size_t)(first + i) * product->product_row +
                    (size_t)panel * WIDE * TERMS;
        store_sums(to, sum[i][0], product->adds);
        store_sums(to + TERMS, sum[i][1], product->adds);
    }
}

BM_INLINE void tiles(const struct bm_narrow_product *product, bool has_dots)
{
    for (int panel = 0; panel < product->n_panels; panel++)
        for (int first = 0; first < product->rows; first += TALL)
            tile(product, first, panel, has_dots);
}

void BM_KERNEL(narrow_product)(const struct bm_narrow_product *product)
{
    if (product->has_dots && BM_VECTOR_BYTES == 64)
        tiles(product, true);
    else
        tiles(product, false);
}

/* ---- rows of features ---- */

/* Partial sums, since each addition waits for the one before it; they become vectors. */
enum { SUMS = 16 };

BM_INLINE double total(const double sums[SUMS])
{
    double sum = 0;
    for (int s = 0; s < SUMS; s++)
        sum += sums[s];
    return sum;
}

BM_INLINE void extent(const float *row, const float *centre, int n, double *sums, float *most)
{
    for (int s = 0; s < n; s++) {
        double difference = (double)row[s] - (double)centre[s];
        float size = __builtin_fabsf(row[s] - centre[s]);
        sums[s] += difference * difference;
        most[s] = size > most[s] ? size : most[s];
    }
}

void BM_KERNEL(narrow_extent)(const float *row, const float *centre, int n, double *squares,
                              float *largest)
{
    double sums[SUMS] = {0};
    float most[SUMS] = {0};
    int i = 0;
    for (; i + SUMS <= n; i += SUMS)
        extent(row + i, centre + i, SUMS, sums, most);
    extent(row + i, centre + i, n - i, sums, most);
    *squares += total(sums);
    for (int s = 0; s < SUMS; s++)
        *largest = most[s] > *largest ? most[s] : *largest;
}

/* Adding 1.5 x 2^23 rounds a float to an integer, whose bits are then its last ones. */
void BM_KERNEL(narrow_round)(const float *row, const float *centre, int n, float scale,
                             int16_t *code)
{
    for (int i = 0; i < n; i++) {
        float shifted = (row[i] - centre[i]) * scale + 0x1.8p23F;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        code[i] = (int16_t)bits;
    }
}

BM_INLINE void errors(const float *row, const float *centre, int n, double unit,
                      const int16_t *code, double *sums)
{
    for (int s = 0; s < n; s++) {
        double error = (double)row[s] - (double)centre[s] - code[s] * unit;
        sums[s] += error * error;
    }
}

void BM_KERNEL(narrow_error)(const float *row, const float *centre, int n, double unit,
                             const int16_t *code, double *squares)
{
    double sums[SUMS] = {0};
    int i = 0;
    for (; i + SUMS <= n; i += SUMS)
        errors(row + i, centre + i, SUMS, unit, code + i, sums);
    errors(row + i, centre + i, n - i, unit, code + i, sums);
    *squares += total(sums);
}
