/* Products in bfloat16: what a product of pairs is, and what becomes of layers and networks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "graph_cases.h"
#include "layer_cases.h"
#include "vectors.h"
#include "nn/kernels.h"
#include "nn/layer/conv.h"

static void each_isa(void (*check)(void))
{
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        check();
    }
}

/* Written out: to the nearest of the two multiples of 2^-8 of its power of two, the even one of two
 * that are as near. */
static float rounded(float x)
{
    int exponent;
    float unit = (frexpf(x, &exponent), ldexpf(1, exponent - 8));
    return x == 0 ? x : unit * nearbyintf(x / unit);
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static bm_pair pair_of(float first, float second)
{
    return bits_of(rounded(first)) >> 16 | (bits_of(rounded(second)) & 0xFFFF0000);
}

static float first_of(bm_pair pair)
{
    uint32_t bits = pair << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float second_of(bm_pair pair)
{
    return first_of(pair >> 16);
}

/* ---- products ---- */

/* Rows of C, pairs of a sum, panels; of which width in vectors, and whether the product adds. */
static void check_product(int m, int k, int panels, int vectors, bool add)
{
    int width = vectors * bm_kernels()->lanes, columns = panels * width;
    bm_pair *a = malloc((size_t)(m * k) * sizeof *a),
            *b = malloc((size_t)(k * columns) * sizeof *b);
    float *c = malloc((size_t)(m * columns) * sizeof *c);
    for (int i = 0; i < m * k; i++)
        a[i] = pair_of((float)hash_value(1, (uint64_t)i), (float)hash_value(2, (uint64_t)i));
    for (int i = 0; i < k * columns; i++)
        b[i] = pair_of((float)hash_value(3, (uint64_t)i), (float)hash_value(4, (uint64_t)i));
    for (int i = 0; i < m * columns; i++)
        c[i] = 3;
    struct bm_panel_product product = {.m = m,
                                       .k = k,
                                       .has_pairs = true,
                                       .a = a,
                                       .a_row = (size_t)k,
                                       .a_depth = 1,
                                       .a_panel = k,
                                       .b = b,
                                       .b_row = (size_t)width,
                                       .b_step = (size_t)(k * width),
                                       .c = c,
                                       .c_row = (size_t)width,
                                       .c_step = (size_t)(m * width),
                                       .width = width,
                                       .panels = panels,
                                       .add = add};
    bm_kernels()->panel_product(&product);
    for (int p = 0; p < panels; p++)
        for (int i = 0; i < m; i++)
            for (int j = 0; j < width; j++) {
                double sum = add ? 3 : 0, sizes = sum;
                for (int d = 0; d < k; d++) {
                    bm_pair left = a[i * k + d], right = b[(p * k + d) * width + j];
                    double one = (double)first_of(left) * (double)first_of(right);
                    double other = (double)second_of(left) * (double)second_of(right);
                    sum += one + other;
                    sizes += fabs(one) + fabs(other);
                }
                double error = fabs((double)c[(p * m + i) * width + j] - sum);
                if (!(error <= 2 * (k + 1) * 0x1p-24 * sizes))
                    fail_msg("%s: %d rows, %d pairs: off by %g of %g", bm_isa(), m, k, error,
                             sizes);
            }
    free(a);
    free(b);
    free(c);
}

static void check_products(void)
{
    for (int m = 1; m <= 37; m += 4)
        for (int vectors = 1; vectors <= 2; vectors++) {
            check_product(m, 1, 1, vectors, false);
            check_product(m, 17, 3, vectors, true);
            check_product(m, 64, 2, vectors, false);
        }
}

/* As in AVX512-BF16; the last pair is 2^-126 times 2^100, which is normal. */
static void check_denormals(void)
{
    enum { LANES = 16 };
    bm_pair a[] = {1, 1U << 16, 0x7F, 0x80}, b[4][LANES];
    float c[LANES];
    for (int d = 0; d < 4; d++)
        for (int j = 0; j < LANES; j++)
            b[d][j] = pair_of(0x1p100F, 0x1p100F);
    struct bm_panel_product product = {.m = 1,
                                       .k = 4,
                                       .has_pairs = true,
                                       .a = a,
                                       .a_row = 4,
                                       .a_depth = 1,
                                       .a_panel = 4,
                                       .b = b,
                                       .b_row = LANES,
                                       .c = c,
                                       .c_row = LANES,
                                       .width = bm_kernels()->lanes,
                                       .panels = 1};
    bm_kernels()->panel_product(&product);
    for (int j = 0; j < bm_kernels()->lanes; j++)
        assert_true(c[j] == 0x1p-26F);
}

static void denormals_are_no_terms(void **state)
{
    (void)state;
    each_isa(check_denormals);
}

static void products_are_sums_of_both_terms(void **state)
{
    (void)state;
    each_isa(check_products);
}

/* ---- pairs of a matrix ---- */

enum { ROWS = 33, COLUMNS = 64, STRIDE = 71 };

static float element(int row, int column)
{
    return (float)hash_value(5, (uint64_t)(row * STRIDE + column));
}

static void check_pairs(void)
{
    static float from[ROWS * STRIDE];
    static bm_pair pairs[(ROWS + 1) / 2 * COLUMNS];
    int width = 2 * bm_kernels()->lanes;
    for (int i = 0; i < ROWS * STRIDE; i++)
        from[i] = element(i / STRIDE, i % STRIDE);
    bm_kernels()->pair_rows(from, BM_ELEMENT_REAL, STRIDE, ROWS, COLUMNS, width, pairs);
    for (int t = 0; t < (ROWS + 1) / 2; t++)
        for (int c = 0; c < COLUMNS; c++) {
            float second = 2 * t + 1 < ROWS ? element(2 * t + 1, c) : 0;
            assert_int_equal(pairs[(c / width * ((ROWS + 1) / 2) + t) * width + c % width],
                             pair_of(element(2 * t, c), second));
        }
    bm_kernels()->pair_columns(from, STRIDE, 32, COLUMNS, width, pairs);
    for (int r = 0; r < 32; r++)
        for (int t = 0; t < COLUMNS / 2; t++)
            assert_int_equal(pairs[(r / width * (COLUMNS / 2) + t) * width + r % width],
                             pair_of(element(r, 2 * t), element(r, 2 * t + 1)));
}

static void matrices_are_paired(void **state)
{
    (void)state;
    each_isa(check_pairs);
}

/* ---- layers ---- */

/* Relative errors of what is rounded against the double build. Rounding alone is 2^-9 at most, in
 * both factors; Winograd's transforms enlarge it, those of stride 1 most. Others stay what they
 * are. */
static double most_error(const struct bm_node *node)
{
    if (!node->rounds_products)
        return 0;
    if (strcmp(node->layer->name, "linear") == 0)
        return 0.004;
    return ((const struct conv *)node->detail)->stride == 1 ? 0.02 : 0.007;
}

/* The next vector of the dump; where nothing is rounded, the bits of the float layer as well. */
static void compare(FILE *dump, const char *layer, const char *what, double most,
                    const bm_real *ours, const bm_real *in_float, size_t n)
{
    double error = error_of_next(dump, ours, n);
    bool is_equal = memcmp(ours, in_float, n * sizeof *ours) == 0;
    if (most > 0 ? !(error <= most) || is_equal : !is_equal)
        fail_msg("%s: %s, %s: relative error %.1e, allowed %.1e%s", bm_isa(), layer, what, error,
                 most, is_equal ? "; nothing is rounded" : "");
}

/* How often a layer was computed in bfloat16. */
static int check_layer(FILE *dump, const struct layer_case *layer)
{
    struct layer_run run = layer_run_in(layer, BM_PRECISION_BF16), plain = layer_run_of(layer);
    double most = most_error(run.call.node);
    layer_forward(&run);
    layer_backward(&run);
    layer_forward(&plain);
    layer_backward(&plain);
    compare(dump, layer->name, "output", most, run.call.y, plain.call.y, run.n_out);
    compare(dump, layer->name, "state", 0, run.call.state, plain.call.state, run.n_state);
    for (int p = 0; p < run.n_parts; p++)
        compare(dump, layer->name, run.parts[p].name, run.parts[p].n > 0 ? most : 0,
                run.parts[p].gradient, plain.parts[p].gradient, run.parts[p].n);
    run.call.mode = plain.call.mode = BM_EVAL;
    layer_forward(&run);
    layer_forward(&plain);
    compare(dump, layer->name, "evaluated output", 0, run.call.y, plain.call.y, run.n_out);
    layer_run_fini(&run);
    layer_run_fini(&plain);
    return most > 0;
}

static void check_layers(void)
{
    FILE *dump = dump_of("test_layers");
    assert_non_null(dump);
    int rounded_layers = 0;
    for (size_t c = 0; c < N_LAYER_CASES; c++)
        rounded_layers += check_layer(dump, &layer_cases[c]);
    assert_int_equal(pclose(dump), 0);
    assert_true(rounded_layers > 14);
}

static void layers_are_near_double(void **state)
{
    (void)state;
    each_isa(check_layers);
}

/* dx of a layer that another one has written to already. */
static void check_added_gradient(void)
{
    const struct layer_case *layer = layer_cases;
    while (strcmp(layer->name, "linear in whole panels") != 0)
        layer++;
    struct layer_run run = layer_run_in(layer, BM_PRECISION_BF16);
    struct part *input = &run.parts[0];
    bm_real *alone = malloc(input->n * sizeof *alone);
    layer_backward(&run);
    memcpy(alone, input->gradient, input->n * sizeof *alone);
    for (size_t i = 0; i < input->n; i++)
        input->gradient[i] = 1;
    run.call.adds[0] = true;
    layer_backward(&run);
    for (size_t i = 0; i < input->n; i++)
        assert_true(fabsf(input->gradient[i] - (1 + alone[i])) < 1e-5F);
    free(alone);
    layer_run_fini(&run);
}

static void gradients_are_added(void **state)
{
    (void)state;
    each_isa(check_added_gradient);
}

/* ---- networks ---- */

/* Layers that do each other's passes. Errors grow from layer to layer, and where the ReLU of a
 * value near 0 changes its mind. Evaluations are those in float, bit for bit. */
static void check_graph(const struct graph *graph, int threads)
{
    struct bm_net *net = graph_net_in(graph, threads, BM_PRECISION_BF16);
    struct graph_run plain = graph_run_of(graph, graph_net(graph, threads));
    struct graph_run narrow = graph_run_of(graph, net);
    size_t bytes = plain.n_out * sizeof(bm_real);
    for (int mode = BM_EVAL; mode <= BM_CALIBRATE; mode++)
        assert_memory_equal(graph_forward(&narrow, (enum bm_mode)mode),
                            graph_forward(&plain, (enum bm_mode)mode), bytes);
    double output = graph_distance(graph_forward(&narrow, BM_TRAIN),
                                   graph_forward(&plain, BM_TRAIN), plain.n_out);
    graph_backward(&plain);
    graph_backward(&narrow);
    double gradients = graph_distance(narrow.net->memory.gradients, plain.net->memory.gradients,
                                      plain.net->n_parameters);
    if (!(output <= 0.02 && gradients <= 0.1) ||
        (gradients > 0) != bm_net_rounds_products(narrow.net))
        fail_msg("%s: %s, %d threads: outputs are off by %g, gradients by %g", bm_isa(),
                 graph->name, threads, output, gradients);
    graph_run_fini(&plain);
    graph_run_fini(&narrow);
}

static void check_networks(void)
{
    for (size_t g = 0; g < N_GRAPHS; g++)
        for (int threads = 1; threads <= 3; threads += 2)
            check_graph(&graphs[g], threads);
    check_graph(&wide, 1);
    check_graph(&wide, 3);
}

static void networks_are_near_float(void **state)
{
    (void)state;
    each_isa(check_networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_sums_of_both_terms),
        cmocka_unit_test(denormals_are_no_terms),
        cmocka_unit_test(matrices_are_paired),
        cmocka_unit_test(layers_are_near_double),
        cmocka_unit_test(gradients_are_added),
        cmocka_unit_test(networks_are_near_float),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
