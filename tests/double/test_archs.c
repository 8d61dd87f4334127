/* Every architecture, with several specs: its gradients against central differences, what every
 * network has (taps, tensors with names of their own), and that the settings it lists are the ones
 * it reads. A new architecture is tested by existing. */
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

enum { BATCH = 3, CLASSES = 5 };

/* Specs that differ in everything that all architectures have. */
static const struct bm_net_spec specs[] = {
    {.input = {9, 8, 3}, .width = 2, .depth = 2, .projector_width = 6, .norm = BM_NORM_BN},
    {.input = {8, 10, 1},
     .width = 3,
     .depth = 1,
     .projector_norm = BM_NORM_BN,
     .output_norm = BM_NORM_BN,
     .conv = BM_CONV_DIRECT},
    {.input = {17, 16, 3},
     .width = 2,
     .depth = 3,
     .projector_width = 4,
     .norm = BM_NORM_BN,
     .projector_norm = BM_NORM_BN,
     .output_norm = BM_NORM_BN,
     .stem = BM_STEM_LARGE,
     .conv = BM_CONV_WINOGRAD},
    {.input = {12, 12, 2}, .width = 4, .depth = 1, .projector_width = 3, .stem = BM_STEM_MEDIUM},
    {.input = {9, 11, 3},
     .width = 4,
     .depth = 2,
     .projector_width = 3,
     .norm = BM_NORM_GN,
     .norm_group_channels = 4,
     .bottleneck_stride = BM_BOTTLENECK_V1},
};
enum { N_SPECS = sizeof specs / sizeof *specs };

/* Images that the architecture can take: larger where these are too small. */
static struct bm_shape input_of(const struct bm_arch *arch, const struct bm_net_spec *spec)
{
    struct bm_shape input = spec->input;
    input.height = input.height < arch->least_side ? arch->least_side : input.height;
    input.width = input.width < arch->least_side ? arch->least_side + 1 : input.width;
    return input;
}

static struct bm_net *net_of(const struct bm_arch *arch, struct bm_net_spec spec)
{
    struct bm_err err = {0};
    spec.input = input_of(arch, &spec);
    spec.classes = CLASSES;
    snprintf(spec.arch, sizeof spec.arch, "%s", arch->name);
    struct bm_net *net = bm_net_new(&spec, BATCH, &err);
    if (net == NULL)
        fail_msg("%s: %s", arch->name, err.text);
    return net;
}

static double *hashed(uint64_t tensor, size_t n)
{
    double *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = hash_value(tensor, i);
    return values;
}

/* A network at work. L = sum of output * d_output is the loss. */
struct run {
    struct bm_net *net;
    double *x, *d_output; /* owned */
};

static double loss_of(const struct run *run)
{
    const double *output = bm_net_forward(run->net, run->x, BATCH, BM_TRAIN);
    double sum = 0;
    for (size_t i = 0; i < BATCH * CLASSES; i++)
        sum += output[i] * run->d_output[i];
    return sum;
}

static double quotient(const struct run *run, double *parameter, double h)
{
    const double value = *parameter;
    *parameter = value + h;
    double above = loss_of(run);
    *parameter = value - h;
    double below = loss_of(run);
    *parameter = value;
    return (above - below) / (2 * h);
}

static size_t size_of(const struct bm_tensor_info *info)
{
    size_t size = 1;
    for (int d = 0; d < info->n_dims; d++)
        size *= (size_t)info->dims[d];
    return size;
}

static bool is_deep(const struct bm_net *net)
{
    return bm_net_tensors(net) > 50;
}

/* |gradient - difference quotients| / |difference quotients| of some elements of tensor t; what is
 * below 1e-8 is rounding. */
static double difference(const struct run *run, size_t t, double *parameters,
                         const double *gradients, size_t size, double h)
{
    const size_t elements = is_deep(run->net) ? 1 : 3;
    double error = 0, norm = 0;
    for (size_t k = 0; k < elements; k++) {
        size_t i = hash_bits(t, k) % size;
        double value = quotient(run, &parameters[i], h);
        error += pow(value - gradients[i], 2);
        norm += value * value;
    }
    return sqrt(fmax(error - 1e-16, 0) / fmax(norm, 1e-16));
}

