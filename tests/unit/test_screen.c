/* Candidates for nearest neighbours: scores from products of 16-bit integers are as near to those
 * in double as they say, so that no true neighbour is lost, whatever the features look like; on
 * every instruction set that the machine has. */
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/narrow.h"
#include "bm/random.h"
#include "bm/row.h"
#include "nn/kernels.h"
#include "bm/isa.h"
#include "probe/common/screen.h"

/* ---- products ---- */

static int16_t *random_codes(size_t n, size_t terms, int most, uint64_t stream)
{
    int16_t *codes = calloc(n * BM_NARROW_CHUNK, sizeof *codes);
    struct bm_random random = bm_random_of(7, BM_RANDOM_INIT, stream, 0);
    assert_non_null(codes);
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < terms; t++)
            codes[i * BM_NARROW_CHUNK + t] =
                (int16_t)((int)bm_random_below(&random, 2 * (uint32_t)most + 1) - most);
    return codes;
}

static void check_products(const char *isa, size_t m, size_t n, size_t terms, int most)
{
    int16_t *a = random_codes(m, terms, most, 1), *b = random_codes(n, terms, most, 2);
    int16_t *panels = malloc(bm_narrow_panels(n) * sizeof *panels);
    size_t width = bm_narrow_width(n);
    float *products = malloc(m * width * sizeof *products);
    bm_narrow_pack(b, n, terms, panels);
    bm_narrow_products(m, a, n, panels, terms, false, products);
    bm_narrow_products(m, a, n, panels, terms, true, products);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            int64_t sum = 0;
            for (size_t t = 0; t < terms; t++)
                sum += a[i * BM_NARROW_CHUNK + t] * b[j * BM_NARROW_CHUNK + t];
            if (products[i * width + j] != 2 * (float)sum)
                fail_msg("%s, %zu x %zu of %zu: (%zu, %zu) is %g, not %g", isa, m, n, terms, i, j,
                         (double)products[i * width + j], 2 * (double)(float)sum);
        }
    free(a);
    free(b);
    free(panels);
    free(products);
}

static void products_are_exact(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        const char *isa = (*kernels)->isa;
        assert_int_equal(bm_kernels_choose(isa, NULL), 0);
        check_products(isa, 1, 1, 1, 32767);
        check_products(isa, 13, 33, 2, 32767);
        check_products(isa, 100, 70, 37, 7000);
        check_products(isa, 197, 31, BM_NARROW_CHUNK, 2047);
    }
}

/* ---- rows ---- */

struct features {
    const char *name;
    size_t dimension;
    double offset, spread; /* of normal values */
    int distinct;          /* > 0: rows repeat */
    int spike;             /* > 0: every so many rows have a large feature */
    double ratio;          /* each row's size beside that of the row before it */
};

static const struct features kinds[] = {
    {"ordinary", 64, 0, 1, 0, 0, 1},
    {"one feature", 1, 0, 1, 0, 0, 1},
    {"two features", 2, 0, 1, 0, 0, 1},
    {"three, nearly collapsed", 3, 1, 1e-4, 0, 0, 1},
    {"positive", 300, 1, 0.5, 0, 0, 1},
    {"nearly collapsed", 700, 1, 1e-4, 0, 0, 1},
    {"collapsed to rounding", 513, 1, 2e-7, 0, 0, 1},
    {"constant", 100, 3, 0, 0, 0, 1},
    {"zeros", 40, 0, 0, 0, 0, 1},
    {"duplicates", 33, 0, 1, 3, 0, 1},
    {"collapsed duplicates", 600, 1, 1e-6, 5, 0, 1},
    {"huge offset", 128, 1e6, 1, 0, 0, 1},
    {"huge", 128, 0, 1e37, 0, 0, 1},
    {"tiny", 128, 0, 1e-37, 0, 0, 1},
    {"denormal", 20, 0, 1e-42, 0, 0, 1},
    {"of all sizes", 50, 0, 1, 0, 0, 0.6},
    {"spikes", 1100, 0, 1, 0, 7, 1},
    {"wide", 5000, 0.1, 1, 0, 0, 1},
};

enum { QUERIES = 40, ROWS = 150, ZERO = 11 /* a row of zeros in each */ };

