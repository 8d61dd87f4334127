/* Every member of the open sets that have no test of their own kind: optimizers, augmentation
 * policies and data sets do what their headers say of all of them. A new member is tested by
 * existing. (Architectures: double/test_archs.c, losses: double/test_losses.c.) */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <omp.h>

#include "bm/data.h"
#include "bm/nn.h"
#include "bm/policy.h"
#include "bm/view.h"
#include "hash.h"

static struct bm_config config_of_defaults(void)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    return config;
}

/* ---- optimizers ---- */

enum { MOST_MOMENTS = 4, VALUES = 12, PARAMETERS = 1, GRADIENTS = 2 };

/* Sum of squares, of which `steps` steps with their exact gradients leave so much. */
static double left_of_squares(const struct bm_optimizer *optimizer,
                              const struct bm_optimizer_settings *settings, int steps)
{
    float values[VALUES], gradients[VALUES], moments[MOST_MOMENTS * VALUES] = {0};
    const struct bm_optimizer_part part = {1,      VALUES, values,    moments,
                                           VALUES, VALUES, gradients, 2};
    double left = 0;
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (float)hash_value(PARAMETERS, i);
    for (int t = 1; t <= steps; t++) {
        for (size_t i = 0; i < VALUES; i++)
            gradients[i] = 2 * values[i];
        optimizer->step(settings, t, &part);
    }
    for (size_t i = 0; i < VALUES; i++)
        left += (double)values[i] * (double)values[i];
    return left;
}

static void optimizers_descend(void **state)
{
    (void)state;
    for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++) {
        double unit = (*one)->takes_tensors ? 1000 : 1; /* of a rate that norms make relative */
        const struct bm_optimizer_settings none = {0}, slow = {.lr = 1e-3 * unit},
                                           fast = {.lr = 1e-2 * unit};
        assert_in_range((*one)->moments, 0, MOST_MOMENTS);
        double first = left_of_squares(*one, &none, 0), last = left_of_squares(*one, &fast, 300);
        if (!(last < first / 100) || !(left_of_squares(*one, &slow, 20) > last))
            fail_msg("%s: %g of %g is left", (*one)->name, last, first);
        assert_true(left_of_squares(*one, &none, 20) == first);
    }
}

/* ROWS x COLUMNS in rows STRIDE apart, moments in rows as far apart: the bits of the same numbers
 * in one row, and nothing is written between rows. */
static void check_blocks(const struct bm_optimizer *optimizer)
{
    enum { ROWS = 70, COLUMNS = 1001, STRIDE = 1300, APART = ROWS * STRIDE + 9 };
    enum { VECTORS = 1 + MOST_MOMENTS };
    static float row[VECTORS][ROWS * COLUMNS], block[VECTORS * APART], gradients[ROWS * COLUMNS];
    const struct bm_optimizer_settings settings = {
        .lr = 4e-3, .weight_decay = 1e-2, .momentum = 0.9};
    const struct bm_optimizer_part as_row = {
        1, ROWS * COLUMNS, row[0], row[1], ROWS * COLUMNS, ROWS * COLUMNS, gradients, 2};
    const struct bm_optimizer_part as_block = {ROWS,   COLUMNS, block,     block + APART,
                                               STRIDE, APART,   gradients, 2};
    memset(row, 0, sizeof row);
    for (size_t i = 0; i < VECTORS * APART; i++)
        block[i] = i < APART ? (float)hash_value(PARAMETERS, i) : 0;
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        row[0][i] = block[i / COLUMNS * STRIDE + i % COLUMNS];
    for (int t = 1; t <= 3; t++) {
        for (size_t i = 0; i < ROWS * COLUMNS; i++)
            gradients[i] = (float)hash_value((uint64_t)(GRADIENTS + t), i);
        optimizer->step(&settings, t, &as_row);
        omp_set_num_threads(3);
        optimizer->step(&settings, t, &as_block);
        omp_set_num_threads(1);
    }
    for (size_t vector = 0; vector < VECTORS; vector++)
        for (size_t i = 0; i < APART; i++) {
            size_t r = i / STRIDE, c = i % STRIDE;
            float untouched = vector == 0 ? (float)hash_value(PARAMETERS, i) : 0;
            float expected = r < ROWS && c < COLUMNS ? row[vector][r * COLUMNS + c] : untouched;
            if (block[vector * APART + i] != expected)
                fail_msg("%s: vector %zu, element %zu", optimizer->name, vector, i);
        }
}

static void optimizers_step_on_blocks_as_on_rows(void **state)
{
    (void)state;
    for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++)
        if (!(*one)->takes_tensors)
            check_blocks(*one);
}

