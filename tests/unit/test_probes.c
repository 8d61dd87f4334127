/* Each probe against numpy and scikit-learn (tests/reference/probes_golden.py), on ordinary, offset
 * and nearly collapsed features; the same values whatever the memory, the rows of a call and the
 * number of threads; and what has no value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hash.h"
#include "probe/common/ridge.h"
#include "probe_run.h"

enum { CLASSES = 5, K = 7, N_CASES = 5 };
#define N_TRAIN ((size_t)120)
#define N_TEST  ((size_t)60)
enum half { TRAIN = 1, TEST, VIEWS };

static const struct problem {
    const char *name;
    uint64_t tensor;
    size_t dimension;
    double offset, by_class, by_image;
} problems[N_CASES] = {
    {"ordinary", 100, 24, 0, 0.4, 1},  {"long", 200, 150, 0, 0.3, 1},
    {"offset", 300, 24, 1e3, 0.4, 1},  {"collapsed", 400, 24, 1, 1e-4, 1e-4},
    {"one_column", 500, 1, 0, 0.5, 1},
};

static struct bm_config config = {.knn_k = K, .knn_also = "1,5,20,50,100", .noisy_queries = 5000};
static uint16_t truth[N_TRAIN], test_truth[N_TEST], label[N_TRAIN];

static void make_classes(uint16_t *classes, uint64_t tensor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        classes[i] = (uint16_t)(hash_bits(tensor, i) % CLASSES);
}

static int make_labels(void **state)
{
    (void)state;
    make_classes(truth, 1, N_TRAIN);
    make_classes(test_truth, 2, N_TEST);
    make_classes(label, 3, N_TRAIN);
    for (size_t i = 0; i < N_TRAIN; i++)
        label[i] = i % 3 == 0 ? label[i] : truth[i];
    return 0;
}

/* n rows; `copies` in a row are of one image's class. */
static float *make_features(const struct problem *p, enum half half, const uint16_t *classes,
                            size_t n, size_t copies)
{
    size_t d = p->dimension;
    float *rows = malloc(n * d * sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++) {
            double of_class = hash_value(p->tensor, classes[i / copies] * d + k);
            double of_image = hash_value(p->tensor + half, i * d + k);
            rows[i * d + k] = (float)(p->offset + p->by_class * of_class + p->by_image * of_image);
        }
    return rows;
}

static void set_up(struct probe_run *run, const struct problem *p, size_t n_problems)
{
    run->config = &config;
    run->classes = CLASSES;
    run->n_taps = (int)n_problems;
    run->train = (struct probe_images){.n = N_TRAIN, .truth = truth, .label = label};
    run->test = (struct probe_images){.n = N_TEST, .truth = test_truth};
    run->views = run->test;
    for (size_t t = 0; t < n_problems; t++) {
        run->dimension[t] = p[t].dimension;
        run->train.features[t] = make_features(&p[t], TRAIN, truth, N_TRAIN, 1);
        run->test.features[t] = make_features(&p[t], TEST, test_truth, N_TEST, 1);
        run->views.features[t] = make_features(&p[t], VIEWS, test_truth, 2 * N_TEST, 2);
    }
}

static void tear_down(struct probe_run *run)
{
    for (int t = 0; t < run->n_taps; t++) {
        free((float *)run->train.features[t]);
        free((float *)run->test.features[t]);
        free((float *)run->views.features[t]);
    }
}

static const struct problem *find_problem(const char *name)
{
    for (size_t p = 0; p < N_CASES; p++)
        if (strcmp(problems[p].name, name) == 0)
            return &problems[p];
    return NULL;
}

/* The numbers that follow on a line of the golden file. */
static size_t read_numbers(const char *text, double *numbers, size_t most)
{
    size_t n = 0;
    char *end;
    for (double value; n < most && (value = strtod(text, &end), end != text); text = end)
        numbers[n++] = value;
    return n;
}

static void check_values(const char *line, const double *values, const double *golden, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(values[i] - golden[i]) <= 1e-7 * fmax(1, fabs(golden[i]))) &&
            !(isnan(values[i]) && isnan(golden[i])))
            fail_msg("%.40s: value %zu is %.10g, expected %.10g", line, i, values[i], golden[i]);
}

/* Rows of a call and bytes of a round, and what comes of it has to be the same. */
static const struct {
    size_t rows, memory;
    int threads;
} ways[] = {{50, 0, 1}, {7, 0, 2}, {120, 0, 2}, {32, 30000, 1}, {1, 1, 1}};

