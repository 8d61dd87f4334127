/* Weights on disk. As a program with arguments (FOLDER KEY=VALUE...) it trains a tiny run, saves
 * its weights beside FOLDER/results.h5 and writes what its network makes of test images to
 * FOLDER/features, for tests/reference/weights_check.py; it prints the run's id. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/file.h"
#include "bm/train.h"
#include "bm/weights.h"
#include "hash.h"
#include "io/hdf5.h"
#include "settings.h"

/* ---- a tiny run ------------------------------------------------------------------------------ */

static struct bm_launch defaults; /* set by main */

/* The same settings are in tests/cli/weights.t. */
static struct bm_config tiny(void)
{
    return settings_of("dataset=synthetic train_size=40 test_size=20 width=4 depth=2 "
                       "projector_width=16 batch_size=10 epochs=2 probe_every=2");
}

struct saving {
    const struct bm_config *config;
    struct bm_id id;
    const char *results;
    int calls;
    struct bm_net *copy; /* NULL: not wanted */
};

static int ignore(void *context, const struct bm_evaluation *evaluation,
                  const struct bm_findings *findings)
{
    (void)context, (void)evaluation, (void)findings;
    return 0;
}

static void copy_tensors(const struct bm_net *from, struct bm_net *to)
{
    for (size_t i = 0; i < bm_net_tensors(from); i++) {
        struct bm_tensor_info info;
        size_t size = 1;
        bm_net_tensor_info(from, i, &info);
        for (int d = 0; d < info.n_dims; d++)
            size *= (size_t)info.dims[d];
        double *values = calloc(size, sizeof *values);
        bm_net_tensor_get(from, i, values);
        bm_net_tensor_set(to, i, values);
        free(values);
    }
}

static int save(void *context, const struct bm_net *net, struct bm_err *err)
{
    struct saving *saving = context;
    saving->calls++;
    if (saving->copy != NULL)
        copy_tensors(net, saving->copy);
    return bm_weights_save(saving->results, &saving->id, BM_WEIGHTS_AT_END, saving->config, net,
                           err);
}

static int train(const struct bm_config *config, struct saving *saving, struct bm_result *result,
                 struct bm_err *err)
{
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    saving->config = config;
    saving->id = bm_config_id(config, bm_arch_find(config->arch)->settings);
    struct bm_train_sink sink = {.context = saving, .evaluation = ignore, .network = save};
    return bm_train(config, &launch, NULL, &sink, result, err);
}

/* ---- the program ----------------------------------------------------------------------------- */

enum { IMAGES = 6 };

/* All taps one after the other, floats of IMAGES rows (H, W, C). The images are tensor 0 of the
 * hash, (N, C, H, W). */
static int write_features(struct bm_net *net, struct bm_shape input, const char *path,
                          struct bm_err *err)
{
    size_t image = bm_shape_size(input), pixels = image / (size_t)input.channels;
    float *x = calloc(IMAGES * image, sizeof *x), *features = NULL;
    for (size_t i = 0; i < IMAGES * image; i++) {
        size_t n = i / image, c = i / pixels % (size_t)input.channels;
        x[n * image + i % pixels * (size_t)input.channels + c] = (float)hash_value(0, i);
    }
    bm_net_forward(net, x, IMAGES, BM_EVAL);
    size_t used = 0;
    for (int tap = 0; tap < bm_net_taps(net); tap++) {
        size_t dimension = bm_net_tap_dimension(net, tap, 0);
        features = realloc(features, (used + IMAGES * dimension) * sizeof *features);
        bm_net_tap_features(net, tap, 0, IMAGES, features + used, dimension);
        used += IMAGES * dimension;
    }
    int status = bm_file_put(path, features, used * sizeof *features, err);
    free(features);
    free(x);
    return status;
}

