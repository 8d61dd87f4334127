/* Whole networks against PyTorch in double: loss, outputs, every gradient, running statistics and
 * the features of every tap. The goldens and what their lines mean: tests/reference/
 * network_golden.py. The float build (tests/unit/test_networks_float.c) compares what comes
 * forward: signs of ReLU flip in float, and whole gradients with them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "hash.h"

enum { INPUT = 0, TARGET = 1, PROJECTION = 1000, CALIBRATION = 2000, CALIBRATION_BATCHES = 3 };

/* One network with what it computed. */
struct run {
    struct bm_net_spec spec;
    int batch;
    struct bm_net *net;
    bm_real *x, *d_output;                        /* owned */
    double *output, *d_output_copy, *eval_output; /* owned */
    double *calibrated_output;                    /* owned */
    double loss;
};

struct golden {
    char kind[16], name[64];
    int number;
    double length, projection[3];
};

static size_t find_tensor(const struct bm_net *net, const char *name, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < bm_net_tensors(net); i++) {
        struct bm_tensor_info info;
        bm_net_tensor_info(net, i, &info);
        *size = 1;
        for (int d = 0; d < info.n_dims; d++)
            *size *= (size_t)info.dims[d];
        if (strcmp(info.name, name) == 0)
            return i;
    }
    fail_msg("no tensor is called %s", name);
    return 0;
}

static void set_parameter(struct bm_net *net, const struct golden *golden)
{
    size_t size, i = find_tensor(net, golden->name, &size);
    struct bm_tensor_info info;
    bm_net_tensor_info(net, i, &info);
    double scale = info.n_dims == 1 ? 1 : 2 * sqrt(6.0 / ((double)size / info.dims[0]));
    double mean = info.n_dims == 1 && strstr(info.name, "weight") != NULL;
    double *values = malloc(size * sizeof *values);
    for (size_t e = 0; e < size; e++)
        values[e] = hash_value((uint64_t)golden->number, e) * scale + mean;
    bm_net_tensor_set(net, i, values);
    free(values);
}

/* The hash counts in PyTorch's order (N, C, H, W). */
static bm_real *hashed_images(uint64_t tensor, struct bm_shape shape, int batch)
{
    size_t h = (size_t)shape.height, w = (size_t)shape.width, c = (size_t)shape.channels;
    bm_real *x = malloc((size_t)batch * h * w * c * sizeof *x);
    for (size_t i = 0; i < (size_t)batch * h * w * c; i++) {
        size_t column = i % w, row = i / w % h, channel = i / w / h % c, image = i / w / h / c;
        x[((image * h + row) * w + column) * c + channel] = (bm_real)hash_value(tensor, i);
    }
    return x;
}

