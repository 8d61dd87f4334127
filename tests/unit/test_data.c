/* Data: subsets are balanced and nested, noisy labels counted and nested, generated images the same
 * bytes everywhere, and damaged CIFAR-10 files are refused with a sentence. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/data.h"

enum { RECORD_BYTES = 3073, N_RECORDS = 10000, FILE_BYTES = 30730000, N_CLASSES = 10 };

static const char *const files[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                    "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
enum { N_FILES = sizeof files / sizeof *files };

/* ---- a folder with files of the right form ---- */

struct folder {
    char data_dir[200];
};

static const char *path_of(const struct folder *folder, const char *file)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/cifar-10-batches-bin/%s", folder->data_dir, file);
    return path;
}

static void write_at(const struct folder *folder, const char *file, long at, unsigned char byte)
{
    int descriptor = open(path_of(folder, file), O_WRONLY);
    assert_true(descriptor >= 0);
    assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
    close(descriptor);
}

/* Record i of file f has the label (7 i + f) mod 10 and names itself in its first pixels: f, then i
 * in two bytes. The rest is a hole in the file. */
static void write_file(const struct folder *folder, int f)
{
    FILE *file = fopen(path_of(folder, files[f]), "wb");
    assert_non_null(file);
    for (int i = 0; i < N_RECORDS; i++) {
        unsigned char start[4] = {(unsigned char)((7 * i + f) % N_CLASSES), (unsigned char)f,
                                  (unsigned char)(i >> 8), (unsigned char)i};
        assert_int_equal(fseek(file, (long)i * RECORD_BYTES, SEEK_SET), 0);
        assert_int_equal(fwrite(start, sizeof start, 1, file), 1);
    }
    fclose(file);
    assert_int_equal(truncate(path_of(folder, files[f]), FILE_BYTES), 0);
}

static int make_folder(void **state)
{
    static struct folder folder;
    const char *temporary = getenv("TMPDIR");
    snprintf(folder.data_dir, sizeof folder.data_dir, "%s/bm-data-XXXXXX",
             temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(folder.data_dir));
    assert_int_equal(mkdir(path_of(&folder, ""), 0777), 0);
    for (int f = 0; f < N_FILES; f++)
        write_file(&folder, f);
    *state = &folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    for (int f = 0; f < N_FILES; f++)
        unlink(path_of(folder, files[f]));
    return rmdir(path_of(folder, "")) || rmdir(folder->data_dir);
}

static const struct folder nowhere = {"/nonexistent"};

static struct bm_config config_of(const char *dataset, int64_t train_size, int64_t test_size)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    snprintf(config.dataset, sizeof config.dataset, "%s", dataset);
    config.train_size = train_size;
    config.test_size = test_size;
    return config;
}

static struct bm_launch launch_in(const struct folder *folder)
{
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    snprintf(launch.data_dir, sizeof launch.data_dir, "%s", folder->data_dir);
    return launch;
}

static int open_in(struct bm_data *data, const struct bm_config *config,
                   const struct folder *folder, const struct bm_seal *seal, struct bm_err *err)
{
    struct bm_launch launch = launch_in(folder);
    return bm_data_open(data, config, &launch, seal, err);
}

static int sizes_of(const struct bm_config *config, const struct folder *folder, size_t *n_train,
                    size_t *n_test, struct bm_err *err)
{
    struct bm_launch launch = launch_in(folder);
    struct bm_data_facts facts;
    return bm_data_facts(config, &launch, &facts, err) != 0
               ? -1
               : bm_data_sizes(config, &facts, n_train, n_test, err);
}

static struct bm_data opened(const struct bm_config *config, const struct folder *folder)
{
    struct bm_data data;
    struct bm_err err = {0};
    if (open_in(&data, config, folder, NULL, &err) != 0)
        fail_msg("%s", err.text);
    return data;
}

/* ---- subsets ---- */

static void assert_balanced(const struct bm_split *split)
{
    size_t counts[N_CLASSES] = {0};
    for (size_t i = 0; i < split->n; i++)
        counts[split->truth[i]]++;
    for (int c = 0; c < N_CLASSES; c++)
        assert_in_range(counts[c], split->n / N_CLASSES, (split->n + N_CLASSES - 1) / N_CLASSES);
}

static bool contains(const struct bm_split *split, uint32_t index)
{
    for (size_t i = 0; i < split->n; i++)
        if (split->index[i] == index)
            return true;
    return false;
}

