/* Ids of runs. The stored ids may never change: users would lose their results. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/config.h"
#include "settings.h"

/* identity.c once more, over a table of our own in which a row was "added later" (absent). */
static struct bm_table later_table;
#define bm_config_table      later_table
#define bm_config_id         later_id
#define bm_config_identity   later_identity
#define bm_config_has_effect later_has_effect
#define bm_config_algorithm  later_algorithm
#define bm_config_has_id     later_has_id
#define bm_config_is_seen    later_is_seen
#include "model/identity.c"
#undef bm_config_table
#undef bm_config_id
#undef bm_config_identity
#undef bm_config_has_effect
#undef bm_config_algorithm
#undef bm_config_has_id
#undef bm_config_is_seen

static const char *const none[] = {NULL}, *const depth[] = {"depth", NULL};
static const char *const all[] = {"depth", "stem", "bottleneck_stride", NULL};

static void id_of(const char *settings, const char *const *arch_settings, char *text)
{
    struct bm_config config = settings_of(settings);
    struct bm_id id = bm_config_id(&config, arch_settings);
    bm_id_text(&id, text);
}

static void golden_ids(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        const char *const *arch_settings;
        const char *id, *by_algorithm_1;
    } cases[] = {
        {"arch=cnn", none, "93d4942af24cdacd6b8700da7885cd7f", "bcf538ba988f2cf66d5463e982d6658e"},
        {"arch=cnn seed=1", none, "2c80d6a0858db2ced6c661f4250ccbfa",
         "65f9b4d57d32ad2f8fbf08c2ec63ef8a"},
        {"arch=cnn diversity=none label_noise=0", none, "cf16863628808624a8878d967fad6e87",
         "b5e0eb70043cdfc1ac266e961a8a0905"},
        {"arch=cnn diversity=64 crop_ratio_max=4/3 lr=1/3", none,
         "a0460eff01b74b348d5de2981c10fc9d", "bacce02bfd1c3660d8c6990fa8082e21"},
        {"arch=mlp depth=5 width=256", depth, "2eaaf8bcf576ffbda0f2086647522f94",
         "a503c19e5d12dfdaf0ef0f2b3eba66f2"},
        {"arch=cnn projector_width=0 train_size=1000 test_size=1000 epochs=60", none,
         "72c3b58b46c9653bcd171b37ebbe1cb8", "fc2bac8ca96319f80e1e229f194d07a1"},
        {"arch=cnn optimizer=sgd loss=cross_entropy", none, "ca88a77f963b07274e58db0eb9a85c3a",
         NULL},
        {"arch=cnn optimizer=lars lr=0.3 warmup_epochs=10 lars_exclude_1d=yes", none,
         "ae44b4dd9444c9fddf6edd0cbf205402", NULL},
        {"arch=cnn optimizer=sgd momentum=0.5 label_smoothing=0.1", none,
         "6de8454791db2778483ce60ee4c67bfb", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[BM_ID_TEXT];
        struct bm_id earlier;
        struct bm_config config = settings_of(cases[i].settings);
        id_of(cases[i].settings, cases[i].arch_settings, text);
        assert_string_equal(text, cases[i].id);
        if (cases[i].by_algorithm_1 == NULL) /* younger than that */
            continue;
        assert_true(bm_id_parse(cases[i].by_algorithm_1, &earlier));
        assert_true(bm_config_has_id(&config, &earlier));
    }
}

static void the_text_that_is_digested(void **state)
{
    (void)state;
    struct bm_config config = settings_of("diversity=none projector_width=0 lr=1e-3 arch=mlp");
    struct bm_bytes text = {0};
    bm_config_identity(&config, depth, &text);
    bm_bytes_add_u8(&text, 0);
    assert_string_equal((const char *)text.data, "algorithm=2\n"
                                                 "arch=mlp\n"
                                                 "batch_size=256\n"
                                                 "data_seed=17\n"
                                                 "dataset=cifar10\n"
                                                 "depth=3\n"
                                                 "diversity=none\n"
                                                 "epochs=5000\n"
                                                 "image_size=stored\n"
                                                 "label_noise=1\n"
                                                 "loss=mse\n"
                                                 "lr=0.001\n"
                                                 "norm=bn\n"
                                                 "optimizer=adam\n"
                                                 "output_norm=none\n"
                                                 "projector_width=0\n"
                                                 "seed=42\n"
                                                 "stop_memorized=0\n"
                                                 "test_size=all\n"
                                                 "train_size=all\n"
                                                 "weight_decay=0\n"
                                                 "width=64\n");
    bm_bytes_fini(&text);
}