static void probes_are_numpys(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/probes.txt", "r");
    assert_non_null(file);
    char line[1000], name[40], quantity[40];
    int lines = 0, at;
    while (fgets(line, sizeof line, file) != NULL &&
           sscanf(line, "%39s %39s%n", name, quantity, &at) == 2) {
        double golden[BM_MAX_COLUMNS];
        size_t n = read_numbers(line + at, golden, BM_MAX_COLUMNS);
        const struct problem *problem = find_problem(name);
        if (problem == NULL || strcmp(quantity, "weights") == 0) /* of pairs; below */
            continue;
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            struct probe_run run = {.probe = bm_probe_find(quantity),
                                    .rows = ways[w].rows,
                                    .memory = ways[w].memory,
                                    .threads = ways[w].threads};
            assert_non_null(run.probe);
            set_up(&run, problem, 1);
            probe_run(&run);
            check_values(line, run.values[0], golden, n);
            tear_down(&run);
        }
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 4 * 6 + 2);
}

/* ---- pairs of taps ---- */

static void check_pairs(const struct probe_run *run, const double *golden, double bound)
{
    for (int a = 0; a < run->n_taps; a++)
        for (int b = a + 1; b < run->n_taps; b++, golden++)
            if (!(fabs(run->pairs[a][b] - *golden) < bound))
                fail_msg("%s of taps %d and %d is %.12g, expected %.12g", run->probe->name, a, b,
                         run->pairs[a][b], *golden);
}

enum { N_PAIRS = N_CASES * (N_CASES - 1) / 2 };

/* All problems are taps of one network. */
static void pairs_are_numpys(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/probes.txt", "r");
    assert_non_null(file);
    char line[1000], quantity[40];
    int lines = 0, at;
    while (fgets(line, sizeof line, file) != NULL) {
        double golden[N_PAIRS], smallest = 1;
        if (sscanf(line, "all %39s%n", quantity, &at) != 1)
            continue;
        assert_int_equal(read_numbers(line + at, golden, N_PAIRS), N_PAIRS);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            struct probe_run run = {.probe = bm_probe_find(quantity),
                                    .rows = ways[w].rows,
                                    .memory = ways[w].memory,
                                    .threads = ways[w].threads};
            set_up(&run, problems, N_CASES);
            probe_run(&run);
            check_pairs(&run, golden, 1e-8);
            tear_down(&run);
        }
        for (size_t p = 0; p < N_PAIRS; p++)
            smallest = fmin(smallest, golden[p]);
        assert_true(smallest < 0); /* which are not cut off */
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 1);
}

/* Taps that are shorter than the images are many need more memory for a moment than longer ones.
 * Images of the same features, in another order of the columns, are as alike as they can be. */
static void cka_has_memory_for_each_tap(void **state)
{
    (void)state;
    enum { N = 600 };
    static const size_t dimensions[] = {550, 550, 610};
    static const uint16_t classes[N];
    struct probe_run run = {.probe = bm_probe_find("cka"), .config = &config, .classes = CLASSES};
    run.n_taps = 3;
    run.test = run.train = run.views = (struct probe_images){.n = N, .truth = classes};
    for (size_t t = 0; t < 3; t++) {
        size_t d = run.dimension[t] = dimensions[t];
        float *rows = malloc(N * d * sizeof *rows);
        for (size_t i = 0; i < N * d; i++)
            rows[i] = (float)hash_value(600 + t / 2, i / d * d + (t == 1 ? d - 1 - i % d : i % d));
        run.test.features[t] = rows;
    }
    probe_run(&run);
    assert_true(fabs(run.pairs[0][1] - 1) < 1e-9);
    assert_true(fabs(run.pairs[0][2]) < 0.1);
    for (size_t t = 0; t < 3; t++)
        free((float *)run.test.features[t]);
}

/* Features to steps that a float has at `offset` as well, which is added. */
static void move_features(struct probe_run *run, int tap, float offset)
{
    float *rows = (float *)run->test.features[tap];
    for (size_t i = 0; i < N_TEST * run->dimension[tap]; i++)
        rows[i] = roundf(rows[i] * 512) / 512 + offset;
}

static void scale_features(struct probe_run *run, int tap, int exponent)
{
    float *rows = (float *)run->test.features[tap];
    for (size_t i = 0; i < N_TEST * run->dimension[tap]; i++)
        rows[i] = ldexpf(rows[i], exponent);
}

static void cka_does_not_see_an_offset(void **state)
{
    (void)state;
    struct probe_run run = {.probe = bm_probe_find("cka")};
    double here[N_PAIRS], *next = here;
    set_up(&run, problems, 2);
    move_features(&run, 0, 0);
    probe_run(&run);
    *next = run.pairs[0][1];
    move_features(&run, 0, 1e4F);
    probe_run(&run);
    check_pairs(&run, here, 1e-12);
    tear_down(&run);
}