static double *copy_of(const bm_real *values, size_t n)
{
    double *copy = malloc(n * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = (double)values[i];
    return copy;
}

static void compute(struct run *run)
{
    size_t n_out = (size_t)run->batch * (size_t)run->spec.classes;
    bm_real *target = calloc(n_out, sizeof *target);
    for (size_t i = 0; i < (size_t)run->batch; i++)
        target[i * (size_t)run->spec.classes + hash_bits(TARGET, i) % (uint64_t)run->spec.classes] =
            1;
    run->x = hashed_images(INPUT, run->spec.input, run->batch);
    const bm_real *output = bm_net_forward(run->net, run->x, run->batch, BM_TRAIN);
    run->output = copy_of(output, n_out);
    run->d_output = malloc(n_out * sizeof *run->d_output);
    run->loss =
        bm_loss_find("mse")->value(output, target, run->batch, run->spec.classes, run->d_output);
    free(target);
    run->d_output_copy = copy_of(run->d_output, n_out);
    bm_net_backward(run->net, run->x, run->d_output, run->batch);
    run->eval_output = copy_of(bm_net_forward(run->net, run->x, run->batch, BM_EVAL), n_out);
}

/* After everything else: running statistics become averages over other batches, the last of which
 * has an image less, but not a single one. */
static void calibrate(struct run *run)
{
    bm_net_reset_statistics(run->net);
    for (uint64_t i = 0; i < CALIBRATION_BATCHES; i++) {
        bool is_partial = i == CALIBRATION_BATCHES - 1 && run->batch > 2;
        int n = run->batch - is_partial;
        bm_real *x = hashed_images(CALIBRATION + i, run->spec.input, n);
        bm_net_forward(run->net, x, n, BM_CALIBRATE);
        free(x);
    }
    run->calibrated_output = copy_of(bm_net_forward(run->net, run->x, run->batch, BM_EVAL),
                                     (size_t)run->batch * (size_t)run->spec.classes);
}

static void run_fini(struct run *run)
{
    bm_net_free(run->net);
    free(run->x);
    free(run->output);
    free(run->d_output);
    free(run->d_output_copy);
    free(run->eval_output);
    free(run->calibrated_output);
}

/* Reads `case …` of the file, or leaves the line: false. */
static bool read_case(FILE *file, struct run *run, char name[64])
{
    *run = (struct run){0};
    struct bm_net_spec *spec = &run->spec;
    long long width, depth, projector_width;
    char stem[24], stride[24];
    int norm, projector_norm, output_norm;
    if (fscanf(file, " case %63s %23s %d %d %d %d %d %lld %lld %lld %23s %d %d %d %23s", name,
               spec->arch, &spec->input.height, &spec->input.width, &spec->input.channels,
               &spec->classes, &run->batch, &width, &depth, &projector_width, stem, &norm,
               &projector_norm, &output_norm, stride) != 15)
        return false;
    spec->width = width;
    spec->depth = depth;
    spec->projector_width = projector_width;
    spec->norm = norm > 1 ? BM_NORM_GN : norm ? BM_NORM_BN : BM_NORM_NONE;
    spec->norm_group_channels = norm;
    spec->bottleneck_stride = strcmp(stride, "v1") == 0 ? BM_BOTTLENECK_V1 : BM_BOTTLENECK_V1_5;
    spec->projector_norm = projector_norm ? BM_NORM_BN : BM_NORM_NONE;
    spec->output_norm = output_norm ? BM_NORM_BN : BM_NORM_NONE;
    for (int i = 0; bm_stem_words[i] != NULL; i++) /* others than ResNets have "-" */
        if (strcmp(bm_stem_words[i], stem) == 0)
            spec->stem = (enum bm_stem)i;
    return true;
}

/* Reads the lines of a case. */
static size_t read_goldens(FILE *file, struct golden *goldens, size_t most)
{
    size_t n = 0;
    for (;;) {
        long start = ftell(file);
        struct golden *g = &goldens[n];
        int found = fscanf(file, " %15s %63s %d %lf %lf %lf %lf", g->kind, g->name, &g->number,
                           &g->length, &g->projection[0], &g->projection[1], &g->projection[2]);
        if (found != 7) {
            fseek(file, start, SEEK_SET);
            return n;
        }
        assert_true(++n < most);
    }
}

/* How far the values are from the golden, relative to its length. */
static double distance(const struct golden *golden, const double *values, size_t n)
{
    double squares = 0, projection[3] = {0}, worst;
    for (size_t i = 0; i < n; i++) {
        squares += values[i] * values[i];
        for (uint64_t j = 0; j < 3; j++)
            projection[j] += values[i] * hash_value(PROJECTION + j, i);
    }
    worst = fabs(sqrt(squares) - golden->length);
    for (int j = 0; j < 3; j++)
        worst = fmax(worst, fabs(projection[j] - golden->projection[j]));
    return worst / golden->length;
}

static double value_distance(const struct run *run, const struct golden *golden)
{
    size_t n_out = (size_t)run->batch * (size_t)run->spec.classes;
    if (strcmp(golden->name, "loss") == 0)
        return distance(golden, &run->loss, 1);
    const double *values = strcmp(golden->name, "output") == 0        ? run->output
                           : strcmp(golden->name, "d_output") == 0    ? run->d_output_copy
                           : strcmp(golden->name, "eval_output") == 0 ? run->eval_output
                                                                      : run->calibrated_output;
    return distance(golden, values, n_out);
}

static double tensor_distance(const struct run *run, const struct golden *golden)
{
    size_t size, i = find_tensor(run->net, golden->name, &size);
    double *values = malloc(size * sizeof *values);
    bool trained = bm_net_tensor_gradient(run->net, i, values);
    assert_true(trained == (strcmp(golden->kind, "parameter") == 0));
    if (!trained)
        bm_net_tensor_get(run->net, i, values);
    double error = distance(golden, values, size);
    free(values);
    return error;
}

static double tap_distance(const struct run *run, const struct golden *golden)
{
    int tap = 0;
    while (strcmp(bm_net_tap_name(run->net, tap), golden->name) != 0)
        tap++;
    size_t dimension = bm_net_tap_dimension(run->net, tap, golden->number);
    size_t n = (size_t)run->batch * dimension;
    float *features = malloc(n * sizeof *features);
    double *values = malloc(n * sizeof *values);
    bm_net_tap_features(run->net, tap, golden->number, run->batch, features, dimension);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)features[i];
    double error = distance(golden, values, n);
    free(features);
    free(values);
    return error;
}

