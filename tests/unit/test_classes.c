/* The setting `classes`: which classes a list means, and what is left of a data set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bm/data.h"
#include "bm/digest.h"
#include "dataset/common/classes.h"

static const char *const letters[] = {"a", "b", "c", "7", "e", "0", NULL};
static const struct bm_catalog catalog = {.classes = 6, .class_names = letters};
static const struct bm_dataset set = {.name = "letters"};

static void settings_mean_classes(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *numbers;
    } cases[] = {
        {"all", "0 1 2 3 4 5 "}, {"6", "0 1 2 3 4 5 "}, {"2", "0 1 "},   {"a,b", "0 1 "},
        {"e,a,c", "0 2 4 "},     {"1,2", "1 2 "},       {"7,e", "3 4 "}, /* a name comes before a
                                                                            number … */
        {"0,1", "1 5 "},                                                 /* … here, too */
        {"3,e", "3 4 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_class_choice choice;
        struct bm_err err = {0};
        char numbers[100] = "";
        if (bm_classes_choose(&set, &catalog, cases[i].setting, &choice, &err) != 0)
            fail_msg("%s: %s", cases[i].setting, err.text);
        for (int c = 0; c < choice.n; c++)
            snprintf(numbers + strlen(numbers), 8, "%d ", choice.numbers[c]);
        assert_string_equal(numbers, cases[i].numbers);
        bm_classes_fini(&choice);
    }
}

static void what_is_no_choice_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *says;
    } cases[] = {
        {"7", "classes: 7 is more than letters's 6 classes"},
        {"1", "'1' is not two classes or more"},
        {"0", "'0' is not two classes or more"},
        {"a", "'a' is not two classes or more"},
        {"a,x", "letters has no class 'x' (valid: a … 0, or 0 … 5)"},
        {"a,6", "letters has no class '6'"},
        {"3,7", "'7' is there twice, by name and number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_class_choice choice;
        struct bm_err err = {0};
        assert_int_equal(bm_classes_choose(&set, &catalog, cases[i].setting, &choice, &err), -1);
        assert_int_equal(err.code, BM_EXIT_DATA);
        assert_null(choice.numbers);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
    }
    const struct bm_dataset *cifar10 = bm_dataset_find("cifar10");
    struct bm_class_choice choice;
    struct bm_err err = {0};
    assert_int_equal(bm_classes_choose(cifar10, &cifar10->catalog, "cat,hose", &choice, &err), -1);
    assert_non_null(strstr(err.text, "did you mean 'horse'?"));
}

/* ---- what is left ---- */

static void kept_images_keep_their_places(void **state)
{
    (void)state;
    static const unsigned char pixels[7];
    const unsigned char *all[7], *kept[7];
    uint16_t labels[7] = {5, 1, 4, 1, 0, 4, 2}, kept_labels[7];
    uint32_t places[7] = {10, 20, 30, 40, 50, 60, 70}, kept_places[7];
    for (int i = 0; i < 7; i++)
        all[i] = &pixels[i];
    struct bm_images from = {7, all, labels, NULL}, to = {0};
    uint16_t numbers[] = {1, 4};
    const struct bm_class_choice choice = {2, numbers};
    bm_classes_keep(&choice, &from, &to);
    assert_int_equal(to.n, 4);
    to = (struct bm_images){0, kept, kept_labels, kept_places};
    for (int turn = 0; turn < 2; turn++) {
        static const int expected[] = {1, 2, 3, 5}, classes[] = {0, 1, 0, 1};
        bm_classes_keep(&choice, &from, &to);
        assert_int_equal(to.n, 4);
        for (int i = 0; i < 4; i++) {
            assert_ptr_equal(kept[i], all[expected[i]]);
            assert_int_equal(kept_labels[i], classes[i]);
            assert_int_equal(kept_places[i], turn ? places[expected[i]] : (uint32_t)expected[i]);
        }
        from.index = places;
    }
}

static struct bm_data opened(const char *classes, int64_t train_size)
{
    struct bm_config config;
    struct bm_launch launch;
    struct bm_data data;
    struct bm_err err = {0};
    bm_table_init(&bm_config_table, &config);
    bm_table_init(&bm_launch_table, &launch);
    snprintf(config.dataset, sizeof config.dataset, "synthetic");
    snprintf(config.classes, sizeof config.classes, "%s", classes);
    config.train_size = train_size;
    config.test_size = 20;
    if (bm_data_open(&data, &config, &launch, NULL, &err) != 0)
        fail_msg("%s", err.text);
    return data;
}

/* A generated image is the same one whatever the classes in use. */
static void generated_images_are_those_of_the_whole_set(void **state)
{
    (void)state;
    struct bm_data all = opened("all", 100), some = opened("cross,disc,star", 31);
    assert_int_equal(some.facts.classes, 3);
    assert_int_equal(some.facts.n_train, 15000);
    assert_string_equal(some.class_names[0], "disc");
    assert_string_equal(some.class_names[1], "cross");
    assert_string_equal(some.class_names[2], "star");
    assert_null(some.class_names[3]);
    int counts[3] = {0};
    for (size_t i = 0; i < some.train.n; i++) {
        static const int numbers[] = {0, 4, 5};
        uint32_t index = some.train.index[i];
        assert_in_range(some.train.label[i], 0, 2); /* random labels are of the classes in use */
        counts[some.train.truth[i]]++;
        if (index >= 100)
            continue;
        assert_int_equal(all.train.truth[index], numbers[some.train.truth[i]]);
        assert_memory_equal(all.train.pixels[index], some.train.pixels[i], 3072);
    }
    assert_int_equal(counts[0], 11);
    assert_int_equal(counts[1], 10);
    assert_int_equal(counts[2], 10);
    bm_data_close(&all);
    bm_data_close(&some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_mean_classes),
        cmocka_unit_test(what_is_no_choice_is_refused),
        cmocka_unit_test(kept_images_keep_their_places),
        cmocka_unit_test(generated_images_are_those_of_the_whole_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