static void assert_nested(const struct bm_split *small, const struct bm_split *large)
{
    for (size_t i = 0; i < small->n; i++)
        assert_true(contains(large, small->index[i]));
}

/* In file order, and every record's own pixels and label, as write_file made them. */
static void assert_is_of_files(const struct bm_split *split, int first_file)
{
    for (size_t i = 0; i < split->n; i++) {
        assert_true(i == 0 || split->index[i - 1] < split->index[i]);
        int f = first_file + (int)split->index[i] / N_RECORDS;
        int record = (int)split->index[i] % N_RECORDS;
        assert_int_equal(split->truth[i], (7 * record + f) % N_CLASSES);
        assert_int_equal(split->pixels[i][0], f);
        assert_int_equal(split->pixels[i][1] << 8 | split->pixels[i][2], record);
    }
}

static void subsets_are_balanced_and_nested(void **state)
{
    static const int64_t sizes[] = {1, 2, 9, 10, 11, 13, 1000, 1007, 9999};
    struct bm_data before = {0};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct bm_config config = config_of("cifar10", sizes[s], sizes[s]);
        struct bm_data data = opened(&config, *state);
        assert_int_equal(data.train.n, sizes[s]);
        assert_int_equal(data.test.n, sizes[s]);
        assert_is_of_files(&data.train, 0);
        assert_is_of_files(&data.test, N_FILES - 1);
        assert_balanced(&data.train);
        assert_balanced(&data.test);
        if (s > 0) {
            assert_nested(&before.train, &data.train);
            assert_nested(&before.test, &data.test);
            bm_data_close(&before);
        }
        before = data;
    }
    bm_data_close(&before);
}

static void all_images_are_a_subset(void **state)
{
    struct bm_config config = config_of("cifar10", 0, 0);
    struct bm_data data = opened(&config, *state);
    assert_int_equal(data.train.n, 50000);
    assert_int_equal(data.test.n, 10000);
    assert_int_equal(data.all_train.n, 50000);
    assert_is_of_files(&data.train, 0);
    assert_is_of_files(&data.test, N_FILES - 1);
    bm_data_close(&data);
}

static size_t common(const struct bm_split *a, const struct bm_split *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        n += contains(b, a->index[i]);
    return n;
}

static void subsets_are_drawn_by_seed_and_half(void **state)
{
    struct bm_config config = config_of("cifar10", 1000, 1000), other = config;
    other.data_seed = 18;
    struct bm_data a = opened(&config, *state), b = opened(&other, *state);
    /* 1,000 of 50,000, drawn twice: 20 in common; 1,000 of 10,000: 100. */
    assert_in_range(common(&a.train, &b.train), 1, 45);
    assert_in_range(common(&a.test, &b.test), 55, 145);
    assert_in_range(common(&a.train, &a.test), 1, 45);
    bm_data_close(&b);
    other = config;
    other.seed = 43;
    b = opened(&other, *state);
    assert_int_equal(common(&a.train, &b.train), 1000);
    bm_data_close(&b);
    bm_data_close(&a);
}

