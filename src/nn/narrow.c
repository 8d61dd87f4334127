/* Rows of 16-bit integers: the scale that keeps their products from overflowing, panels, threads.
 */
#include "bm/narrow.h"

#include <math.h>
#include <string.h>

#include "kernels.h"

enum {
    CHUNK = BM_NARROW_CHUNK,
    ROWS = 96,                /* of codes that stay in the second cache */
    WORTH = 20 * 1000 * 1000, /* products: less is done before threads have started */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Products are below 2^31 if codes are at most 32,767 and each chunk's length at most 2^15.5 with
 * rounding (each code by 1/2, so a chunk by 1/2 sqrt(CHUNK) < 12). */
float bm_narrow_scale(const float *row, const float *centre, size_t n, double *length)
{
    const double most_code = 32760, most_length = 46320;
    double squares = 0, longest = 0;
    float largest = 0;
    for (size_t at = 0; at < n; at += CHUNK) {
        double of_chunk = 0;
        bm_kernels()->narrow_extent(row + at, centre + at, (int)least(n - at, CHUNK), &of_chunk,
                                    &largest);
        squares += of_chunk;
        longest = fmax(longest, of_chunk);
    }
    *length = sqrt(squares);
    return (float)fmin(0x1p60, fmin(most_code / (double)largest, most_length / sqrt(longest)));
}

void bm_narrow_code(const float *row, const float *centre, size_t n, float scale, int16_t *code)
{
    bm_kernels()->narrow_round(row, centre, (int)n, scale, code);
    memset(code + n, 0, (CHUNK - n) * sizeof *code);
}

double bm_narrow_error(const float *row, const float *centre, size_t n, float scale)
{
    int16_t code[CHUNK];
    double squares = 0;
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t chunk = least(n - at, CHUNK);
        bm_narrow_code(row + at, centre + at, chunk, scale, code);
        bm_kernels()->narrow_error(row + at, centre + at, (int)chunk, 1 / (double)scale, code,
                                   &squares);
    }
    return sqrt(squares);
}

/* ---- products ---- */

/* Columns of a panel: two vectors of sums. */
static size_t panel_width(void)
{
    return 2 * (size_t)bm_kernels()->lanes * sizeof(bm_real) / sizeof(float);
}

static size_t count_panels(size_t n)
{
    return (n + panel_width() - 1) / panel_width();
}

size_t bm_narrow_width(size_t n)
{
    return count_panels(n) * panel_width();
}

size_t bm_narrow_panels(size_t n)
{
    return bm_narrow_width(n) * CHUNK;
}

/* Of each panel pair after pair of terms, those of all its rows one behind the other. */
void bm_narrow_pack(const int16_t *codes, size_t n, size_t terms, int16_t *panels)
{
    size_t width = panel_width(), pairs = (terms + 1) / 2;
    for (size_t panel = 0; panel < count_panels(n); panel++) {
        int16_t *to = panels + panel * 2 * pairs * width;
        size_t first = panel * width, rows = least(n - first, width);
        memset(to, 0, 2 * pairs * width * sizeof *to);
        for (size_t j = 0; j < rows; j++)
            for (size_t t = 0; t < pairs; t++)
                memcpy(to + 2 * (t * width + j), codes + (first + j) * CHUNK + 2 * t,
                       2 * sizeof *to);
    }
}

static bool has_dots(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512vnni");
#else
    return false;
#endif
}

void bm_narrow_products(size_t m, const int16_t *codes, size_t n, const int16_t *panels,
                        size_t terms, bool adds, float *products)
{
    size_t width = bm_narrow_width(n);
#pragma omp parallel for schedule(static) if (m * n * terms > WORTH)
    for (size_t first = 0; first < m; first += ROWS) {
        const struct bm_narrow_product product = {
            .rows = (int)least(m - first, ROWS),
            .n_panels = (int)count_panels(n),
            .pairs = (int)(terms + 1) / 2,
            .codes = codes + first * CHUNK,
            .code_row = CHUNK,
            .panels = panels,
            .products = products + first * width,
            .product_row = width,
            .adds = adds,
            .has_dots = has_dots(),
        };
        bm_kernels()->narrow_product(&product);
    }
}
