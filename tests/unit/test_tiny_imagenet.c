/* Tiny ImageNet: both layouts of its test half are the same data, and what does not fit is refused
 * by name. */
#include <sys/stat.h>

#include "scratch.h"

/* In wnids.txt in another order than in byte order. */
static const char *const wnids[] = {"n03", "n01", "n02"};
enum { N_VAL = 12, SIDE = 8 };

#define TINY "tiny-imagenet-200"

/* The class of val_i.JPEG, among the sorted ones. Names are in byte order: 0, 1, 10, 11, 2, … */
static int class_of(int i)
{
    return (i + i / 3) % 3;
}

static const char *sorted(int class)
{
    static const char *const names[] = {"n01", "n02", "n03"};
    return names[class];
}

static void make_train(void)
{
    char text[100] = "";
    for (int c = 0; c < 3; c++) {
        snprintf(text + strlen(text), 10, "%s\n", wnids[c]);
        for (int i = 0; i < 2; i++)
            put_image(path_of(TINY "/train/%s/images/%s_%d.JPEG", wnids[c], wnids[c], i), SIDE,
                      SIDE, (unsigned char)(10 * (wnids[c][2] - '1') + i));
        put(path_of(TINY "/train/%s/%s_boxes.txt", wnids[c], wnids[c]), "x", 1);
    }
    put(path_of(TINY "/wnids.txt"), text, strlen(text));
}

static void annotate(int from)
{
    char text[1000] = "";
    for (int i = N_VAL - 1; i >= from; i--)
        snprintf(text + strlen(text), 60, "val_%d.JPEG\t%s\t0\t0\t62\t61\n", i,
                 sorted(class_of(i)));
    put(path_of(TINY "/val/val_annotations.txt"), text, strlen(text));
}

static void make_original(void)
{
    make_train();
    for (int i = 0; i < N_VAL; i++)
        put_image(path_of(TINY "/val/images/val_%d.JPEG", i), SIDE, SIDE, (unsigned char)(100 + i));
    annotate(0);
}

/* As programs that sort them do: val/images stays, without an image. */
static void sort_val(const char *below)
{
    for (int i = 0; i < N_VAL; i++) {
        char to[600], folder[BM_PATH_SIZE];
        snprintf(to, sizeof to, "%s",
                 path_of(TINY "/val/%s/%sval_%d.JPEG", sorted(class_of(i)), below, i));
        bm_folder_of(to, folder);
        assert_int_equal(bm_folder_make(folder, NULL), 0);
        assert_int_equal(rename(path_of(TINY "/val/images/val_%d.JPEG", i), to), 0);
    }
}

static void assert_content(const struct bm_data *data)
{
    static const int order[N_VAL] = {0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_int_equal(data->facts.classes, 3);
    for (int c = 0; c < 3; c++)
        assert_string_equal(data->class_names[c], sorted(c));
    assert_int_equal(data->train.n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(data->train.truth[i], i / 2);
        assert_int_equal(data->train.pixels[i][0], 10 * (i / 2) + i % 2);
    }
    assert_int_equal(data->test.n, N_VAL);
    for (size_t i = 0; i < N_VAL; i++) {
        assert_int_equal(data->test.index[i], i);
        assert_int_equal(data->test.pixels[i][0], 100 + order[i]);
        assert_int_equal(data->test.truth[i], class_of(order[i]));
    }
    assert_string_equal(data->facts.catalog->remarks,
                        "6 training and 12 test images; published were 100000 and 10000\n");
}

static void all_layouts_are_the_same_data(void **state)
{
    (void)state;
    static const char *const below[] = {"", "images/"};
    make_original();
    struct bm_data data = opened("tiny_imagenet", 0, NULL);
    assert_content(&data);
    for (int layout = 0; layout < 2; layout++) {
        assert_int_equal(remove_root(NULL), 0);
        assert_int_equal(make_root(NULL), 0);
        make_original();
        sort_val(below[layout]);
        put(path_of(TINY "/val/images/Thumbs.db"), "x", 1);
        struct bm_data other = opened("tiny_imagenet", 0, NULL);
        assert_content(&other);
        assert_int_equal(bm_id_compare(&data.seal.digest, &other.seal.digest), 0);
        bm_data_close(&other);
    }
    bm_data_close(&data);
}

/* The same images under other labels are other data. */
static void labels_are_in_the_digest(void **state)
{
    (void)state;
    make_original();
    struct bm_data data = opened("tiny_imagenet", 0, NULL);
    assert_int_equal(remove_root(NULL), 0);
    assert_int_equal(make_root(NULL), 0);
    make_original();
    char *text;
    size_t size;
    assert_int_equal(bm_file_read(path_of(TINY "/val/val_annotations.txt"), (unsigned char **)&text,
                                  &size, NULL),
                     0);
    memcpy(strstr(text, "n0"), "n01", 3); /* of n03 */
    put(path_of(TINY "/val/val_annotations.txt"), text, size);
    free(text);
    struct bm_data other = opened("tiny_imagenet", 0, NULL);
    assert_int_not_equal(bm_id_compare(&data.seal.digest, &other.seal.digest), 0);
    bm_data_close(&other);
    bm_data_close(&data);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    assert_refused("tiny_imagenet", 0, "cannot open '");
    put(path_of("tiny-imagenet-200.zip"), "", 0);
    assert_refused("tiny_imagenet", 0, "it is packed: unzip -q '");
    make_original();
    annotate(1);
    assert_refused("tiny_imagenet", 0,
                   "val_annotations.txt' has no class of wnids.txt for 'val_0.JPEG'");
    annotate(0);
    assert_int_equal(unlink(path_of(TINY "/val/images/val_7.JPEG")), 0);
    assert_refused("tiny_imagenet", 0,
                   "val_annotations.txt' has 'val_7.JPEG', which is not in val/images");
    put(path_of(TINY "/val/val_annotations.txt"), "val_0.JPEG\tn01\n", 15);
    for (int i = 1; i < N_VAL; i++)
        unlink(path_of(TINY "/val/images/val_%d.JPEG", i));
    assert_refused("tiny_imagenet", 0, "class 'n02' has no test image");
    put(path_of(TINY "/wnids.txt"), "n01\nn02\nn03\nn04\n", 16);
    assert_refused("tiny_imagenet", 0, "cannot open the folder '");
    put(path_of(TINY "/wnids.txt"), "n01\nn02\nn01\n", 12);
    assert_refused("tiny_imagenet", 0, "wnids.txt' has 'n01' twice");
    put(path_of(TINY "/wnids.txt"), "", 0);
    assert_refused("tiny_imagenet", 0, "0 classes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        TEST(all_layouts_are_the_same_data),
        TEST(labels_are_in_the_digest),
        TEST(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