/* By powers of two, so that no digit changes, to where floats end. */
static void cka_does_not_see_a_scale(void **state)
{
    (void)state;
    static const int exponents[] = {-100, -60, 60, 100, 128};
    const struct problem long_ones[] = {*find_problem("long"), {"longer", 700, 300, 0, 0.3, 1}};
    struct probe_run run = {.probe = bm_probe_find("cka")};
    set_up(&run, long_ones, 2);
    probe_run(&run);
    const double as_it_is = run.pairs[0][1];
    assert_true(fabs(as_it_is) > 1e-3);
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
        for (int tap = 0; tap < 2; tap++)
            scale_features(&run, tap, exponents[e]);
        probe_run(&run);
        assert_true(run.pairs[0][1] == as_it_is);
        scale_features(&run, 0, -exponents[e]); /* one of them alone */
        probe_run(&run);
        assert_true(run.pairs[0][1] == as_it_is);
        scale_features(&run, 1, -exponents[e]);
    }
    tear_down(&run);
}

/* Each image has a direction of its own, and half of them a little of a common one. */
static void make_equally_far(struct probe_run *run, int tap, float common)
{
    size_t d = run->dimension[tap];
    float *rows = (float *)run->test.features[tap];
    assert_true(d > N_TEST);
    memset(rows, 0, N_TEST * d * sizeof *rows);
    for (size_t i = 0; i < N_TEST; i++) {
        rows[i * d + i] = 1;
        rows[i * d + d - 1] = common * (float)(i % 2);
    }
}

/* A constant tap has no similarity to any other, nor has one where all images are equally far
 * apart, whose self-HSIC is 0 within rounding; and three images are too few. */
static void cka_may_be_undefined(void **state)
{
    (void)state;
    struct probe_run run = {.probe = bm_probe_find("cka")};
    set_up(&run, problems, 3);
    for (size_t i = 0; i < N_TEST * run.dimension[1]; i++)
        ((float *)run.test.features[1])[i] = 0.1F * (float)(i % run.dimension[1]);
    probe_run(&run);
    assert_true(isnan(run.pairs[0][1]) && isnan(run.pairs[1][2]) && !isnan(run.pairs[0][2]));
    make_equally_far(&run, 1, 3e-3F); /* self-HSIC 5e-12 of the squared scale */
    probe_run(&run);
    assert_true(isnan(run.pairs[0][1]) && isnan(run.pairs[1][2]) && !isnan(run.pairs[0][2]));
    make_equally_far(&run, 1, 1e-2F); /* 7e-10 */
    probe_run(&run);
    assert_true(!isnan(run.pairs[0][1]) && !isnan(run.pairs[1][2]));
    for (size_t n = 1; n <= 4; n++) {
        run.test.n = n;
        probe_run(&run);
        assert_true(isnan(run.pairs[0][2]) == (n < 4));
    }
    run.test.n = N_TEST;
    for (int tap = 0; tap <= 2; tap += 2) {
        float *value = (float *)run.test.features[tap] + 5, kept = *value;
        *value = NAN;
        probe_run(&run);
        *value = kept;
        assert_true(isnan(run.pairs[0][2]));
    }
    tear_down(&run);
}

/* Relative error of the weights of the first features of each class, of one line. */
static double error_of_weights(const struct problem *p, double exponent, const double *golden,
                               size_t n)
{
    size_t d = p->dimension, of_class = n / CLASSES;
    float *features = make_features(p, TRAIN, truth, N_TRAIN, 1);
    double *x = malloc(N_TRAIN * d * sizeof *x), error = 0, norm = 0;
    size_t bytes = (1 << 20) + bm_ridge_work((int)d);
    struct bm_arena arena;
    assert_int_equal(bm_arena_init(&arena, bytes, "a test", NULL), 0);
    struct bm_ridge ridge = bm_ridge_begin((int)d, CLASSES, &arena);
    struct bm_ridge_fit fit = bm_ridge_fit_begin((int)d, CLASSES, &arena);
    for (size_t i = 0; i < N_TRAIN * d; i++)
        x[i] = (double)features[i];
    for (int first = 0; first < (int)N_TRAIN; first += 50) {
        int rows = (int)N_TRAIN - first < 50 ? (int)N_TRAIN - first : 50;
        bm_ridge_add(&ridge, x + (size_t)first * d, truth + first, rows);
    }
    assert_true(bm_ridge_solve(&ridge, (double)N_TRAIN * pow(10, exponent), &fit, arena));
    for (size_t i = 0; i < n; i++) {
        double weight = fit.weight[i / of_class * d + i % of_class];
        error += (weight - golden[i]) * (weight - golden[i]);
        norm += golden[i] * golden[i];
    }
    bm_arena_fini(&arena);
    free(features);
    free(x);
    return sqrt(error / norm);
}

