/* Every layer's backward against central differences of its forward, and the ways in which the
 * engine may ask for a gradient: added to what is there, over the output's gradient.
 *
 * With --dump it prints what every case computes, for the float build to compare with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "layer_cases.h"
#include "vectors.h"

static double loss_of(struct layer_run *run)
{
    layer_reset_state(run);
    layer_forward(run);
    const double *y = run->call.y, *dy = run->call.dy;
    double sum = 0;
    for (size_t i = 0; i < run->n_out; i++)
        sum += y[i] * dy[i];
    return sum;
}

/* |gradient - difference quotients| / |difference quotients| over at most `most` elements. */
static double difference(struct layer_run *run, const struct part *part, size_t most)
{
    const double h = 1e-4;
    size_t step = part->n / most + 1;
    double error = 0, norm = 0;
    for (size_t i = 0; i < part->n; i += step) {
        double value = part->value[i];
        part->value[i] = value + h;
        double above = loss_of(run);
        part->value[i] = value - h;
        double below = loss_of(run);
        part->value[i] = value;
        double quotient = (above - below) / (2 * h);
        error += (part->gradient[i] - quotient) * (part->gradient[i] - quotient);
        norm += quotient * quotient;
    }
    return norm > 0 ? sqrt(error / norm) : 0;
}

/* Values so near to 0 that a difference would cross ReLU's kink move away from it. */
static void avoid_kink(const struct part *part)
{
    for (size_t i = 0; i < part->n; i++)
        if (fabs(part->value[i]) < 1e-3)
            part->value[i] = 0.01;
}

/* Fewer where each takes long. */
static size_t elements_of(const struct layer_run *run)
{
    const struct bm_node *node = run->call.node;
    double flops = node->layer->flops != NULL ? run->call.n * node->layer->flops(node) : 0;
    return flops > 4e6 ? 10 : 400;
}

static void backward_is_the_derivative(void **state)
{
    (void)state;
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        struct layer_run run = layer_run_of(&layer_cases[c]);
        avoid_kink(&run.parts[0]);
        loss_of(&run);
        layer_backward(&run);
        for (int p = 0; p < run.n_parts; p++) {
            double error = difference(&run, &run.parts[p], elements_of(&run));
            if (!(error < 1e-6))
                fail_msg("%s, %s: %.1e", layer_cases[c].name, run.parts[p].name, error);
        }
        layer_run_fini(&run);
    }
}

static bool close_to(const double *a, const double *b, size_t n)
{
    double error = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        error += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return error <= 1e-26 * norm;
}

/* Asked to add, backward adds what it would have written. */
static void gradients_accumulate(void **state)
{
    (void)state;
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        struct layer_run run = layer_run_of(&layer_cases[c]);
        size_t n = run.parts[0].n;
        layer_forward(&run);
        layer_backward(&run);
        double *expected = hashed(9, n, 0), *before = hashed(9, n, 0);
        for (size_t i = 0; i < n; i++)
            expected[i] += run.parts[0].gradient[i];
        memcpy(run.parts[0].gradient, before, n * sizeof *before);
        run.call.adds[0] = true;
        layer_backward(&run);
        if (!close_to(run.parts[0].gradient, expected, n))
            fail_msg("%s", layer_cases[c].name);
        free(expected);
        free(before);
        layer_run_fini(&run);
    }
}

/* What a layer may do in place gives the same bits. */
static void in_place_changes_nothing(void **state)
{
    (void)state;
    int tried = 0;
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        struct layer_run run = layer_run_of(&layer_cases[c]);
        const struct bm_layer *layer = run.call.node->layer;
        layer_forward(&run);
        layer_backward(&run);
        if (layer->gradient_in_place) {
            double *expected = run.call.dx[0];
            run.call.dx[0] = run.call.dy;
            layer_backward(&run);
            assert_memory_equal(run.call.dx[0], expected, run.n_out * sizeof *expected);
            tried++;
        }
        if (layer->value_in_place) {
            double *expected = run.call.y;
            run.call.y = run.parts[0].value;
            layer_forward(&run);
            assert_memory_equal(run.call.y, expected, run.n_out * sizeof *expected);
            run.call.y = expected;
            tried++;
        }
        layer_run_fini(&run);
    }
    assert_true(tried >= 6);
}

/* What compares must not hide NaN: a diverged network would look healthy. */
static void nan_passes(void **state)
{
    (void)state;
    static const struct layer_case cases[] = {
        {"relu", {1, 2, 1}, 1, 0, relu},
        {"max pool", {1, 2, 1}, 1, 0, max_pool},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t at = 0; at < 2; at++) {
            struct layer_run run = layer_run_of(&cases[c]);
            run.parts[0].value[at] = NAN;
            layer_forward(&run);
            const double *y = run.call.y;
            bool is_nan = false;
            for (size_t i = 0; i < run.n_out; i++)
                is_nan |= isnan(y[i]);
            if (!is_nan)
                fail_msg("%s loses NaN in pixel %zu", cases[c].name, at);
            layer_run_fini(&run);
        }
}

static int dump(void)
{
    for (size_t c = 0; c < N_LAYER_CASES; c++) {
        struct layer_run run = layer_run_of(&layer_cases[c]);
        layer_forward(&run);
        layer_backward(&run);
        print_vector(run.call.y, run.n_out);
        print_vector(run.call.state, run.n_state);
        for (int p = 0; p < run.n_parts; p++)
            print_vector(run.parts[p].gradient, run.parts[p].n);
        run.call.mode = BM_EVAL;
        layer_forward(&run);
        print_vector(run.call.y, run.n_out);
        layer_run_fini(&run);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--dump") == 0)
        return dump();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backward_is_the_derivative),
        cmocka_unit_test(gradients_accumulate),
        cmocka_unit_test(in_place_changes_nothing),
        cmocka_unit_test(nan_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