/* Returns how many lines speak of the network's tensors and taps. */
static void check_case(struct run *run, const char *name, const struct golden *goldens, size_t n)
{
    bool is_double = sizeof(bm_real) == sizeof(double);
    size_t tensors = 0, taps = 0;
    for (size_t i = 0; i < n; i++) {
        /* In training two images make the statistics, which enlarges what was rounded before. */
        double bound = is_double ? 1e-8 : 3e-4, error;
        bool is_calibrated = strstr(goldens[i].kind, "calibrated") != NULL ||
                             strcmp(goldens[i].name, "calibrated_output") == 0;
        if (is_calibrated && run->calibrated_output == NULL)
            calibrate(run);
        if (is_calibrated && !is_double)
            bound = 1e-4;
        if (strcmp(goldens[i].kind, "value") == 0) {
            error = value_distance(run, &goldens[i]);
        } else if (strcmp(goldens[i].kind, "tap") == 0) {
            error = tap_distance(run, &goldens[i]);
            bound = is_double ? 1e-6 : 1e-4; /* features are float in every build */
            taps += goldens[i].number == 0;
        } else {
            bool is_gradient = strcmp(goldens[i].kind, "parameter") == 0;
            error = is_gradient && !is_double ? 0 : tensor_distance(run, &goldens[i]);
            tensors += !is_calibrated;
        }
        if (!(error < bound))
            fail_msg("%s: %s %s: relative error %.1e", name, goldens[i].kind, goldens[i].name,
                     error);
    }
    assert_int_equal(tensors, bm_net_tensors(run->net));
    assert_int_equal(taps, bm_net_taps(run->net));
}

static void networks_compute_what_pytorch_does(void **state)
{
    (void)state;
    static struct golden goldens[800];
    struct run run;
    char name[64];
    int cases = 0;
    FILE *file = fopen("tests/golden/networks.txt", "r");
    assert_non_null(file);
    for (; read_case(file, &run, name); cases++) {
        struct bm_err err = {0};
        size_t n = read_goldens(file, goldens, 800);
        run.net = bm_net_new(&run.spec, run.batch, &err);
        if (run.net == NULL || bm_net_plan(run.net, BM_KEEP_GRADIENTS, &err) != 0)
            fail_msg("%s: %s", name, err.text);
        bm_net_init(run.net, 1);
        for (size_t i = 0; i < n; i++)
            if (strcmp(goldens[i].kind, "parameter") == 0)
                set_parameter(run.net, &goldens[i]);
        compute(&run);
        check_case(&run, name, goldens, n);
        run_fini(&run);
    }
    assert_int_equal(cases, 26);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(networks_compute_what_pytorch_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