static void weights_are_scikit_learns(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/probes.txt", "r");
    assert_non_null(file);
    char line[1000], name[40];
    int lines = 0, at;
    double exponent, golden[3 * CLASSES];
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%39s weights %lf%n", name, &exponent, &at) != 2)
            continue;
        size_t n = read_numbers(line + at, golden, 3 * CLASSES);
        double error = error_of_weights(find_problem(name), exponent, golden, n);
        if (!(error < 1e-6))
            fail_msg("%.30s: weights are %g off", line, error);
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 3 * N_CASES);
}

/* Runs a probe on the features of `problem`, after `change` has been at them. */
static double changed(const char *probe, const char *problem,
                      void (*change)(struct probe_run *run, size_t d))
{
    struct probe_run run = {.probe = bm_probe_find(probe)};
    set_up(&run, find_problem(problem), 1);
    change(&run, run.dimension[0]);
    probe_run(&run);
    double value = run.values[0][0];
    tear_down(&run);
    return value;
}

/* Rows that are held out may be put aside or, where memory is short, be shown again: the values
 * have the same bits. Images come by class in one case, so that those that are held out are far
 * apart. */
static void what_is_held_out_may_be_shown_again(void **state)
{
    (void)state;
    enum { MANY = 900, FEW = 100, D = 12, TAPS = 3 };
    static float train[MANY][D], test[FEW][D];
    static uint16_t classes[MANY];
    for (size_t by_class = 0; by_class < 2; by_class++) {
        for (size_t i = 0; i < MANY; i++) {
            classes[i] = by_class ? i >= MANY / 3 : (uint16_t)(hash_bits(9, i) % 2);
            for (size_t k = 0; k < D; k++) {
                train[i][k] = (float)(hash_value(10, i * D + k) + 0.2 * classes[i]);
                test[i % FEW][k] = (float)(hash_value(11, i * D + k) + 0.2 * classes[i % FEW]);
            }
        }
        struct probe_run run = {.probe = bm_probe_find("linear"),
                                .config = &config,
                                .classes = 2,
                                .n_taps = TAPS,
                                .rows = 7,
                                .threads = 1,
                                .train = {.n = MANY, .truth = classes},
                                .test = {.n = FEW, .truth = classes}};
        for (size_t t = 0; t < TAPS; t++) {
            run.dimension[t] = D;
            run.train.features[t] = *train;
            run.test.features[t] = *test;
        }
        run.views = run.test;
        probe_run(&run);
        const struct probe_run plenty = run;
        assert_false(plenty.shows_again);
        size_t n_again = 0;
        for (run.memory = 30000; run.memory > 1000; run.memory -= 500) {
            probe_run(&run);
            n_again += run.shows_again;
            assert_memory_equal(run.values, plenty.values, sizeof run.values);
        }
        assert_true(n_again > 0);
    }
}

static void make_constant(struct probe_run *run, size_t d)
{
    for (size_t i = 0; i < N_TRAIN * d; i++)
        ((float *)run->train.features[0])[i] = 3;
    for (size_t i = 0; i < N_TEST * d; i++)
        ((float *)run->test.features[0])[i] = 3;
    for (size_t i = 0; i < 2 * N_TEST * d; i++)
        ((float *)run->views.features[0])[i] = 3;
}

static void make_infinite(struct probe_run *run, size_t d)
{
    ((float *)run->train.features[0])[5 * d] = INFINITY;
    ((float *)run->test.features[0])[5 * d] = NAN;
    ((float *)run->views.features[0])[5 * d] = -INFINITY;
}

static void constant_features_have_no_rank_and_no_invariance(void **state)
{
    (void)state;
    assert_true(isnan(changed("rank", "ordinary", make_constant)));
    assert_true(isnan(changed("invariance", "ordinary", make_constant)));
    /* Everything ties: the smallest class, or the most frequent one. */
    assert_true(!isnan(changed("linear", "ordinary", make_constant)));
    assert_true(!isnan(changed("centroid", "ordinary", make_constant)));
    assert_true(!isnan(changed("noisy", "ordinary", make_constant)));
}