/* A few steps on a vector with these settings, to `values`. */
static void step_with(const struct bm_optimizer *optimizer, const struct bm_config *config,
                      float values[VALUES])
{
    const struct bm_optimizer_settings settings = {
        .lr = 1e-2,
        .weight_decay = 0.1,
        .momentum = config->momentum,
        .exclude_1d = config->lars_exclude_1d == BM_YES,
    };
    float gradients[VALUES], moments[MOST_MOMENTS * VALUES] = {0};
    const struct bm_optimizer_part part = {1,      VALUES, values,    moments,
                                           VALUES, VALUES, gradients, 1};
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (float)hash_value(PARAMETERS, i);
    for (int t = 1; t <= 3; t++) {
        for (size_t i = 0; i < VALUES; i++)
            gradients[i] = (float)hash_value((uint64_t)(GRADIENTS + t), i);
        optimizer->step(&settings, t, &part);
    }
}

/* The table of settings knows optimizers by their names alone. */
static void settings_have_the_effect_that_their_rows_say(void **state)
{
    (void)state;
    static const char *const others[][2] = {{"momentum", "0.3"}, {"lars_exclude_1d", "yes"}};
    for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++)
        for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
            const struct bm_field *field = bm_table_find(&bm_config_table, others[o][0]);
            struct bm_config base = config_of_defaults(), other;
            float values[2][VALUES];
            strcpy(base.optimizer, (*one)->name);
            other = base;
            assert_int_equal(bm_field_set(field, &other, others[o][1], NULL), 0);
            step_with(*one, &base, values[0]);
            step_with(*one, &other, values[1]);
            bool differ = memcmp(values[0], values[1], sizeof values[0]) != 0;
            if (differ != field->has_effect(&base))
                fail_msg("%s: %s %s", (*one)->name, field->key,
                         differ ? "has an effect" : "has none");
        }
}

/* ---- policies ---- */

enum { COPIES = 8, MOST_PIXELS = 3 * 32 * 32 };

static void check_views(const char *augment, struct bm_image_shape stored, int size)
{
    static float views[COPIES][MOST_PIXELS], again[MOST_PIXELS];
    unsigned char pixels[MOST_PIXELS];
    struct bm_config config = config_of_defaults();
    struct bm_viewer viewer;
    size_t values = (size_t)(stored.channels * size * size);
    snprintf(config.augment, sizeof config.augment, "%s", augment);
    config.image_size = size;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)hash_bits(3, i);
    assert_int_equal(bm_viewer_init(&viewer, &config, stored, NULL), 0);
    for (uint64_t copy = 0; copy < COPIES; copy++)
        bm_view_copy(&viewer, pixels, 5, copy, views[copy]);
    int changes = 0;
    for (uint64_t copy = COPIES; copy-- > 0;) { /* in another order */
        bm_view_copy(&viewer, pixels, 5, copy, again);
        assert_memory_equal(again, views[copy], values * sizeof *again);
        for (size_t i = 0; i < values; i++)
            assert_true(again[i] >= 0 && again[i] <= 1);
        changes += memcmp(views[copy], views[0], values * sizeof *again) != 0;
    }
    if (changes < 1)
        fail_msg("%s: %d of %d copies differ from the first", augment, changes, COPIES);
    bm_viewer_fini(&viewer);
}

static void policies_make_views(void **state)
{
    (void)state;
    const struct bm_image_shape square = {3, 32, 32}, wide = {3, 20, 27}, gray = {1, 28, 28};
    for (const char *const *policy = bm_policy_names; *policy != NULL; policy++) {
        check_views(*policy, square, 32);
        check_views(*policy, wide, 16);
        check_views(*policy, gray, 28);
    }
    for (const struct bm_augmentation *const *member = bm_augments; *member != NULL; member++) {
        check_views((*member)->name, square, 32);
        check_views((*member)->name, wide, 15);
        if (strcmp((*member)->name, "grayscale") != 0)
            check_views((*member)->name, gray, 27);
    }
}

/* Two steps with one lane would draw the same numbers. */
static void steps_have_lanes_of_their_own(void **state)
{
    (void)state;
    for (size_t a = 0; bm_augments[a] != NULL; a++)
        for (size_t b = 0; b < a; b++)
            assert_int_not_equal(bm_augments[a]->lane, bm_augments[b]->lane);
}

/* Policies are lists of members that there are, each once, and all of them fit into the setting. */
static void policies_are_lists_of_members(void **state)
{
    (void)state;
    const struct bm_field *field = bm_table_find(&bm_config_table, "augment");
    struct bm_config config = config_of_defaults();
    char all[sizeof config.augment] = "";
    size_t n = 0;
    for (size_t i = 0; bm_policy_names[i] != NULL; i++) {
        assert_int_equal(bm_field_set(field, &config, bm_policy_lists[i], NULL), 0);
        assert_string_equal(config.augment, bm_policy_names[i]);
        assert_int_equal(bm_config_check(&config, NULL), 0);
    }
    for (; bm_augments[n] != NULL; n++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", n > 0 ? "," : "",
                 bm_augments[n]->name);
    assert_in_range(n, 1, BM_MOST_STEPS);
    assert_int_equal(bm_field_set(field, &config, all, NULL), 0);
    assert_string_equal(config.augment, all);
    assert_true(strlen(all) + 1 < sizeof config.augment);
}

