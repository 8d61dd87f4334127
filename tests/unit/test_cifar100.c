/* CIFAR-100: both kinds of label are read from the records, and both are checked. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/data.h"

enum { RECORD = 2 + 3072, N_TRAIN = 50000, N_TEST = 10000, SHIFT = 3 };

static char folder[] = "/tmp/bm-cifar100-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/cifar-100-binary/%s", folder, name);
    return path;
}

/* Record i has the fine label 13 i mod 100 and, unlike the published ones, a coarse label that does
 * not follow from it: (i / 7 + half) mod 20. Its first pixels are i. */
static void write_half(const char *name, int n, int half)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    for (int i = 0; i < n; i++) {
        unsigned char start[4] = {(unsigned char)((i / 7 + half) % 20),
                                  (unsigned char)(13 * i % 100), (unsigned char)(i >> 8),
                                  (unsigned char)i};
        assert_int_equal(fseek(file, (long)i * RECORD, SEEK_SET), 0);
        assert_int_equal(fwrite(start, sizeof start, 1, file), 1);
    }
    fclose(file);
    assert_int_equal(truncate(path_of(name), (off_t)n * RECORD), 0);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkdir(path_of(""), 0777) != 0)
        return -1;
    write_half("train.bin", N_TRAIN, 0);
    write_half("test.bin", N_TEST, 1);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("train.bin"));
    unlink(path_of("test.bin"));
    return rmdir(path_of("")) || rmdir(folder);
}

static int open_set(const char *coarse, const char *classes, struct bm_data *data,
                    struct bm_err *err)
{
    struct bm_config config;
    struct bm_launch launch;
    bm_table_init(&bm_config_table, &config);
    bm_table_init(&bm_launch_table, &launch);
    snprintf(config.dataset, sizeof config.dataset, "cifar100");
    snprintf(config.classes, sizeof config.classes, "%s", classes);
    snprintf(launch.data_dir, sizeof launch.data_dir, "%s", folder);
    assert_int_equal(bm_field_set(bm_table_find(&bm_config_table, "coarse"), &config, coarse, NULL),
                     0);
    config.test_size = 900;
    config.train_size = 2000;
    return bm_data_open(data, &config, &launch, NULL, err);
}

static struct bm_data opened(const char *coarse, const char *classes)
{
    struct bm_data data;
    struct bm_err err = {0};
    if (open_set(coarse, classes, &data, &err) != 0)
        fail_msg("%s", err.text);
    return data;
}

static void assert_labels(const struct bm_split *split, int half, int is_coarse)
{
    size_t counts[100] = {0};
    size_t classes = is_coarse ? 20 : 100;
    for (size_t i = 0; i < split->n; i++) {
        int at = (int)split->index[i];
        assert_int_equal(split->pixels[i][0] << 8 | split->pixels[i][1], at);
        assert_int_equal(split->truth[i], is_coarse ? (at / 7 + half) % 20 : 13 * at % 100);
        counts[split->truth[i]]++;
    }
    for (size_t c = 0; c < classes; c++)
        assert_int_equal(counts[c], split->n / classes);
}

static void labels_are_those_of_the_records(void **state)
{
    (void)state;
    static const char *const switches[] = {"no", "false", "off", "yes", "true", "on"};
    for (int i = 0; i < 6; i++) {
        struct bm_data data = opened(switches[i], "all");
        int is_coarse = i >= SHIFT;
        assert_int_equal(data.facts.classes, is_coarse ? 20 : 100);
        assert_string_equal(data.class_names[0], is_coarse ? "aquatic_mammals" : "apple");
        assert_labels(&data.train, 0, is_coarse);
        assert_labels(&data.test, 1, is_coarse);
        bm_data_close(&data);
    }
}

static void classes_are_chosen_among_those_in_use(void **state)
{
    (void)state;
    struct bm_data data = opened("yes", "fish,trees");
    assert_int_equal(data.facts.classes, 2);
    assert_string_equal(data.class_names[1], "trees");
    for (size_t i = 0; i < data.train.n; i++)
        assert_int_equal((data.train.index[i] / 7) % 20, data.train.truth[i] ? 17 : 1);
    bm_data_close(&data);
    struct bm_err err = {0};
    assert_int_equal(open_set("no", "fish,trees", &data, &err), -1);
    assert_non_null(strstr(err.text, "cifar100 has no class 'fish'"));
}

static void put_byte(long at, unsigned char byte)
{
    int file = open(path_of("test.bin"), O_WRONLY);
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

/* Also the label that is not in use. */
static void labels_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        int place;
        unsigned char bad;
        const char *says;
    } cases[] = {{0, 20, "record 5 (of 0 to 9999) has label 20, expected 0 to 19"},
                 {1, 100, "record 5 (of 0 to 9999) has label 100, expected 0 to 99"}};
    for (int i = 0; i < 2; i++)
        for (int coarse = 0; coarse < 2; coarse++) {
            struct bm_data data;
            struct bm_err err = {0};
            put_byte(5 * RECORD + cases[i].place, cases[i].bad);
            assert_int_equal(open_set(coarse ? "yes" : "no", "all", &data, &err), -1);
            assert_int_equal(err.code, BM_EXIT_DATA);
            if (strstr(err.text, cases[i].says) == NULL)
                fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
            put_byte(5 * RECORD + cases[i].place, cases[i].place ? 13 * 5 % 100 : 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_those_of_the_records),
        cmocka_unit_test(classes_are_chosen_among_those_in_use),
        cmocka_unit_test(labels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