/* By a power of two, so that no digit changes. */
static void make_small(struct probe_run *run, size_t d)
{
    for (size_t i = 0; i < N_TRAIN * d; i++)
        ((float *)run->train.features[0])[i] *= 0x1p-30f;
    for (size_t i = 0; i < N_TEST * d; i++)
        ((float *)run->test.features[0])[i] *= 0x1p-30f;
}

/* The first feature becomes `mean`, and `step` more for each class. */
static void set_first(struct probe_run *run, size_t d, float mean, float step)
{
    for (size_t i = 0; i < N_TRAIN; i++)
        ((float *)run->train.features[0])[i * d] = mean + step * (float)truth[i];
    for (size_t i = 0; i < N_TEST; i++)
        ((float *)run->test.features[0])[i * d] = mean + step * (float)test_truth[i];
}

static void make_first_constant(struct probe_run *run, size_t d)
{
    set_first(run, d, 1000, 0);
}

/* The last digit of a float tells the class. */
static void let_rounding_tell(struct probe_run *run, size_t d)
{
    set_first(run, d, 1000, 0x1p-14f);
}

static void unchanged(struct probe_run *run, size_t d)
{
    (void)run, (void)d;
}

/* Whether a feature is constant is a matter of its own mean: small ones are not, and those that
 * vary by rounding alone are. */
static void constant_is_relative(void **state)
{
    (void)state;
    double all = changed("linear", "ordinary", unchanged);
    double without = changed("linear", "ordinary", make_first_constant);
    assert_true(all > 0.4 && without < 0.95);
    assert_true(changed("linear", "ordinary", make_small) == all);
    assert_true(changed("linear", "ordinary", let_rounding_tell) == without);
}

/* An image of each class leaves none to be held out: alpha is what it is without a choice. */
static void one_image_a_class_is_not_held_out(void **state)
{
    (void)state;
    const struct problem *p = find_problem("ordinary");
    struct probe_run run = {.probe = bm_probe_find("linear")};
    uint16_t each[CLASSES];
    set_up(&run, p, 1);
    free((float *)run.train.features[0]);
    for (int c = 0; c < CLASSES; c++)
        each[c] = (uint16_t)c;
    run.train = (struct probe_images){.n = CLASSES, .truth = each, .label = each};
    run.train.features[0] = make_features(p, TRAIN, each, CLASSES, 1);
    probe_run(&run);
    assert_true(run.values[0][1] == CLASSES * 1e-2);
    assert_in_range(60 * run.values[0][0], 12, 60); /* of 60, which chance would have 12 of */
    tear_down(&run);
}

static void infinite_features_give_nan(void **state)
{
    (void)state;
    for (const struct bm_probe *const *probe = bm_probes; *probe != NULL; probe++)
        if (!(*probe)->of_pairs && !(*probe)->of_parts)
            assert_true(isnan(changed((*probe)->name, "ordinary", make_infinite)));
}

/* Too few neighbours beside the one that asks are refused, those that just suffice are not. */
static void neighbours_have_to_be_there(void **state)
{
    (void)state;
    const struct bm_probe *noisy = bm_probe_find("noisy");
    struct bm_probe_task task = {.config = &config, .n_train = K};
    struct bm_err err = {0};
    assert_int_equal(noisy->check(&task, &err), -1);
    assert_non_null(strstr(err.text, "knn_k"));
    task.n_train = K + 1;
    assert_int_equal(noisy->check(&task, &err), 0);
    /* The probe of true labels has the largest number of them. */
    const struct bm_probe *knn = bm_probe_find("knn");
    task.n_fitted = 99;
    err = (struct bm_err){0};
    assert_int_equal(knn->check(&task, &err), -1);
    assert_string_equal(err.text,
                        "knn_k: 100 neighbours are more than the 99 images that the probe "
                        "is fitted on");
    task.n_fitted = 100;
    assert_int_equal(knn->check(&task, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_are_numpys),
        cmocka_unit_test(pairs_are_numpys),
        cmocka_unit_test(cka_has_memory_for_each_tap),
        cmocka_unit_test(cka_does_not_see_an_offset),
        cmocka_unit_test(cka_does_not_see_a_scale),
        cmocka_unit_test(cka_may_be_undefined),
        cmocka_unit_test(weights_are_scikit_learns),
        cmocka_unit_test(constant_features_have_no_rank_and_no_invariance),
        cmocka_unit_test(constant_is_relative),
        cmocka_unit_test(one_image_a_class_is_not_held_out),
        cmocka_unit_test(infinite_features_give_nan),
        cmocka_unit_test(what_is_held_out_may_be_shown_again),
        cmocka_unit_test(neighbours_have_to_be_there),
    };
    return cmocka_run_group_tests(tests, make_labels, NULL);
}
