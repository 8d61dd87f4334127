/* Values that are stored in 16 bits between the passes. What rounding is (rounded.h) is compared
 * with every instruction set. A network that stores its values so is compared, bit for bit, with
 * one that does not and whose values are rounded where they lie; and gradients of layers with those
 * of the double build, within what half an ulp of each value can do.
 */
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/isa.h"
#include "graph_cases.h"
#include "layer_cases.h"
#include "rounded.h"
#include "vectors.h"

/* Numbers of all sizes: about each tie, and on both sides of what has an empty lower half. */
static const uint32_t lower_halves[] = {0,      1,      0x7FFE, 0x7FFF, 0x8000,
                                        0x8001, 0x8002, 0xC0DE, 0xFFFF};

enum { N_LOWER = sizeof lower_halves / sizeof *lower_halves, N_ALL = 65536 * N_LOWER };

/* Packed as one row that begins anywhere and is of any length. */
static void check_rounding(const struct bm_kernels *kernels, bool streams)
{
    float *x = malloc(N_ALL * sizeof *x), *back = malloc(N_ALL * sizeof *back);
    uint16_t *packed = malloc((N_ALL + 1) * sizeof *packed);
    for (uint32_t upper = 0; upper < 65536; upper++)
        for (uint32_t i = 0; i < N_LOWER; i++)
            x[upper * N_LOWER + i] = float_of(upper << 16 | lower_halves[i]);
    for (size_t at = 0, n = 1; at < N_ALL; at += n, n = n % 67 + 1) {
        n = N_ALL - at < n ? N_ALL - at : n;
        packed[at + n] = 0xDEAD;
        kernels->bf16_pack(x + at, n, packed + at, streams);
        assert_int_equal(packed[at + n], 0xDEAD);
        kernels->bf16_unpack(packed + at, n, back + at);
    }
    for (size_t i = 0; i < N_ALL; i++) {
        float expected = rounded(x[i]);
        bool is_right = isnan(x[i]) ? isnan(back[i]) && signbit(back[i]) == signbit(x[i])
                                    : bits_of(back[i]) == bits_of(expected);
        if (!is_right)
            fail_msg("%s: %a is stored as %a, expected %a", kernels->isa, (double)x[i],
                     (double)back[i], (double)expected);
    }
    free(x);
    free(back);
    free(packed);
}

static void rounds_to_nearest_even(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++)
        for (int streams = 0; streams <= 1; streams++)
            check_rounding(*kernels, streams);
}

/* ---- networks ---- */

/* What is packed in one network is rounded where it lies in the other, whose nodes are the same. */
static void round_between_passes(struct bm_net *plain, const struct bm_net *packed)
{
    bool is_rounded[BM_MOST_BLOCKS] = {false};
    for (int k = 0; k < packed->n_kept; k++)
        for (int i = 1; i < packed->n_nodes; i++) {
            int block = plain->nodes[i].value;
            if (packed->nodes[i].value != packed->kept_values[k].value || is_rounded[block])
                continue;
            bm_real *values = bm_net_block(plain, block);
            for (size_t v = 0; v < BATCH * packed->kept_values[k].image; v++)
                values[v] = rounded(values[v]);
            is_rounded[block] = true;
        }
}

static void check_outputs(struct graph_run *packed, struct graph_run *plain)
{
    size_t bytes = plain->n_out * sizeof(bm_real);
    for (int mode = BM_TRAIN; mode <= BM_CALIBRATE; mode++)
        assert_memory_equal(graph_forward(packed, (enum bm_mode)mode),
                            graph_forward(plain, (enum bm_mode)mode), bytes);
    assert_memory_equal(bm_net_watch(packed->net, packed->x, BATCH, -1, graph_no_tap, NULL),
                        bm_net_watch(plain->net, plain->x, BATCH, -1, graph_no_tap, NULL), bytes);
}

/* Whether rounding has changed gradients at all. */
static bool check_graph(const struct graph *graph, int threads)
{
    struct graph_run plain = graph_run_of(graph, graph_net_stored(graph, threads, BM_STORED_FP32));
    struct graph_run packed = graph_run_of(graph, graph_net_stored(graph, threads, BM_STORED_BF16));
    size_t bytes = plain.net->n_parameters * sizeof(bm_real);
    bm_real *exact = malloc(bytes);
    check_outputs(&packed, &plain);
    graph_forward(&plain, BM_TRAIN);
    graph_backward(&plain);
    memcpy(exact, plain.net->memory.gradients, bytes);
    graph_forward(&plain, BM_TRAIN);
    round_between_passes(plain.net, packed.net);
    graph_backward(&plain);
    graph_forward(&packed, BM_TRAIN);
    graph_backward(&packed);
    if (memcmp(packed.net->memory.gradients, plain.net->memory.gradients, bytes) != 0)
        fail_msg("%s, %d threads: gradients are not those of rounded values", graph->name, threads);
    bool has_changed = memcmp(exact, plain.net->memory.gradients, bytes) != 0;
    graph_run_fini(&plain);
    graph_run_fini(&packed);
    free(exact);
    return has_changed;
}