static float *make_rows(const struct features *kind, size_t n, uint64_t stream)
{
    size_t d = kind->dimension;
    float *rows = malloc(n * d * sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < n; i++) {
        bool repeats = kind->distinct > 0;
        struct bm_random random = bm_random_of(5, BM_RANDOM_INIT, repeats ? 0 : stream,
                                               repeats ? i % (size_t)kind->distinct : i);
        double size = pow(kind->ratio, (double)i);
        for (size_t k = 0; k < d; k++)
            rows[i * d + k] =
                (float)(size * (kind->offset + kind->spread * bm_random_normal(&random)));
        if (kind->spike > 0 && i % (size_t)kind->spike == 0)
            rows[i * d + i % d] = 1e4F;
    }
    memset(rows + ZERO * d, 0, d * sizeof *rows);
    return rows;
}

/* ---- scores ---- */

struct scene {
    const struct features *kind;
    const char *isa;
    struct bm_held held;
    struct bm_probe_rows rows;
    struct bm_screen screen;
    double distances[ROWS]; /* of one query, in double */
};

static void measure_distances(struct scene *scene, size_t query)
{
    size_t d = scene->kind->dimension;
    float *a = malloc(d * sizeof *a), *b = malloc(d * sizeof *b);
    const float *row = scene->held.rows + query * d;
    bm_row_divide(row, d, bm_row_length(row, d), a);
    for (size_t j = 0; j < ROWS; j++) {
        row = scene->rows.features + j * d;
        bm_row_divide(row, d, bm_row_length(row, d), b);
        scene->distances[j] = bm_row_distance(a, b, d);
    }
    free(a);
    free(b);
}

/* The score is (|a'|^2 - distance) / 2, up to what double does. */
static void check_scores(const struct scene *scene, size_t query, const struct bm_scores *scores)
{
    const struct bm_screen_query *a = &scene->screen.queries[query];
    for (size_t j = 0; j < ROWS; j++) {
        double exact = (double)a->scale * (a->norm * a->norm - scene->distances[j]) / 2;
        double least = (double)bm_score_least(scores, j) - scores->error;
        double most = (double)bm_score_most(scores, j) + scores->error;
        if (!(least <= exact && exact <= most))
            fail_msg("%s, %s: score (%zu, %zu) is %.9g, not in %.9g ... %.9g", scene->isa,
                     scene->kind->name, query, j, exact, least, most);
    }
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Rows no farther than the k-th nearest are above both limits; returns how many are above. */
static size_t check_limits(const struct scene *scene, size_t query, const struct bm_scores *scores,
                           size_t k)
{
    double nearness[ROWS], least[ROWS];
    for (size_t j = 0; j < ROWS; j++) {
        nearness[j] = -scene->distances[j];
        least[j] = (double)bm_score_least(scores, j);
    }
    qsort(nearness, ROWS, sizeof *nearness, descending);
    qsort(least, ROWS, sizeof *least, descending);
    float limit = bm_screen_limit(&scene->screen, query, scores, -nearness[k - 1]);
    float first = bm_screen_limit_of(scores, (float)least[k - 1]);
    size_t candidates = 0;
    for (size_t j = 0; j < ROWS; j++) {
        float most = bm_score_most(scores, j);
        candidates += most >= limit;
        if (scene->distances[j] <= -nearness[k - 1] && (most < limit || most < first))
            fail_msg("%s, %s: row %zu of query %zu is lost", scene->isa, scene->kind->name, j,
                     query);
    }
    return candidates;
}

static void check(const struct features *kind, const char *isa)
{
    static uint32_t position[ROWS];
    static uint16_t label[ROWS];
    float *queries = make_rows(kind, QUERIES, 1), *rows = make_rows(kind, ROWS, 2);
    struct scene scene = {
        .kind = kind,
        .isa = isa,
        .held = {QUERIES, kind->dimension, position, label, label, queries},
        .rows = {BM_WALK_FITTED, 0, ROWS, kind->dimension, 0, rows, position, label, label},
    };
    const struct bm_probe_tap tap = {kind->dimension, &scene.held};
    const struct bm_probe_task task = {.threads = 1, .most_rows = ROWS, .n_taps = 1, .taps = &tap};
    struct bm_arena count = {0}, memory, work;
    struct bm_screen counted = bm_screen_begin(&task, &count);
    assert_int_equal(bm_arena_init(&memory, count.used, "a screen", NULL), 0);
    count = (struct bm_arena){0};
    counted.held = &scene.held;
    bm_screen_carve(&counted, &count);
    assert_int_equal(bm_arena_init(&work, count.used, "its work", NULL), 0);
    scene.screen = bm_screen_begin(&task, &memory);
    struct bm_arena lent = bm_arena_lent(work.base, work.size);
    bm_screen_measure(&scene.screen, &lent);
    lent = bm_arena_lent(work.base, work.size);
    struct bm_screen_rows at = bm_screen_carve(&scene.screen, &lent);
    bm_screen_offer(&scene.screen, &scene.rows, &at);
    assert_int_equal(bm_screen_multiply(&scene.screen, 0, &scene.rows, &at), QUERIES);
    size_t candidates = 0, k = 8;
    for (size_t q = 0; q < QUERIES; q++) {
        struct bm_scores scores =
            bm_screen_scores(&scene.screen, q, at.products + q * at.width, &at);
        measure_distances(&scene, q);
        check_scores(&scene, q, &scores);
        candidates += check_limits(&scene, q, &scores, k);
    }
    /* What tells rows apart is not lost in a large mean, either. */
    if (kind->dimension > 2 && kind->spread > 0 && kind->distinct == 0 && kind->spike == 0 &&
        kind->spread / (kind->offset + 1) > 1e-5)
        if (candidates > 2 * k * QUERIES)
            fail_msg("%s, %s: %zu candidates for %zu queries", isa, kind->name, candidates,
                     (size_t)QUERIES);
    bm_arena_fini(&memory);
    bm_arena_fini(&work);
    free(queries);
    free(rows);
}

static void no_neighbour_is_lost(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            check(&kinds[i], (*kernels)->isa);
    }
}