/* Parameters lie in the order of the trained tensors. Where a ReLU changes its side within h, the
 * quotient is of another function: then a smaller one has to agree. */
static void check_gradients(const struct run *run, const char *arch, int spec)
{
    double *parameters = bm_net_parameter_data(run->net);
    const double *gradients = bm_net_gradient_data(run->net);
    for (size_t t = 0; t < bm_net_tensors(run->net); t++) {
        struct bm_tensor_info info;
        bm_net_tensor_info(run->net, t, &info);
        size_t size = size_of(&info);
        double *of_tensor = malloc(size * sizeof *of_tensor), error = 1;
        bool is_trained = bm_net_tensor_gradient(run->net, t, of_tensor);
        free(of_tensor);
        if (!is_trained)
            continue;
        /* Of deep networks a part: PyTorch's gradients of all are compared in test_networks.c. */
        bool is_tried = !is_deep(run->net) || t % 5 == (size_t)spec % 5;
        for (double h = 1e-6; is_tried && h > 5e-9 && !(error <= 1e-5); h /= 10)
            error = difference(run, t, parameters, gradients, size, h);
        if (is_tried && !(error <= 1e-5))
            fail_msg("%s, spec %d, %s: %.1e", arch, spec, info.name, error);
        parameters += size;
        gradients += size;
    }
}

static void gradients_are_derivatives(void **state)
{
    (void)state;
    for (const struct bm_arch *const *arch = bm_archs; *arch != NULL; arch++)
        for (int s = 0; s < N_SPECS; s++) {
            struct run run = {.net = net_of(*arch, specs[s])};
            /* Dozens of layers that normalize three values each are no smooth function. */
            if (is_deep(run.net) && specs[s].norm != BM_NORM_GN && s > 0) {
                bm_net_free(run.net);
                continue;
            }
            run.x = hashed(1, BATCH * bm_shape_size(input_of(*arch, &specs[s])));
            run.d_output = hashed(2, BATCH * CLASSES);
            assert_int_equal(bm_net_plan(run.net, BM_KEEP_GRADIENTS, NULL), 0);
            bm_net_init(run.net, 1);
            loss_of(&run);
            double *d_output = hashed(2, BATCH * CLASSES);
            bm_net_backward(run.net, run.x, d_output, BATCH);
            check_gradients(&run, (*arch)->name, s);
            free(d_output);
            free(run.x);
            free(run.d_output);
            bm_net_free(run.net);
        }
}

/* Embedding and output are taps, the encoder has others before; names are unique, of tensors too.
 */
static void networks_have_taps_and_names(void **state)
{
    (void)state;
    for (const struct bm_arch *const *arch = bm_archs; *arch != NULL; arch++) {
        struct bm_net *net = net_of(*arch, specs[0]);
        int taps = bm_net_taps(net);
        assert_true(taps > 3);
        assert_string_equal(bm_net_tap_name(net, taps - 3), "embedding");
        assert_string_equal(bm_net_tap_name(net, taps - 2), "projector");
        assert_string_equal(bm_net_tap_name(net, taps - 1), "output");
        assert_int_equal(bm_net_tap_dimension(net, taps - 3, 0),
                         bm_net_tap_dimension(net, taps - 3, 1)); /* a vector */
        for (int a = 0; a < taps; a++)
            for (int b = 0; b < a; b++)
                assert_string_not_equal(bm_net_tap_name(net, a), bm_net_tap_name(net, b));
        for (size_t a = 0; a < bm_net_tensors(net); a++)
            for (size_t b = 0; b < a; b++) {
                struct bm_tensor_info one, other;
                bm_net_tensor_info(net, a, &one);
                bm_net_tensor_info(net, b, &other);
                assert_string_not_equal(one.name, other.name);
            }
        assert_true(bm_net_flops(net) > 0);
        bm_net_free(net);
    }
}

static bool lists(const struct bm_arch *arch, const char *setting)
{
    for (const char *const *listed = arch->settings; *listed != NULL; listed++)
        if (strcmp(*listed, setting) == 0)
            return true;
    return false;
}

