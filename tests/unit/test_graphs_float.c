/* Small graphs in float against the double build, with the same inputs: what is right of each layer
 * alone has to stay so where layers do each other's passes. Gradients tensor by tensor. The double
 * results are printed by tests/double/test_graphs --dump. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "graph_cases.h"
#include "vectors.h"

/* Relative errors of PyTorch in float on the graph whose biases make mean >> deviation, measured by
 * tests/reference/float_error.py. Ours may be three times as large. */
static const struct {
    const char *what;
    double error;
} pytorch[] = {
    {"output", 5.0e-08},    {"a.weight", 5.7e-07},      {"a_bn.weight", 2.4e-07},
    {"a_bn.bias", 1.7e-04}, {"b.weight", 6.4e-05},      {"b_bn.weight", 2.8e-05},
    {"b_bn.bias", 1.8e-04}, {"c.weight", 6.7e-05},      {"c_bn.weight", 7.5e-05},
    {"c_bn.bias", 6.5e-08}, {"output.weight", 6.4e-08},
};

static double allowed(const struct graph *graph, const char *what)
{
    for (size_t i = 0; i < sizeof pytorch / sizeof *pytorch && graph->bias > 0; i++)
        if (strcmp(pytorch[i].what, what) == 0)
            return 3 * pytorch[i].error;
    return 1e-5;
}

static void compare(FILE *dump, const struct graph *graph, const char *what, const float *ours,
                    size_t n)
{
    double error = error_of_next(dump, ours, n), most = allowed(graph, what);
    if (!(error <= most))
        fail_msg("%s, %s: relative error %.1e, allowed %.1e", graph->name, what, error, most);
}

static void compare_all(int threads)
{
    FILE *dump = dump_of("test_graphs");
    assert_non_null(dump);
    for (size_t g = 0; g < N_GRAPHS; g++) {
        struct graph_run run = graph_run_of(&graphs[g], graph_net(&graphs[g], threads));
        compare(dump, &graphs[g], "output", graph_forward(&run, BM_TRAIN), run.n_out);
        graph_backward(&run);
        for (int t = 0; t < run.net->n_tensors; t++) {
            const struct bm_tensor *tensor = &run.net->tensors[t];
            if (tensor->trained)
                compare(dump, &graphs[g], tensor->name, run.net->memory.gradients + tensor->offset,
                        bm_tensor_size(tensor));
        }
        compare(dump, &graphs[g], "evaluated output", graph_forward(&run, BM_EVAL), run.n_out);
        graph_run_fini(&run);
    }
    assert_int_equal(pclose(dump), 0);
}

/* On every instruction set that this CPU has. */
static void float_is_near_double(void **state)
{
    (void)state;
    for (const struct bm_kernels *const *kernels = bm_kernels_all(); *kernels != NULL; kernels++) {
        assert_int_equal(bm_kernels_choose((*kernels)->isa, NULL), 0);
        compare_all(1);
        compare_all(3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(float_is_near_double)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