static int make_fixture(const char *to, char **settings, struct bm_err *err)
{
    char results[200], features[200], text[BM_ID_TEXT];
    struct bm_config config = tiny();
    struct bm_net_spec spec;
    struct bm_result result;
    for (; *settings != NULL; settings++)
        settings_set(&config, *settings);
    snprintf(results, sizeof results, "%s/results.h5", to);
    snprintf(features, sizeof features, "%s/features", to);
    struct saving saving = {.results = results};
    if (bm_train_net_spec(&config, &defaults, &spec, err) != 0 ||
        (saving.copy = bm_net_new(&spec, IMAGES, err)) == NULL)
        return -1;
    int status = bm_net_plan(saving.copy, BM_UPDATE_AT_ONCE, err);
    if (status == 0)
        status = train(&config, &saving, &result, err);
    if (status == 0)
        status = write_features(saving.copy, spec.input, features, err);
    bm_net_free(saving.copy);
    puts(bm_id_text(&saving.id, text));
    return status;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static char folder[] = "/tmp/bm-weights-XXXXXX";
static char results[100], weights[BM_PATH_SIZE], copied[100];

static int new_folder(void **state)
{
    (void)state;
    struct bm_config config = tiny();
    struct bm_id id = bm_config_id(&config, bm_arch_find(config.arch)->settings);
    snprintf(folder, sizeof folder, "/tmp/bm-weights-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(results, sizeof results, "%s/r.h5", folder);
    snprintf(copied, sizeof copied, "%s/copy.h5", folder);
    return bm_weights_path(results, &id, weights, NULL);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[60];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* As often as there are files in the folder of the weights. */
static int count_files(void)
{
    char path[BM_PATH_SIZE];
    bm_folder_of(weights, path);
    DIR *entries = opendir(path);
    int n = 0;
    if (entries == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(entries);
    return n;
}

static void train_tiny(struct saving *saving, struct bm_err *err, int expected)
{
    struct bm_config config = tiny();
    struct bm_result result;
    saving->results = results;
    int status = train(&config, saving, &result, err);
    if (status != expected)
        fail_msg("%s", err->text);
}

static void a_done_run_is_saved_once(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct saving saving = {0};
    unsigned char *first, *second;
    size_t size, again;
    train_tiny(&saving, &err, 0);
    assert_int_equal(saving.calls, 1);
    assert_int_equal(bm_file_read(weights, &first, &size, &err), 0);
    train_tiny(&saving, &err, 0);
    assert_int_equal(count_files(), 1); /* nothing temporary */
    assert_int_equal(bm_weights_copy(results, &saving.id, BM_WEIGHTS_AT_END, copied, &err), 0);
    assert_int_equal(bm_weights_copy(results, &saving.id, BM_WEIGHTS_AT_END, copied, &err), 0);
    assert_int_equal(bm_file_read(copied, &second, &again, &err), 0);
    assert_int_equal(size, again);
    assert_memory_equal(first, second, size); /* a repeated run has the same bytes */
    free(first);
    free(second);
}

/* One dimension is all that io/hdf5.h reads back; the others are weights_check.py's. */
static void vectors_and_attributes_come_back(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct bm_config config = tiny();
    struct bm_net_spec spec;
    struct bm_h5 *file;
    struct bm_h5_column column;
    int64_t width;
    assert_int_equal(bm_train_net_spec(&config, &defaults, &spec, &err), 0);
    struct saving saving = {.copy = bm_net_new(&spec, 1, &err)};
    assert_int_equal(bm_net_plan(saving.copy, BM_UPDATE_AT_ONCE, &err), 0);
    train_tiny(&saving, &err, 0);
    assert_int_equal(bm_h5_open(weights, &file, &err), 0);
    assert_true(bm_h5_get_int(file, "width", &width) && width == 4);
    size_t vectors = 0;
    for (size_t i = 0; i < bm_net_tensors(saving.copy); i++) {
        struct bm_tensor_info info;
        double values[64];
        bm_net_tensor_info(saving.copy, i, &info);
        assert_true(bm_h5_has(file, info.name));
        if (info.n_dims != 1)
            continue;
        assert_int_equal(bm_h5_read(file, info.name, BM_H5_REAL, &column, &err), 0);
        assert_int_equal(column.n, info.dims[0]);
        bm_net_tensor_get(saving.copy, i, values);
        assert_memory_equal(column.data, values, column.n * sizeof *values);
        bm_h5_free(&column);
        vectors++;
    }
    assert_int_equal(vectors, 20 * 4); /* of a ResNet-18's 20 normalizations */
    bm_h5_close(file);
    bm_net_free(saving.copy);
}

static void a_diverged_run_has_none(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct bm_config config = tiny();
    struct bm_result result;
    struct saving saving = {.results = results};
    settings_set(&config, "lr=1000 norm=none epochs=50 arch=cnn");
    assert_int_equal(train(&config, &saving, &result, &err), 0);
    assert_int_equal(result.status, BM_STATUS_DIVERGED);
    assert_int_equal(saving.calls, 0);
    assert_int_equal(bm_weights_copy(results, &saving.id, BM_WEIGHTS_AT_END, copied, &err), -1);
    assert_non_null(strstr(err.text, "save_weights: final"));
    assert_int_equal(access(copied, F_OK), -1);
}

static void what_cannot_be_written_is_the_runs_error(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct saving saving = {0};
    char in_the_way[120];
    snprintf(in_the_way, sizeof in_the_way, "%s.d", results);
    assert_int_equal(bm_file_put(in_the_way, "", 0, NULL), 0);
    train_tiny(&saving, &err, -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_non_null(strstr(err.text, results));
}

/* A file that cannot take its name leaves the old one, and nothing beside it. */
static void old_weights_survive_a_failure(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct saving saving = {0};
    char temporary[BM_PATH_SIZE];
    train_tiny(&saving, &err, 0);
    bm_file_temporary(weights, temporary);
    assert_int_equal(mkdir(temporary, 0700), 0);
    train_tiny(&saving, &err, -1);
    assert_int_equal(bm_weights_copy(results, &saving.id, BM_WEIGHTS_AT_END, copied, NULL), 0);
}

int main(int argc, char **argv)
{
    bm_table_init(&bm_launch_table, &defaults);
    if (argc > 1) {
        struct bm_err err = {0};
        if (make_fixture(argv[1], argv + 2, &err) != 0)
            fprintf(stderr, "%s\n", err.text);
        return (int)err.code;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_done_run_is_saved_once),      TEST(vectors_and_attributes_come_back),
        TEST(a_diverged_run_has_none),       TEST(what_cannot_be_written_is_the_runs_error),
        TEST(old_weights_survive_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