/* Codes as large as they may be: rows on which a product would overflow if the scale were larger.
 */
static void scale_keeps_products_from_overflowing(void **state)
{
    (void)state;
    static float row[BM_NARROW_CHUNK], centre[BM_NARROW_CHUNK];
    int16_t code[BM_NARROW_CHUNK];
    for (size_t ones = 1; ones <= BM_NARROW_CHUNK; ones++) {
        double length, squares = 0;
        row[ones - 1] = 1;
        float scale = bm_narrow_scale(row, centre, BM_NARROW_CHUNK, &length);
        bm_narrow_code(row, centre, BM_NARROW_CHUNK, scale, code);
        for (size_t d = 0; d < BM_NARROW_CHUNK; d++)
            squares += (double)code[d] * code[d];
        assert_true(code[0] > 0 && squares < 0x1p31);
        assert_true(code[0] >= 32700 || squares > 0.998 * 0x1p31);
        assert_true(fabs(length * length - (double)ones) < 1e-9);
    }
}

/* ---- rows in double ---- */

enum { LONGEST = 1030 };

/* Eight sums, then their sum: the order that results of old have. */
static double sum_by_eight(const float *a, const float *b, size_t n, bool of_squares)
{
    double sums[8] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = (double)a[i] - (double)b[i];
        sums[i < n / 8 * 8 ? i % 8 : 0] +=
            of_squares ? difference * difference : (double)a[i] * (double)b[i];
    }
    for (size_t s = 0; s < 8; s++)
        sum += sums[s];
    return sum;
}

/* As of each alone, divided before. */
static void check_distances(const float *a, const float *b, size_t n, double first, double second)
{
    float divided[LONGEST];
    double lengths[BM_ROW_GROUP] = {first, second}, distances[BM_ROW_GROUP];
    const float *rows[BM_ROW_GROUP] = {a, b};
    bm_row_distances(b, rows, lengths, n, divided, distances);
    for (size_t r = 0; r < BM_ROW_GROUP; r++) {
        bm_row_divide(rows[r], n, lengths[r], divided);
        double alone = sum_by_eight(b, divided, n, true);
        assert_true(memcmp(&distances[r], &alone, sizeof alone) == 0);
    }
}

static void rows_have_the_same_bits_everywhere(void **state)
{
    (void)state;
    float a[LONGEST], b[LONGEST], divided[LONGEST];
    struct bm_random random = bm_random_of(11, BM_RANDOM_INIT, 0, 0);
    for (size_t i = 0; i < LONGEST; i++) {
        a[i] = (float)(1 + 0.01 * bm_random_normal(&random));
        b[i] = (float)(1e-3 * bm_random_normal(&random)); /* squares are rounded */
    }
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (size_t n = 0; n <= LONGEST; n += n < 40 ? 1 : 99) {
            assert_true(bm_row_dot(a, b, n) == sum_by_eight(a, b, n, false));
            assert_true(bm_row_distance(a, b, n) == sum_by_eight(a, b, n, true));
            bm_row_divide(a, n, 3, divided);
            for (size_t i = 0; i < n; i++)
                assert_true(divided[i] == a[i] * (float)(1 / 3.0));
            check_distances(a, b, n, 3, 0.7);
            check_distances(b, a, n, 0, 1e30);
            check_distances(b, a, n, 2, 1e-42); /* whose inverse is no float */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(scale_keeps_products_from_overflowing),
        cmocka_unit_test(no_neighbour_is_lost),
        cmocka_unit_test(rows_have_the_same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
