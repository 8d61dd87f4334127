/* Optimizers, in float, against PyTorch's and a written-out LARS in double
 * (tests/reference/optimizers_golden.py): 20 steps on given sequences of gradients of four tensors,
 * among them one that begins at 0 and one that has gradients of 0. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <omp.h>

#include "bm/nn.h"
#include "hash.h"

enum { TENSORS = 4, N = 6, MOMENTS = 2, PARAMETERS = 1, GRADIENTS = 10, STEPS = 20 };

static const int n_dims[TENSORS] = {2, 2, 1, 1};

struct tensors {
    float values[TENSORS][N], moments[TENSORS][MOMENTS * N];
};

static void begin(struct tensors *tensors)
{
    memset(tensors, 0, sizeof *tensors);
    for (size_t tensor = 0; tensor < TENSORS - 1; tensor++)
        for (size_t i = 0; i < N; i++)
            tensors->values[tensor][i] = (float)hash_value(PARAMETERS + tensor, i);
}

static void step(const struct bm_optimizer *optimizer, const struct bm_optimizer_settings *settings,
                 int t, struct tensors *tensors)
{
    for (size_t tensor = 0; tensor < TENSORS; tensor++) {
        float gradients[N];
        bool is_still = tensor == 1 && t % 2 == 1;
        for (size_t i = 0; i < N; i++)
            gradients[i] = is_still ? 0
                                    : (float)(hash_value(GRADIENTS + 4 * (uint64_t)t + tensor, i) *
                                              pow(10, -(double)i));
        const struct bm_optimizer_part all = {
            .rows = 1,
            .columns = N,
            .parameters = tensors->values[tensor],
            .moments = tensors->moments[tensor],
            .stride = N,
            .apart = N,
            .gradients = gradients,
            .n_dims = n_dims[tensor],
        };
        optimizer->step(settings, t, &all);
    }
}

/* Relative error of a tensor against the numbers that follow in the file. */
static double error_of(FILE *file, const float *parameters)
{
    double error = 0, norm = 0;
    for (size_t i = 0; i < N; i++) {
        double golden;
        assert_int_equal(fscanf(file, "%lf", &golden), 1);
        error += pow((double)parameters[i] - golden, 2);
        norm += golden * golden;
    }
    return sqrt(error / norm);
}

/* A line of the file is the state after its step; steps in between are not in it. Rates change at
 * step 11. */
static void steps_are_the_references(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/optimizers.txt", "r");
    assert_non_null(file);
    struct tensors tensors;
    struct bm_optimizer_settings settings = {0};
    char name[24];
    double rate;
    int t, done = STEPS, excludes, lines = 0;
    for (; fscanf(file, "%23s %lf %lf %d %d %lf", name, &settings.weight_decay, &settings.momentum,
                  &excludes, &t, &rate) == 6;
         lines++) {
        const struct bm_optimizer *optimizer = bm_optimizer_find(name);
        assert_non_null(optimizer);
        settings.exclude_1d = excludes;
        if (done == STEPS) {
            begin(&tensors);
            done = 0;
        }
        while (done < t) {
            if (done == 0 || done + 1 == t)
                settings.lr = rate;
            step(optimizer, &settings, ++done, &tensors);
        }
        for (size_t tensor = 0; tensor < TENSORS; tensor++) {
            double error = error_of(file, tensors.values[tensor]);
            if (!(error < 2e-6))
                fail_msg("%s, weight decay %g, momentum %g, step %d, tensor %zu: %.1e", name,
                         settings.weight_decay, settings.momentum, t, tensor, error);
        }
    }
    assert_int_equal(lines, 10 * 7);
    fclose(file);
}

/* Norms are sums over as many elements as there are: their order is fixed. */
static void threads_do_not_show(void **state)
{
    (void)state;
    enum { MANY = 300001 };
    float *values[2], *moments[2], *gradients = malloc(MANY * sizeof *gradients);
    const struct bm_optimizer_settings settings = {.lr = 1, .weight_decay = 1e-2, .momentum = 0.9};
    for (size_t i = 0; i < MANY; i++)
        gradients[i] = (float)hash_value(GRADIENTS, i);
    for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++) {
        for (int k = 0; k < 2; k++) {
            values[k] = malloc(MANY * sizeof **values);
            moments[k] = calloc(MOMENTS * MANY, sizeof **moments);
            for (size_t i = 0; i < MANY; i++)
                values[k][i] = (float)hash_value(PARAMETERS, i);
            omp_set_num_threads(k == 0 ? 1 : 3);
            const struct bm_optimizer_part all = {1,    MANY, values[k], moments[k],
                                                  MANY, MANY, gradients, 2};
            for (int t = 1; t <= 3; t++)
                (*one)->step(&settings, t, &all);
            omp_set_num_threads(1);
        }
        assert_memory_equal(values[0], values[1], MANY * sizeof **values);
        assert_memory_equal(moments[0], moments[1], MOMENTS * MANY * sizeof **moments);
        for (int k = 0; k < 2; k++) {
            free(values[k]);
            free(moments[k]);
        }
    }
    free(gradients);
}

/* Squares of these are beyond what float has. */
static void norms_are_double(void **state)
{
    (void)state;
    static const float sizes[] = {1e-30F, 1, 1e25F};
    const struct bm_optimizer_settings settings = {.lr = 1};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        float values[N], gradients[N], moments[N] = {0};
        const struct bm_optimizer_part all = {1, N, values, moments, N, N, gradients, 2};
        for (size_t i = 0; i < N; i++) {
            values[i] = sizes[s];
            gradients[i] = -4 * sizes[s];
        }
        bm_optimizer_find("lars")->step(&settings, 1, &all);
        for (size_t i = 0; i < N; i++)
            assert_true(fabsf(values[i] / sizes[s] - 1.001F) < 1e-6F);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_the_references),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(norms_are_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
