/* Fashion-MNIST: idx files as they are published or unpacked are the same data, one channel stays
 * one, and files of another kind are refused. */
#include <sys/stat.h>

#include "scratch.h"

enum { N_TRAIN = 60000, N_TEST = 10000, N_PIXELS = 784 };

static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

static void big_endian(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Image i begins with the bytes of i, and has the label (3 i + half) mod 10. */
static void write_half(int half, uint32_t n)
{
    size_t size = 16 + (size_t)n * N_PIXELS;
    unsigned char *images = calloc(size, 1), *labels = calloc(8 + n, 1);
    const uint32_t head[] = {0x803, n, 28, 28};
    for (size_t i = 0; i < 4; i++)
        big_endian(images + 4 * i, head[i]);
    big_endian(labels, 0x801);
    big_endian(labels + 4, n);
    for (uint32_t i = 0; i < n; i++) {
        big_endian(images + 16 + (size_t)i * N_PIXELS, i);
        labels[8 + i] = (unsigned char)((3 * i + (uint32_t)half) % 10);
    }
    put(path_of("fashion-mnist/%s", names[2 * half]), images, size);
    put(path_of("fashion-mnist/%s", names[2 * half + 1]), labels, 8 + n);
    free(images);
    free(labels);
}

static void run(const char *command)
{
    char line[400];
    snprintf(line, sizeof line, "cd '%s/fashion-mnist' && %s", root, command);
    assert_int_equal(system(line), 0);
}

static void assert_half(const struct bm_split *split, size_t n, size_t half)
{
    assert_int_equal(split->n, n);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = split->pixels[i];
        assert_int_equal(p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3], i);
        assert_int_equal(split->truth[i], (3 * i + half) % 10);
    }
}

static struct bm_data checked(void)
{
    struct bm_data data = opened("fashion_mnist", 0, NULL);
    assert_int_equal(data.facts.shape.channels, 1);
    assert_int_equal(data.facts.shape.height, 28);
    assert_int_equal(data.facts.shape.width, 28);
    assert_half(&data.train, N_TRAIN, 0);
    assert_half(&data.test, N_TEST, 1);
    return data;
}

static void packed_or_not_they_are_the_same(void **state)
{
    (void)state;
    write_half(0, N_TRAIN);
    write_half(1, N_TEST);
    struct bm_data plain = checked();
    run("gzip -1 *");
    struct bm_data packed = checked();
    assert_int_equal(bm_id_compare(&plain.seal.digest, &packed.seal.digest), 0);
    bm_data_close(&plain);
    bm_data_close(&packed);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *command, *says;
    } cases[] = {
        {"mv train-labels-idx1-ubyte x", "cannot open '"},
        {"mv x train-labels-idx1-ubyte; cp t10k-labels-idx1-ubyte x; truncate -s 9 "
         "t10k-labels-idx1-ubyte",
         "t10k-labels-idx1-ubyte' holds less than 10008 bytes"},
        {"cp x t10k-labels-idx1-ubyte; echo >>t10k-labels-idx1-ubyte",
         "t10k-labels-idx1-ubyte' holds more than 10008 bytes"},
        {"cp x t10k-labels-idx1-ubyte; gzip t10k-labels-idx1-ubyte; truncate -s -9 "
         "t10k-labels-idx1-ubyte.gz",
         "t10k-labels-idx1-ubyte.gz' is cut off"},
        {"rm *.gz; cp x t10k-labels-idx1-ubyte; printf '\\n' | dd conv=notrunc bs=1 seek=13 "
         "of=t10k-labels-idx1-ubyte 2>/dev/null",
         "label 5 is 10, expected 0 to 9"},
        {"printf '\\1' | dd conv=notrunc bs=1 seek=3 of=t10k-images-idx3-ubyte 2>/dev/null",
         "t10k-images-idx3-ubyte' is no idx file of fashion_mnist"},
    };
    write_half(0, N_TRAIN);
    write_half(1, N_TEST);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run(cases[i].command);
        assert_refused("fashion_mnist", 0, cases[i].says);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        TEST(packed_or_not_they_are_the_same),
        TEST(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
