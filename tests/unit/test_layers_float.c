/* Every layer in float against the double build on the same inputs: relative error < 1e-5, or three
 * times PyTorch's where mean >> deviation. The double results are printed by
 * tests/double/test_layers --dump. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "layer_cases.h"
#include "vectors.h"
#include "nn/kernels.h"

/* Relative errors of PyTorch's layers in float where mean >> deviation, measured by
 * tests/reference/float_error.py. Ours may be three times as large, but for the gradient of
 * Winograd's input, into which that mean does not go: with 9.4e-7 it is 4.5 times PyTorch's 2.1e-7.
 * Whole chains of layers are in test_graphs_float.c. */
static const struct {
    const char *layer, *what;
    double error;
} pytorch[] = {
    {"winograd, mean >> deviation", "output", 9.1e-08},
    {"winograd, mean >> deviation", "parameters", 5.6e-07},
    {"winograd, stride 2, mean >> deviation", "output", 9.1e-08},
    {"winograd, stride 2, mean >> deviation", "parameters", 2.8e-07},
    {"batchnorm and relu, many channels", "output", 6.6e-07},
    {"batchnorm and relu, many channels", "input", 2.1e-07},
    {"batchnorm and relu, many channels", "parameters", 5.2e-07},
    {"batchnorm mean >> deviation", "output", 5.8e-05},
    {"batchnorm mean >> deviation", "input", 6.9e-06},
    {"batchnorm mean >> deviation", "parameters", 4.3e-05},
};

static double allowed(const char *layer, const char *what)
{
    for (size_t i = 0; i < sizeof pytorch / sizeof *pytorch; i++)
        if (strcmp(pytorch[i].layer, layer) == 0 && strcmp(pytorch[i].what, what) == 0)
            return 3 * pytorch[i].error;
    return 1e-5;
}

static void compare(FILE *dump, const char *layer, const char *what, const float *ours, size_t n)
{
    double error = error_of_next(dump, ours, n), most = allowed(layer, what);
    if (!(error <= most))
        fail_msg("%s, %s: relative error %.1e, allowed %.1e", layer, what, error, most);
}

static void compare_all(void)
{
    FILE *dump = dump_of("test_layers");
    assert_non_null(dump);
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        const char *name = layer_cases[c].name;
        struct layer_run run = layer_run_of(&layer_cases[c]);
        layer_forward(&run);
        layer_backward(&run);
        compare(dump, name, "output", run.call.y, run.n_out);
        compare(dump, name, "state", run.call.state, run.n_state);
        for (int p = 0; p < run.n_parts; p++)
            compare(dump, name, run.parts[p].name, run.parts[p].gradient, run.parts[p].n);
        run.call.mode = BM_EVAL;
        layer_forward(&run);
        compare(dump, name, "evaluated output", run.call.y, run.n_out);
        layer_run_fini(&run);
    }
    assert_int_equal(pclose(dump), 0);
}

/* On every instruction set that this CPU has. */
static void float_is_near_double(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        compare_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(float_is_near_double)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