/* Shapes and names of all tensors, and the work. */
static uint64_t digest_of(struct bm_net *net)
{
    uint64_t digest = (uint64_t)bm_net_flops(net);
    for (size_t t = 0; t < bm_net_tensors(net); t++) {
        struct bm_tensor_info info = {0};
        bm_net_tensor_info(net, t, &info);
        for (size_t i = 0; info.name[i] != '\0'; i++)
            digest = hash_bits(digest, (uint64_t)info.name[i]);
        digest = hash_bits(digest, size_of(&info));
    }
    bm_net_free(net);
    return digest;
}

static void settings_that_are_listed_have_an_effect(void **state)
{
    (void)state;
    struct bm_net_spec deep = specs[0], large = specs[0], first = specs[0];
    deep.depth++;
    large.stem = BM_STEM_LARGE;
    first.bottleneck_stride = BM_BOTTLENECK_V1;
    const struct {
        const char *setting;
        const struct bm_net_spec *changed;
    } cases[] = {{"depth", &deep}, {"stem", &large}, {"bottleneck_stride", &first}};
    for (const struct bm_arch *const *arch = bm_archs; *arch != NULL; arch++) {
        size_t listed = 0, known = 0;
        while ((*arch)->settings[listed] != NULL)
            listed++;
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            bool has_effect =
                digest_of(net_of(*arch, specs[0])) != digest_of(net_of(*arch, *cases[c].changed));
            known += lists(*arch, cases[c].setting);
            if (has_effect != lists(*arch, cases[c].setting))
                fail_msg("%s, %s: %s", (*arch)->name, cases[c].setting,
                         has_effect ? "has an effect and is not listed"
                                    : "is listed and has no effect");
        }
        assert_int_equal(known, listed); /* a setting that is not among the cases */
    }
}

/* One pixel less than the least is refused with a sentence that names a size that works. */
static void images_too_small_are_refused(void **state)
{
    (void)state;
    int tried = 0;
    for (const struct bm_arch *const *arch = bm_archs; *arch != NULL; arch++) {
        struct bm_net_spec spec = specs[0];
        struct bm_err err = {0};
        char expected[40];
        int least = (*arch)->least_side;
        if (least == 0)
            continue;
        snprintf(spec.arch, sizeof spec.arch, "%s", (*arch)->name);
        spec.classes = CLASSES;
        for (int side = 0; side < 2; side++) {
            spec.input = (struct bm_shape){least - (side == 0), least - (side == 1), 3};
            assert_null(bm_net_new(&spec, BATCH, &err));
            assert_int_equal(err.code, BM_EXIT_DATA);
            snprintf(expected, sizeof expected, "valid: %d or more", least);
            assert_non_null(strstr(err.text, expected));
        }
        spec.input = (struct bm_shape){least, least, 3};
        bm_net_free(net_of(*arch, spec));
        tried++;
    }
    assert_true(tried > 0);
}

static void groups_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    struct bm_net_spec spec = specs[4];
    struct bm_err err = {0};
    spec.classes = CLASSES;
    snprintf(spec.arch, sizeof spec.arch, "resnet18");
    spec.norm_group_channels = 8; /* of stages with 4, 8, 16 and 32 channels */
    assert_null(bm_net_new(&spec, BATCH, &err));
    assert_string_equal(err.text, "norm_group_channels: 8 does not divide the 4 channels of bn1");
    assert_int_equal(err.code, BM_EXIT_DATA);
    snprintf(spec.arch, sizeof spec.arch, "mlp");
    spec.norm_group_channels = 1;
    err = (struct bm_err){0};
    assert_null(bm_net_new(&spec, BATCH, &err));
    assert_non_null(strstr(err.text, "bn1 one value"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_derivatives),
        cmocka_unit_test(networks_have_taps_and_names),
        cmocka_unit_test(settings_that_are_listed_have_an_effect),
        cmocka_unit_test(images_too_small_are_refused),
        cmocka_unit_test(groups_that_do_not_fit_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