static bool same_id(const char *a, const char *b, const char *const *arch_settings)
{
    char x[BM_ID_TEXT], y[BM_ID_TEXT];
    id_of(a, arch_settings, x);
    id_of(b, arch_settings, y);
    return strcmp(x, y) == 0;
}

static void only_what_is_computed_counts(void **state)
{
    (void)state;
    /* observed */
    assert_true(
        same_id("probe_every=1 knn_k=5 knn_also=1,10 probe_pool=0 probe_train=all", "", none));
    /* without effect */
    assert_true(same_id("diversity=none flip_p=0.1 crop_scale_min=0.5 augment=full",
                        "diversity=none", none));
    assert_true(same_id("jitter_p=0 jitter_hue=0.1", "jitter_p=0", none));
    assert_true(same_id("augment=isometry crop_scale_min=0.5 jitter_hue=0.1 grayscale_p=1 blur_p=1",
                        "augment=isometry", none));
    assert_true(same_id("vertical_flip_p=0.1 affine_rotation=9 blur_sigma_max=3 erasing_p=1 "
                        "randaugment_strength=1",
                        "", none));
    assert_true(same_id("augment=blur blur_p=0 blur_sigma_max=3", "augment=blur blur_p=0", none));
    assert_true(same_id("augment=erasing erasing_p=0 erasing_scale_max=1",
                        "augment=erasing erasing_p=0", none));
    assert_true(same_id("diversity=none mixup_p=1 mixup_alpha=2 mixup_labels=first cutmix=yes "
                        "augment_labels=independent view_source=same_class",
                        "diversity=none", none));
    assert_true(same_id("augment_labels=independent view_source=same_class", "", none)); /* inf */
    assert_true(same_id("mixup_alpha=2 mixup_labels=first", "", none));
    assert_true(same_id("view_source=same_class diversity=2 augment=blur flip_p=0.1",
                        "view_source=same_class diversity=2", none));
    assert_true(same_id("projector_width=0 projector_norm=bn", "projector_width=0", none));
    assert_true(same_id("depth=7", "", none));
    assert_true(same_id("momentum=0.5 lars_exclude_1d=yes", "", none));
    assert_true(same_id("optimizer=sgd lars_exclude_1d=yes", "optimizer=sgd", none));
    /* spelled otherwise */
    assert_true(same_id("lr=0.001", "lr=1e-3", none));
    assert_true(same_id("augment=crop,flip,jitter,grayscale", "augment=full", none));
    assert_true(same_id("lr=0.001", "lr=1/1000", none));
    assert_true(same_id("saved_activations=fp32", "", none));
    assert_true(same_id("precision=fp32", "", none));
    assert_true(
        same_id("optimizer=lars lars_exclude_1d=true", "optimizer=lars lars_exclude_1d=yes", none));
    /* with effect */
    assert_false(same_id("flip_p=0.1", "", none));
    assert_false(same_id("jitter_hue=0.1", "", none));
    assert_false(same_id("mixup_p=0.8", "", none));
    assert_false(same_id("mixup_p=0.8 mixup_labels=first", "mixup_p=0.8", none));
    assert_false(same_id("cutmix=yes", "", none));
    assert_false(same_id("diversity=2 augment_labels=independent", "diversity=2", none));
    assert_false(same_id("diversity=2 view_source=same_class", "diversity=2", none));
    assert_false(same_id("augment=crop,flip,grayscale,jitter", "", none));
    assert_false(same_id("augment=isometry affine_rotation=9", "augment=isometry", none));
    assert_false(same_id("projector_norm=bn", "", none));
    assert_false(same_id("saved_activations=bf16", "", none));
    assert_false(same_id("saved_activations=bf16_all", "saved_activations=bf16", none));
    assert_false(same_id("precision=bf16", "", none));
    assert_false(same_id("depth=7", "", depth));
    assert_false(same_id("lr=0.1", "lr=0.10000000000000002", none));
}