/* A setting of a member has an effect where the policy has the member, and nowhere else. */
static void settings_have_an_effect_under_their_member(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t f = 0; f < bm_config_table.n_fields; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        for (const struct bm_augmentation *const *one = bm_augments; *one != NULL; one++) {
            size_t length = strlen((*one)->name);
            if (strncmp(field->key, (*one)->name, length) != 0 || field->key[length] != '_')
                continue;
            struct bm_config config = config_of_defaults();
            n++;
            for (const struct bm_augmentation *const *two = bm_augments; *two != NULL; two++) {
                strcpy(config.augment, (*two)->name);
                assert_true(field->has_effect(&config) == (one == two));
            }
            strcpy(config.augment, (*one)->name);
            config.diversity = 0;
            assert_false(field->has_effect(&config));
        }
    }
    assert_int_equal(n, 22);
}

/* ---- data sets ---- */

static void data_sets_are_described(void **state)
{
    (void)state;
    for (const struct bm_dataset *const *set = bm_datasets; *set != NULL; set++) {
        const struct bm_catalog *catalog = &(*set)->catalog;
        int named = 0;
        while (catalog->class_names != NULL && catalog->class_names[named] != NULL)
            named++;
        assert_true((*set)->help[0] != '\0');
        assert_true((*set)->generated == ((*set)->folder == NULL));
        if ((*set)->files == NULL && !(*set)->generated) {
            assert_true(named == 0 && (*set)->find != NULL && (*set)->stamp != NULL);
            continue;
        }
        assert_int_equal(named, catalog->classes);
        assert_true(named > 0 && catalog->n_train > 0 && catalog->n_test > 0);
    }
}

static struct bm_data opened(const struct bm_dataset *set, int64_t train, int64_t seed)
{
    struct bm_config config = config_of_defaults();
    struct bm_data data;
    struct bm_err err = {0};
    snprintf(config.dataset, sizeof config.dataset, "%s", set->name);
    config.train_size = train;
    config.test_size = 2 * set->catalog.classes + 1;
    config.data_seed = seed;
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    snprintf(launch.data_dir, sizeof launch.data_dir, "/nowhere");
    if (bm_data_open(&data, &config, &launch, NULL, &err) != 0)
        fail_msg("%s: %s", set->name, err.text);
    return data;
}

static void check_balance(const struct bm_split *split, int classes)
{
    for (int c = 0; c < classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < split->n; i++)
            count += split->truth[i] == c;
        assert_in_range(count, split->n / (size_t)classes, split->n / (size_t)classes + 1);
    }
}

/* The same images for the same seed, however many are asked for; others for another seed, and in
 * the other half. */
static void check_generated(const struct bm_dataset *set)
{
    struct bm_image_shape shape = set->catalog.shape;
    size_t bytes = (size_t)(shape.channels * shape.height * shape.width);
    int64_t n = 3 * set->catalog.classes + 1;
    struct bm_data data = opened(set, n, 1), more = opened(set, 2 * n, 1),
                   other = opened(set, n, 2);
    check_balance(&data.train, set->catalog.classes);
    check_balance(&data.test, set->catalog.classes);
    size_t same = 0;
    for (size_t i = 0; i < data.train.n; i++) {
        assert_memory_equal(data.train.pixels[i], more.train.pixels[i], bytes);
        assert_int_equal(data.train.truth[i], more.train.truth[i]);
        same += memcmp(data.train.pixels[i], other.train.pixels[i], bytes) == 0;
        same += memcmp(data.train.pixels[i], data.train.pixels[(i + 1) % data.train.n], bytes) == 0;
        same += i < data.test.n && memcmp(data.train.pixels[i], data.test.pixels[i], bytes) == 0;
    }
    assert_int_equal(same, 0);
    assert_memory_equal(&data.seal.digest, &more.seal.digest, sizeof data.seal.digest);
    bm_data_close(&data);
    bm_data_close(&more);
    bm_data_close(&other);
}

static void generated_sets_open(void **state)
{
    (void)state;
    int generated = 0;
    for (const struct bm_dataset *const *set = bm_datasets; *set != NULL; set++)
        if ((*set)->generated) {
            check_generated(*set);
            generated++;
        }
    assert_true(generated > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizers_descend),
        cmocka_unit_test(optimizers_step_on_blocks_as_on_rows),
        cmocka_unit_test(settings_have_the_effect_that_their_rows_say),
        cmocka_unit_test(policies_make_views),
        cmocka_unit_test(steps_have_lanes_of_their_own),
        cmocka_unit_test(policies_are_lists_of_members),
        cmocka_unit_test(settings_have_an_effect_under_their_member),
        cmocka_unit_test(data_sets_are_described),
        cmocka_unit_test(generated_sets_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