static void gradients_are_those_of_rounded_values(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        for (size_t g = 0; g < N_GRAPHS; g++)
            for (int threads = 1; threads <= 3; threads += 2)
                if (!check_graph(&graphs[g], threads) && graphs[g].build != plain_stem)
                    fail_msg("%s: nothing is stored", graphs[g].name);
    }
}

/* ---- layers ---- */

static bool reads_products(const struct layer_run *run)
{
    return run->call.node->layer->flops != NULL;
}

static bm_real *next_vector(FILE *dump, size_t n)
{
    size_t their_n;
    double value;
    assert_int_equal(fscanf(dump, "%zu", &their_n), 1);
    assert_int_equal(their_n, n);
    bm_real *values = malloc((n + 1) * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(fscanf(dump, "%la", &value), 1);
        values[i] = (bm_real)value;
    }
    return values;
}

/* The gradient of the weights is a sum of products x dy, and each x is off by 2^-8 |x| at most:
 * half an ulp of 8 bits. So a gradient is off by 2^-8 of what it is of |x| and |dy|, beside float's
 * own error. That of the input does not read x. */
static void check_layer(const struct layer_case *layer, const bm_real *d_weights)
{
    struct layer_run run = layer_run_of(layer), of_sizes = layer_run_of(layer);
    struct part *input = &run.parts[0], *weights = &run.parts[1];
    double norm = 0;
    layer_forward(&run);
    for (size_t i = 0; i < input->n; i++) {
        input->value[i] = rounded(input->value[i]);
        of_sizes.parts[0].value[i] = fabsf(of_sizes.parts[0].value[i]);
    }
    bm_real *dy = of_sizes.call.dy;
    for (size_t i = 0; i < run.n_out; i++)
        dy[i] = fabsf(dy[i]);
    layer_backward(&run);
    layer_backward(&of_sizes);
    for (size_t i = 0; i < weights->n; i++)
        norm = fmax(norm, fabs((double)of_sizes.parts[1].gradient[i]));
    for (size_t i = 0; i < weights->n; i++) {
        double error = fabs((double)weights->gradient[i] - (double)d_weights[i]);
        double most = 0x1p-8 * (double)of_sizes.parts[1].gradient[i] + 1e-5 * norm;
        if (!(error <= most))
            fail_msg("%s: a gradient is off by %g, allowed %g", layer->name, error, most);
    }
    layer_run_fini(&run);
    layer_run_fini(&of_sizes);
}

static void check_layers(void)
{
    FILE *dump = dump_of("test_layers");
    assert_non_null(dump);
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        struct layer_run run = layer_run_of(&layer_cases[c]);
        bm_real *theirs[6];
        int n = 0;
        theirs[n++] = next_vector(dump, run.n_out);
        theirs[n++] = next_vector(dump, run.n_state);
        for (int p = 0; p < run.n_parts; p++)
            theirs[n++] = next_vector(dump, run.parts[p].n);
        theirs[n++] = next_vector(dump, run.n_out);
        if (reads_products(&run))
            check_layer(&layer_cases[c], theirs[3]);
        while (n > 0)
            free(theirs[--n]);
        layer_run_fini(&run);
    }
    assert_int_equal(pclose(dump), 0);
}

static void gradients_of_weights_are_within_half_an_ulp(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        check_layers();
    }
}

/* ---- memory ---- */

struct need {
    double all, kept; /* bytes: of training in all, and of what lies between the passes */
};

static struct need need_of(enum bm_stored stored)
{
    const struct bm_net_spec spec = {.arch = "resnet18",
                                     .input = {32, 32, 3},
                                     .classes = 10,
                                     .width = 64,
                                     .projector_width = 65536,
                                     .norm = BM_NORM_BN,
                                     .saved_activations = stored};
    struct bm_net *net = bm_net_new(&spec, 256, NULL);
    struct need need = {(double)bm_net_memory(net, BM_UPDATE_AT_ONCE), 0};
    need.all += 2 * (double)(net->n_parameters * sizeof(bm_real)); /* moments */
    for (int b = 0; b < net->n_blocks; b++)
        if (net->blocks[b].first <= net->n_nodes && net->blocks[b].last > net->n_nodes)
            need.kept += (double)net->blocks[b].size;
    bm_net_free(net);
    return need;
}

static void takes_less_memory(void **state)
{
    (void)state;
    omp_set_num_threads(1); /* each thread has a workspace of its own */
    struct need plain = need_of(BM_STORED_FP32);
    assert_true(plain.kept > 800e6);
    for (int stored = BM_STORED_BF16; stored <= BM_STORED_BF16_ALL; stored++) {
        struct need packed = need_of((enum bm_stored)stored);
        assert_true(packed.kept <= 0.55 * plain.kept);
        assert_true(packed.all <= 0.75 * plain.all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_nearest_even),
        cmocka_unit_test(gradients_are_those_of_rounded_values),
        cmocka_unit_test(gradients_of_weights_are_within_half_an_ulp),
        cmocka_unit_test(takes_less_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