/* Another value of a setting changes the id, if and only if it is one of identity. Every row is
 * tried that has another value among these; sets with one member so far have none. */
static void every_setting_of_identity_counts(void **state)
{
    (void)state;
    static const char *const others[] = {
        "isometry",      "independent", "same_class", "first", "1",   "0.5",       "2",    "7",
        "none",          "bn",          "all",        "large", "mlp", "synthetic", "rank", "v1",
        "cross_entropy", "adam",        "yes",        "bf16"};
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        size_t different = 0;
        for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
            struct bm_config base = settings_of("norm=gn dataset=cifar100 optimizer=lars"), config;
            /* Of a member that `full` has not, of copies, of mixed images. */
            if (field->has_effect != NULL && !field->has_effect(&base))
                strcpy(base.augment, "vertical_flip,affine,blur,erasing,randaugment");
            if (field->has_effect != NULL && !field->has_effect(&base))
                base.diversity = 3;
            if (field->has_effect != NULL && !field->has_effect(&base))
                base.mixup_p = 0.5;
            config = base;
            if (bm_field_set(field, &config, others[o], NULL) != 0 ||
                bm_field_equal(field, &base, &config))
                continue;
            struct bm_id a = bm_config_id(&base, all), b = bm_config_id(&config, all);
            assert_int_equal(bm_id_compare(&a, &b) != 0, field->role == BM_IDENTITY);
            different++;
        }
        if (field->words == NULL || field->words[1] != NULL)
            assert_true(different > 0);
    }
}

static void an_id_is_checked_without_its_architecture(void **state)
{
    (void)state;
    static const char *const *const lists[] = {none, depth, all};
    struct bm_config config = settings_of("arch=resnet18 seed=7 depth=5 stem=large"), other;
    for (size_t i = 0; i < 3; i++) {
        struct bm_id id = bm_config_id(&config, lists[i]);
        assert_true(bm_config_has_id(&config, &id));
        other = config;
        other.seed = 8;
        assert_false(bm_config_has_id(&other, &id));
        id.bytes[15] ^= 1;
        assert_false(bm_config_has_id(&config, &id));
    }
    /* A setting that the architecture does not read may be anything. */
    struct bm_id id = bm_config_id(&config, none);
    other = config;
    other.depth = 6;
    assert_true(bm_config_has_id(&other, &id));
    id = bm_config_id(&config, depth);
    assert_false(bm_config_has_id(&other, &id));
}

static void a_setting_added_later_keeps_old_ids(void **state)
{
    (void)state;
    enum { MOST = 128 };
    static struct bm_field rows[MOST];
    size_t n = 0;
    /* A table without stop_memorized's row has the ids of before; with the row and its absent
     * value it has to have the same. */
    struct bm_config config = settings_of(""), set = settings_of("stop_memorized=0.999");
    assert_true(bm_config_table.n_fields <= MOST);
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        rows[n] = bm_config_table.fields[i];
        if (strcmp(rows[n].key, "stop_memorized") == 0)
            rows[n].absent = "0";
        n++;
    }
    later_table = (struct bm_table){"later", rows, n, sizeof config};
    struct bm_bytes with = {0}, without = {0};
    later_identity(&config, none, &with);
    bm_config_identity(&config, none, &without);
    static const char line[] = "stop_memorized=0\n";
    bm_bytes_add_u8(&with, 0);
    bm_bytes_add_u8(&without, 0);
    char *found = strstr((char *)without.data, line);
    assert_non_null(found);
    memmove(found, found + strlen(line), strlen(found + strlen(line)) + 1);
    assert_string_equal((const char *)with.data, (const char *)without.data);
    with.size = 0;
    later_identity(&set, none, &with);
    bm_bytes_add_u8(&with, 0);
    assert_non_null(strstr((const char *)with.data, "stop_memorized=0.999\n"));
    bm_bytes_fini(&with);
    bm_bytes_fini(&without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_ids),
        cmocka_unit_test(the_text_that_is_digested),
        cmocka_unit_test(only_what_is_computed_counts),
        cmocka_unit_test(every_setting_of_identity_counts),
        cmocka_unit_test(an_id_is_checked_without_its_architecture),
        cmocka_unit_test(a_setting_added_later_keeps_old_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