static void a_class_without_enough_images(void **state)
{
    struct folder *folder = *state;
    for (int i = 0; i < N_RECORDS; i++)
        if ((7 * i + 5) % N_CLASSES == 3)
            write_at(folder, files[5], (long)i * RECORD_BYTES, 4);
    struct bm_config config = config_of("cifar10", 10, 25);
    struct bm_data data;
    struct bm_err err = {0};
    assert_int_equal(open_in(&data, &config, folder, NULL, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_string_equal(err.text,
                        "test_size: 25 needs 3 images of class 'cat', and the data has only 0");
    write_file(folder, 5);
}

static void sizes_are_checked_without_files(void **state)
{
    (void)state;
    struct bm_config config = config_of("cifar10", 0, 0);
    struct bm_err err = {0};
    size_t n_train, n_test;
    assert_int_equal(sizes_of(&config, &nowhere, &n_train, &n_test, &err), 0);
    assert_int_equal(n_train, 50000);
    assert_int_equal(n_test, 10000);
    config.test_size = 10001;
    assert_int_equal(sizes_of(&config, &nowhere, &n_train, &n_test, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_string_equal(err.text, "test_size: 10001 is more than cifar10's 10000 test images");
    err = (struct bm_err){0};
    config.train_size = 60000;
    assert_int_equal(sizes_of(&config, &nowhere, &n_train, &n_test, &err), -1);
    assert_string_equal(err.text, "train_size: 60000 is more than cifar10's 50000 training images");
    config = config_of("synthetic", 60000, 0);
    assert_int_equal(sizes_of(&config, &nowhere, &n_train, &n_test, &err), 0);
    assert_int_equal(n_train, 60000);
}

/* ---- labels ---- */

static void noisy_labels_are_counted_and_nested(void **state)
{
    static const struct {
        double noise;
        size_t noisy;
    } cases[] = {{0, 0}, {0.0004, 0}, {0.0005, 1}, {0.001, 1}, {0.25, 253}, {0.5, 506}, {1, 1011}};
    struct bm_config config = config_of("cifar10", 1011, 10);
    config.label_noise = 1;
    struct bm_data random = opened(&config, *state);
    bool noisy[1011] = {false}; /* so far */
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        config.label_noise = cases[c].noise;
        struct bm_data data = opened(&config, *state);
        assert_int_equal(data.noisy, cases[c].noisy);
        size_t changed = 0, expected = 0;
        for (size_t i = 0; i < data.train.n; i++) {
            bool differs = data.train.label[i] != data.train.truth[i];
            /* A drawn label is the one that the image gets at any noise. */
            if (differs)
                assert_int_equal(data.train.label[i], random.train.label[i]);
            /* What was changed at less noise still is. */
            assert_true(differs || !noisy[i]);
            noisy[i] = differs;
            changed += differs;
        }
        expected = cases[c].noisy * 9 / 10; /* a tenth draws its true label */
        assert_true(changed <= cases[c].noisy);
        assert_true(fabs((double)changed - (double)expected) <=
                    5 * sqrt(0.09 * (double)cases[c].noisy) + 1);
        for (size_t i = 0; i < data.test.n; i++)
            assert_int_equal(data.test.label[i], data.test.truth[i]);
        bm_data_close(&data);
    }
    bm_data_close(&random);
}

/* Whatever subset an image is in, it draws the same label, and the same images come first when
 * some are to be noisy: not one first here, and another one first there. */
static void labels_go_by_the_image(void **state)
{
    struct bm_config config = config_of("cifar10", 600, 10);
    config.label_noise = 0.5;
    struct bm_data few = opened(&config, *state);
    config.train_size = 1500;
    struct bm_data many = opened(&config, *state);
    size_t both = 0, only_here = 0, only_there = 0;
    for (size_t i = 0, j = 0; i < few.train.n; i++) {
        while (many.train.index[j] != few.train.index[i])
            j++; /* they are in the order of the file */
        uint16_t truth = few.train.truth[i], here = few.train.label[i], there = many.train.label[j];
        both += here != truth && there != truth;
        only_here += here != truth && there == truth;
        only_there += here == truth && there != truth;
        if (here != truth && there != truth)
            assert_int_equal(here, there);
    }
    assert_true(both > 200);
    assert_true(only_here == 0 || only_there == 0);
    bm_data_close(&few);
    bm_data_close(&many);
}

static void noise_is_spread_evenly(void **state)
{
    struct bm_config config = config_of("cifar10", 0, 10);
    config.label_noise = 1;
    struct bm_data random = opened(&config, *state);
    size_t counts[N_CLASSES] = {0}, at_truth = 0;
    for (size_t i = 0; i < random.train.n; i++) {
        counts[random.train.label[i]]++;
        at_truth += random.train.label[i] == random.train.truth[i];
    }
    double n = (double)random.train.n, margin = 5 * sqrt(0.09 * n);
    for (int c = 0; c < N_CLASSES; c++)
        assert_true(fabs((double)counts[c] - 0.1 * n) < margin);
    assert_true(fabs((double)at_truth - 0.1 * n) < margin);
    /* Half of the images noisy: early and late ones alike, and drawn from all classes alike. */
    config.label_noise = 0.5;
    struct bm_data half = opened(&config, *state);
    size_t early = 0, late = 0, drawn[N_CLASSES] = {0};
    for (size_t i = 0; i < half.train.n; i++)
        if (half.train.label[i] != half.train.truth[i]) {
            *(i < half.train.n / 2 ? &early : &late) += 1;
            drawn[half.train.label[i]]++;
        }
    assert_true(fabs((double)early - 0.225 * n) < 5 * sqrt(0.125 * n));
    assert_true(fabs((double)late - 0.225 * n) < 5 * sqrt(0.125 * n));
    for (int c = 0; c < N_CLASSES; c++)
        assert_true(fabs((double)drawn[c] - 0.045 * n) < 5 * sqrt(0.045 * n));
    bm_data_close(&half);
    bm_data_close(&random);
}

static void a_label_does_not_depend_on_the_subset(void **state)
{
    struct bm_config config = config_of("cifar10", 1000, 10), all = config_of("cifar10", 0, 10);
    struct bm_data small = opened(&config, *state), large = opened(&all, *state);
    for (size_t i = 0; i < small.train.n; i++)
        assert_int_equal(small.train.label[i], large.train.label[small.train.index[i]]);
    bm_data_close(&small);
    config.data_seed = 18;
    struct bm_data other = opened(&config, *state);
    size_t equal = 0;
    for (size_t i = 0; i < other.train.n; i++)
        equal += other.train.label[i] == large.train.label[other.train.index[i]];
    assert_in_range(equal, 50, 150);
    bm_data_close(&other);
    bm_data_close(&large);
}

/* ---- damaged files ---- */

static void assert_refused(const struct folder *folder, const char *file, const char *says)
{
    struct bm_config config = config_of("cifar10", 10, 10);
    struct bm_data data;
    struct bm_err err = {0};
    assert_int_equal(open_in(&data, &config, folder, NULL, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    if (strstr(err.text, path_of(folder, file)) == NULL || strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s' of '%s'", err.text, says, file);
}

/* Images of some classes: those that the whole set would have first, under new labels. */
static void classes_leave_a_part_of_the_set(void **state)
{
    struct folder *folder = *state;
    struct bm_config config = config_of("cifar10", 60, 30), more = config_of("cifar10", 90, 30);
    snprintf(config.classes, sizeof config.classes, "automobile,cat,truck");
    snprintf(more.classes, sizeof more.classes, "automobile,cat,truck");
    struct bm_data data = opened(&config, folder), larger = opened(&more, folder);
    struct bm_config whole = config_of("cifar10", 200, 100);
    struct bm_data all = opened(&whole, folder);
    static const int numbers[] = {1, 3, 9};
    int counts[3] = {0}, shared = 0;
    assert_int_equal(data.facts.n_train, 15000);
    assert_int_equal(data.facts.n_test, 3000);
    assert_int_equal(data.all_train.n, 15000);
    assert_nested(&data.train, &larger.train);
    for (size_t i = 0; i < data.train.n; i++) {
        uint32_t index = data.train.index[i];
        assert_true(i == 0 || index > data.train.index[i - 1]);
        int file = (int)(index / N_RECORDS), record = (int)(index % N_RECORDS);
        assert_int_equal(data.train.pixels[i][0], file);
        assert_int_equal(data.train.pixels[i][1] * 256 + data.train.pixels[i][2], record);
        assert_int_equal(numbers[data.train.truth[i]], (7 * record + file) % N_CLASSES);
        assert_in_range(data.train.label[i], 0, 2);
        counts[data.train.truth[i]]++;
        shared += contains(&all.train, index);
    }
    for (int c = 0; c < 3; c++)
        assert_int_equal(counts[c], 20);
    assert_int_equal(shared, 60); /* 20 of each class are in both */
    assert_string_equal(data.class_names[2], "truck");
    bm_data_close(&all);
    bm_data_close(&larger);
    bm_data_close(&data);
}

static void damaged_files_are_refused(void **state)
{
    struct folder *folder = *state;
    for (int f = 0; f < N_FILES; f++) {
        const char *file = files[f];
        char path[400];
        snprintf(path, sizeof path, "%s", path_of(folder, file));
        assert_int_equal(truncate(path, FILE_BYTES - 1), 0);
        assert_refused(folder, file, "of 30729999 bytes, expected 30730000");
        assert_int_equal(truncate(path, 0), 0);
        assert_refused(folder, file, "of 0 bytes, expected");
        assert_int_equal(truncate(path, FILE_BYTES + 1), 0);
        assert_refused(folder, file, "of 30730001 bytes, expected");
        assert_int_equal(unlink(path), 0);
        assert_refused(folder, file, "No such file");
        assert_int_equal(mkdir(path, 0777), 0);
        assert_refused(folder, file, "not a file");
        assert_int_equal(rmdir(path), 0);
        write_file(folder, f);
        write_at(folder, file, 9999L * RECORD_BYTES, 10);
        assert_refused(folder, file, "record 9999 (of 0 to 9999) has label 10, expected 0 to 9");
        write_at(folder, file, 0, 255);
        assert_refused(folder, file, "record 0 (of 0 to 9999) has label 255");
        write_file(folder, f);
    }
}

static void the_digest_is_of_all_content(void **state)
{
    struct folder *folder = *state;
    struct bm_config config = config_of("cifar10", 10, 10), larger = config_of("cifar10", 100, 10);
    struct bm_data data = opened(&config, folder), again = opened(&larger, folder);
    assert_memory_equal(&data.seal.digest, &again.seal.digest, sizeof data.seal.digest);
    bm_data_close(&again);
    for (int f = 0; f < N_FILES; f++) {
        write_at(folder, files[f], FILE_BYTES - 1, 1);
        again = opened(&config, folder);
        assert_memory_not_equal(&data.seal.digest, &again.seal.digest, sizeof data.seal.digest);
        bm_data_close(&again);
        write_at(folder, files[f], FILE_BYTES - 1, 0);
    }
    bm_data_close(&data);
}

/* ---- seals ---- */

/* Writes a byte, and puts the file's time of change back. */
static void write_unseen(const struct folder *folder, const char *file, long at, unsigned char byte)
{
    struct stat before;
    assert_int_equal(stat(path_of(folder, file), &before), 0);
    write_at(folder, file, at, byte);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path_of(folder, file), times, 0), 0);
}

static struct bm_seal seal_of(const struct bm_config *config, const struct folder *folder)
{
    struct bm_data data = opened(config, folder);
    struct bm_seal seal = data.seal;
    bm_data_close(&data);
    return seal;
}

static struct bm_seal opened_with(const struct bm_seal *seal, const struct bm_config *config,
                                  const struct folder *folder)
{
    struct bm_data data;
    struct bm_err err = {0};
    if (open_in(&data, config, folder, seal, &err) != 0)
        fail_msg("%s", err.text);
    struct bm_seal found = data.seal;
    bm_data_close(&data);
    return found;
}

/* Whoever has a seal does not read the files again, unless they may have changed. */
static void a_seal_is_trusted_while_files_are_unchanged(void **state)
{
    struct folder *folder = *state;
    struct bm_config config = config_of("cifar10", 10, 10);
    struct bm_seal seal = seal_of(&config, folder);
    for (int f = 0; f < N_FILES; f++) {
        write_unseen(folder, files[f], FILE_BYTES - 1, 1);
        struct bm_seal found = opened_with(&seal, &config, folder);
        assert_memory_equal(&found.digest, &seal.digest, sizeof seal.digest);
        found = seal_of(&config, folder);
        assert_memory_not_equal(&found.digest, &seal.digest, sizeof seal.digest);
        write_unseen(folder, files[f], FILE_BYTES - 1, 0);
    }
    /* The same content, copied at another time: read again, and found to be the same. */
    assert_int_equal(utimensat(AT_FDCWD, path_of(folder, files[3]), NULL, 0), 0);
    struct bm_seal found = opened_with(&seal, &config, folder);
    assert_memory_equal(&found.digest, &seal.digest, sizeof seal.digest);
    assert_true(found.stamp != seal.stamp);
}

static void assert_refused_as(const struct bm_seal *seal, enum bm_exit code, const char *says,
                              const struct folder *folder)
{
    struct bm_config config = config_of("cifar10", 10, 10);
    struct bm_data data;
    struct bm_err err = {0};
    assert_int_equal(open_in(&data, &config, folder, seal, &err), -1);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
    assert_int_equal(err.code, code);
}

/* Data that somebody else has seen are the machine's fault where they are not to be seen. */
static void sealed_data_that_are_not_there_are_the_machines_fault(void **state)
{
    struct folder *folder = *state;
    struct bm_config config = config_of("cifar10", 10, 10);
    struct bm_seal seal = seal_of(&config, folder);
    const char *path = path_of(folder, files[2]);
    for (int f = 0; f < N_FILES; f += 5) {
        write_at(folder, files[f], FILE_BYTES - 1, 1);
        assert_refused_as(&seal, BM_EXIT_IO, "is not what was there when the sweep began", folder);
        write_at(folder, files[f], FILE_BYTES - 1, 0);
    }
    write_at(folder, files[2], 0, 10);
    assert_refused_as(&seal, BM_EXIT_IO, "has label 10", folder);
    assert_refused_as(NULL, BM_EXIT_DATA, "has label 10", folder);
    assert_int_equal(truncate(path, 100), 0);
    assert_refused_as(&seal, BM_EXIT_IO, "of 100 bytes, expected 30730000", folder);
    assert_refused_as(NULL, BM_EXIT_DATA, "of 100 bytes, expected 30730000", folder);
    assert_int_equal(unlink(path), 0);
    assert_refused_as(&seal, BM_EXIT_IO, "No such file", folder);
    assert_refused_as(NULL, BM_EXIT_DATA, "No such file", folder);
    write_file(folder, 2);
    assert_refused_as(&seal, BM_EXIT_IO, "cannot open", &(struct folder){"/nonexistent"});
    /* What the run asks for is the run's fault. */
    config.train_size = 50001;
    struct bm_data data;
    struct bm_err err = {0};
    assert_int_equal(open_in(&data, &config, folder, &seal, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
}

/* ---- generated images ---- */

static struct bm_id pixels_digest(const struct bm_split *split)
{
    struct bm_id ids[100];
    assert_true(split->n <= 100);
    for (size_t i = 0; i < split->n; i++)
        ids[i] = bm_digest(split->pixels[i], 3072);
    return bm_digest_join(ids, split->n);
}

/* Stored: whoever changes a pixel changes the generator's version, and with it the digest. */
static void generated_images_are_the_same_bytes_everywhere(void **state)
{
    (void)state;
    struct bm_config config = config_of("synthetic", 100, 100);
    struct bm_data data = opened(&config, &nowhere);
    char text[BM_ID_TEXT];
    struct bm_id id = pixels_digest(&data.train);
    assert_string_equal(bm_id_text(&id, text), "bd99d043ba9d5215cc530f5f7eed4346");
    id = pixels_digest(&data.test);
    assert_string_equal(bm_id_text(&id, text), "5d5120cea0b8a927f53179fc27aec438");
    assert_string_equal(bm_id_text(&data.seal.digest, text), "b0a11f553f0d3a4cab2ce11958969251");
    bm_data_close(&data);
}

/* Every member of the registry: generated ones open anywhere, the others say what they are made of.
 */
static void all_data_sets_are_what_they_say(void **state)
{
    (void)state;
    for (const struct bm_dataset *const *set = bm_datasets; *set != NULL; set++) {
        const struct bm_dataset *dataset = *set;
        assert_true(dataset->help != NULL && dataset->check != NULL && dataset->close != NULL);
        if (!dataset->generated)
            continue;
        struct bm_config config = config_of(dataset->name, 3 * dataset->catalog.classes - 1, 7);
        struct bm_data data = opened(&config, &nowhere);
        assert_balanced(&data.train);
        assert_balanced(&data.test);
        assert_int_equal(data.train.n, config.train_size);
        assert_int_equal(data.test.n, config.test_size);
        bm_data_close(&data);
    }
}

static void a_generated_image_depends_on_seed_and_position_alone(void **state)
{
    (void)state;
    struct bm_config config = config_of("synthetic", 25, 10), other = config;
    struct bm_data data = opened(&config, &nowhere);
    assert_balanced(&data.train);
    assert_int_equal(data.all_train.n, 25);
    other.train_size = 60;
    other.seed = 43;
    struct bm_data larger = opened(&other, &nowhere);
    for (size_t i = 0; i < 25; i++) {
        assert_int_equal(data.train.index[i], i);
        assert_int_equal(data.train.truth[i], i % 10);
        assert_memory_equal(data.train.pixels[i], larger.train.pixels[i], 3072);
        assert_int_equal(data.train.label[i], larger.train.label[i]);
        assert_memory_not_equal(larger.train.pixels[i], larger.train.pixels[i + 10], 3072);
    }
    assert_memory_not_equal(data.train.pixels[0], data.test.pixels[0], 3072);
    bm_data_close(&larger);
    other.data_seed = 18;
    larger = opened(&other, &nowhere);
    assert_memory_not_equal(data.train.pixels[0], larger.train.pixels[0], 3072);
    bm_data_close(&larger);
    bm_data_close(&data);
}

static void probes_on_all_images_do_not_change_the_subset(void **state)
{
    (void)state;
    struct bm_config config = config_of("synthetic", 20, 10), all = config;
    all.probe_train = BM_PROBE_TRAIN_ALL;
    struct bm_data subset = opened(&config, &nowhere), data = opened(&all, &nowhere);
    assert_int_equal(data.all_train.n, 50000);
    assert_int_equal(data.train.n, 20);
    struct bm_id a = pixels_digest(&subset.train), b = pixels_digest(&data.train);
    assert_memory_equal(&a, &b, sizeof a);
    bm_data_close(&subset);
    bm_data_close(&data);
}

/* ---- copies ---- */

static struct bm_config others_of(int64_t train_size, double copies)
{
    struct bm_config config = config_of("cifar10", train_size, 10);
    config.view_source = BM_VIEWS_SAME_CLASS;
    config.diversity = copies;
    return config;
}

/* The place of an image in the files, which it says itself. */
static uint32_t place_of(const unsigned char *pixels)
{
    return (uint32_t)(pixels[0] * N_RECORDS + (pixels[1] << 8 | pixels[2]));
}

static void copies_are_other_images_of_the_class(void **state)
{
    static const int64_t sizes[] = {1, 20, 1007, 9000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct bm_config config = others_of(sizes[s], 4);
        struct bm_data data = opened(&config, *state);
        bool *is_taken = calloc((size_t)5 * N_RECORDS, sizeof *is_taken);
        assert_int_equal(data.train.n_others, 4);
        for (size_t i = 0; i < data.train.n; i++)
            is_taken[data.train.index[i]] = true;
        for (size_t i = 0; i < 4 * data.train.n; i++) {
            uint32_t place = place_of(data.train.others[i]);
            assert_in_range(place, 0, 5 * N_RECORDS - 1);
            assert_false(is_taken[place]); /* neither trained on nor the copy of another */
            is_taken[place] = true;
            assert_int_equal((7 * (place % N_RECORDS) + place / N_RECORDS) % N_CLASSES,
                             data.train.truth[i / 4]);
        }
        free(is_taken);
        bm_data_close(&data);
    }
}

/* Fewer copies are a part of more. Labels, subset and test images know nothing of them. */
static void copies_are_nested_and_drawn_by_the_seed(void **state)
{
    struct bm_config config = others_of(50, 3), more = others_of(50, 7), plain = more,
                     other = config;
    plain.view_source = BM_VIEWS_AUGMENT;
    other.seed = 43;
    struct bm_data a = opened(&config, *state), b = opened(&more, *state),
                   c = opened(&plain, *state), d = opened(&other, *state);
    size_t same = 0;
    assert_null(c.train.others);
    for (size_t i = 0; i < 50; i++) {
        for (size_t copy = 0; copy < 3; copy++) {
            uint32_t place = place_of(a.train.others[3 * i + copy]);
            assert_int_equal(place, place_of(b.train.others[7 * i + copy]));
            same += place == place_of(d.train.others[3 * i + copy]);
        }
        assert_int_equal(a.train.index[i], c.train.index[i]);
        assert_int_equal(a.train.label[i], c.train.label[i]);
        assert_int_equal(d.train.index[i], c.train.index[i]);
    }
    assert_in_range(same, 0, 3);
    /* Stored: these images are part of what results mean. */
    static const uint32_t golden[] = {5787, 40185, 9857, 11979, 21136, 24546};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(place_of(a.train.others[i]), golden[i]);
    bm_data_close(&a);
    bm_data_close(&b);
    bm_data_close(&c);
    bm_data_close(&d);
}

static void a_class_without_enough_others(void **state)
{
    struct bm_config config = others_of(10000, 4), all = others_of(10000, 5);
    struct bm_launch launch = launch_in(*state);
    struct bm_err err = {0};
    struct bm_data data = opened(&config, *state);
    size_t others;
    assert_int_equal(data.train.n_others, 4); /* every image of the files */
    bm_data_close(&data);
    assert_int_equal(bm_data_others(&config, &launch, 10000, &others, &err), 0);
    assert_int_equal(others, 40000);
    assert_int_equal(bm_data_others(&all, &launch, 10000, &others, &err), -1);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_string_equal(err.text,
                        "view_source: same_class with diversity: 5 takes 5000 other images for "
                        "1000 of class 'airplane', and train_size leaves 4000");
    /* The files may have fewer of a class than the published ones. */
    struct bm_launch elsewhere = launch;
    config.diversity = 1;
    config.train_size = 25000;
    err = (struct bm_err){0};
    write_at(*state, files[0], 0, 9);
    assert_int_equal(bm_data_others(&config, &elsewhere, 25000, &others, &err), 0);
    assert_int_equal(bm_data_open(&data, &config, &elsewhere, NULL, &err), -1);
    write_at(*state, files[0], 0, 0);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_non_null(strstr(err.text, "of class 'airplane', and train_size leaves 2499"));
    /* An image that is its class's only one has no others. */
    config = others_of(0, 1);
    assert_int_equal(bm_data_others(&config, &launch, 50000, &others, NULL), -1);
}

/* A generated set makes as many as are needed; probes on all images do not see them. */
static void generated_copies(void **state)
{
    (void)state;
    struct bm_config config = config_of("synthetic", 43, 10), plain = config;
    config.view_source = BM_VIEWS_SAME_CLASS;
    config.diversity = 3;
    struct bm_data data = opened(&config, &nowhere), without = opened(&plain, &nowhere);
    struct bm_id a = pixels_digest(&data.train), b = pixels_digest(&without.train);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(data.all_train.n, 43);
    for (size_t i = 0; i < 3 * 43; i++)
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(data.train.others[i], data.train.others[j]);
    bm_data_close(&data);
    config.probe_train = BM_PROBE_TRAIN_ALL;
    data = opened(&config, &nowhere);
    assert_int_equal(data.all_train.n, 50000);
    bm_data_close(&data);
    bm_data_close(&without);
}

/* Labels of copies: by data_seed, image and copy alone, so nested in their number; uniform, also
 * given the first one's, which is the image's own. */
static void labels_of_copies(void **state)
{
    struct bm_config config = config_of("cifar10", 100, 10);
    struct bm_data data = opened(&config, *state);
    for (size_t i = 0; i < data.train.n; i++)
        assert_int_equal(data.train.label[i], bm_label_of_copy(17, data.train.index[i], 0, 10));
    bm_data_close(&data);
    enum { IMAGES = 1000, COPIES = 100 };
    int counts[N_CLASSES] = {0}, equal = 0, as_other_seed = 0;
    for (uint32_t image = 0; image < IMAGES; image++)
        for (uint64_t copy = 1; copy <= COPIES; copy++) {
            uint16_t label = bm_label_of_copy(17, image, copy, N_CLASSES);
            assert_in_range(label, 0, N_CLASSES - 1);
            counts[label]++;
            equal += label == bm_label_of_copy(17, image, 0, N_CLASSES);
            as_other_seed += label == bm_label_of_copy(18, image, copy, N_CLASSES);
        }
    const double n = IMAGES * COPIES, margin = 5 * sqrt(n * 0.1 * 0.9);
    for (int c = 0; c < N_CLASSES; c++)
        assert_true(fabs(counts[c] - n / 10) < margin);
    assert_true(fabs(equal - n / 10) < margin);
    assert_true(fabs(as_other_seed - n / 10) < margin);
    /* Stored: part of what results mean. */
    static const uint16_t golden[2][6] = {{4, 3, 5, 9, 8, 1}, {7, 8, 8, 3, 9, 3}};
    for (uint32_t image = 0; image < 2; image++)
        for (uint64_t copy = 0; copy < 6; copy++)
            assert_int_equal(bm_label_of_copy(17, image, copy, 10), golden[image][copy]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subsets_are_balanced_and_nested),
        cmocka_unit_test(all_images_are_a_subset),
        cmocka_unit_test(subsets_are_drawn_by_seed_and_half),
        cmocka_unit_test(a_class_without_enough_images),
        cmocka_unit_test(sizes_are_checked_without_files),
        cmocka_unit_test(noisy_labels_are_counted_and_nested),
        cmocka_unit_test(labels_go_by_the_image),
        cmocka_unit_test(noise_is_spread_evenly),
        cmocka_unit_test(a_label_does_not_depend_on_the_subset),
        cmocka_unit_test(classes_leave_a_part_of_the_set),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(the_digest_is_of_all_content),
        cmocka_unit_test(a_seal_is_trusted_while_files_are_unchanged),
        cmocka_unit_test(sealed_data_that_are_not_there_are_the_machines_fault),
        cmocka_unit_test(generated_images_are_the_same_bytes_everywhere),
        cmocka_unit_test(all_data_sets_are_what_they_say),
        cmocka_unit_test(a_generated_image_depends_on_seed_and_position_alone),
        cmocka_unit_test(probes_on_all_images_do_not_change_the_subset),
        cmocka_unit_test(copies_are_other_images_of_the_class),
        cmocka_unit_test(copies_are_nested_and_drawn_by_the_seed),
        cmocka_unit_test(a_class_without_enough_others),
        cmocka_unit_test(generated_copies),
        cmocka_unit_test(labels_of_copies),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
