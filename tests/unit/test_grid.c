/* Grids against nested loops: order, lists that advance together, exclusions, inclusions, limits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/grid.h"

static const struct bm_field *setting(const char *key)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    assert_non_null(field);
    return field;
}

static struct bm_config with(const char *key, const char *text)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    assert_int_equal(bm_field_set(setting(key), &config, text, NULL), 0);
    return config;
}

/* `values` are separated by blanks. */
static void add_column(struct bm_grid *grid, const char *key, const char *values)
{
    char text[32];
    bm_grid_add_column(grid, setting(key));
    for (int length; sscanf(values, "%31s%n", text, &length) == 1; values += length) {
        struct bm_config value = with(key, text);
        bm_grid_add_value(grid, &value);
    }
}

static void add_axis(struct bm_grid *grid, const char *key, const char *values)
{
    bm_grid_add_axis(grid);
    add_column(grid, key, values);
}

static struct bm_grid *new_grid(void)
{
    struct bm_config base = with("epochs", "77");
    return bm_grid_new(&base);
}

static void finish(struct bm_grid *grid)
{
    struct bm_err err = {0};
    if (bm_grid_finish(grid, &err) != 0)
        fail_msg("%s", err.text);
}

static void points_are_those_of_nested_loops(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "diversity", "none 1 2 inf");
    bm_grid_add_axis(grid);
    add_column(grid, "arch", "cnn mlp cnn");
    add_column(grid, "width", "16 256 32");
    add_axis(grid, "label_noise", "0 0.5");
    add_axis(grid, "seed", "1 2 3 4 5");
    /* Random labels without augmentation on the mlp; seed 3 with diversity 1; never: epochs 78. */
    static const char *const excluded[][3][2] = {
        {{"diversity", "none"}, {"label_noise", "0.5"}, {"arch", "mlp"}},
        {{"seed", "3"}, {"diversity", "1"}},
        {{"epochs", "78"}},
    };
    for (size_t e = 0; e < 3; e++) {
        bm_grid_add_exclusion(grid, "x.yaml:1:1");
        for (size_t c = 0; c < 3 && excluded[e][c][0] != NULL; c++) {
            struct bm_config value = with(excluded[e][c][0], excluded[e][c][1]);
            bm_grid_add_condition(grid, setting(excluded[e][c][0]), &value);
        }
    }
    finish(grid);
    assert_int_equal(bm_grid_points(grid), 4 * 3 * 2 * 5);

    static const double diversities[] = {0, 1, 2, INFINITY}, noises[] = {0, 0.5};
    static const struct {
        const char *arch;
        int width;
    } nets[] = {{"cnn", 16}, {"mlp", 256}, {"cnn", 32}};
    uint64_t point = 0;
    size_t removed = 0;
    for (size_t d = 0; d < 4; d++)
        for (size_t n = 0; n < 3; n++)
            for (size_t p = 0; p < 2; p++)
                for (int seed = 1; seed <= 5; seed++) {
                    struct bm_config expected = with("epochs", "77"), config;
                    expected.diversity = diversities[d];
                    memset(expected.arch, 0, sizeof expected.arch);
                    strcpy(expected.arch, nets[n].arch);
                    expected.width = nets[n].width;
                    expected.label_noise = noises[p];
                    expected.seed = seed;
                    bool kept = !(d == 0 && p == 1 && n == 1) && !(seed == 3 && d == 1);
                    assert_int_equal(bm_grid_point(grid, point++, &config), kept);
                    assert_memory_equal(&config, &expected, sizeof config);
                    removed += !kept;
                }
    assert_int_equal(removed, 5 + 6);
    bm_grid_free(grid);
}

static void inclusions_follow_and_are_not_excluded(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    struct bm_config one = with("seed", "1"), config;
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "seed", "1 2");
    bm_grid_add_exclusion(grid, "x.yaml:1:1");
    bm_grid_add_condition(grid, setting("seed"), &one);
    bm_grid_add_block(grid, "x.yaml:2:1");
    add_axis(grid, "seed", "1 5");
    add_axis(grid, "width", "8 9");
    bm_grid_add_block(grid, "x.yaml:2:1"); /* the base itself */
    finish(grid);
    assert_int_equal(bm_grid_points(grid), 2 + 4 + 1);
    static const struct {
        bool kept;
        int seed, width;
    } expected[] = {{false, 1, 64}, {true, 2, 64}, {true, 1, 8},  {true, 1, 9},
                    {true, 5, 8},   {true, 5, 9},  {true, 42, 64}};
    for (uint64_t point = 0; point < 7; point++) {
        assert_int_equal(bm_grid_point(grid, point, &config), expected[point].kept);
        assert_int_equal(config.seed, expected[point].seed);
        assert_int_equal(config.width, expected[point].width);
        assert_int_equal(config.epochs, 77);
    }
    bm_grid_free(grid);
}

/* ---- what is in a grid -------------------------------------------------------------------- */

static void exclude(struct bm_grid *grid, const char *place, const char *const conditions[][2])
{
    bm_grid_add_exclusion(grid, place);
    for (; (*conditions)[0] != NULL; conditions++) {
        struct bm_config value = with((*conditions)[0], (*conditions)[1]);
        bm_grid_add_condition(grid, setting((*conditions)[0]), &value);
    }
}

static void exclusions_match_to_twelve_digits_and_idle_ones_are_found(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "label_noise", "0 0.30000000000000004");
    bm_grid_add_axis(grid);
    add_column(grid, "width", "8 16");
    add_column(grid, "depth", "1 2");
    exclude(grid, "matches",
            (const char *const[][2]){{"label_noise", "0.3"}, {"width", "8"}, {NULL}});
    exclude(grid, "value", (const char *const[][2]){{"width", "8"}, {"depth", "3"}, {NULL}});
    exclude(grid, "together", (const char *const[][2]){{"depth", "2"}, {"width", "8"}, {NULL}});
    exclude(grid, "base", (const char *const[][2]){{"epochs", "77"}, {"width", "8"}, {NULL}});
    exclude(grid, "not base", (const char *const[][2]){{"epochs", "78"}, {NULL}});
    exclude(grid, "inclusion's", (const char *const[][2]){{"seed", "5"}, {NULL}});
    bm_grid_add_block(grid, "included");
    add_axis(grid, "seed", "5");
    finish(grid);
    static const struct {
        const char *place, *key;
    } expected[] = {
        {"value", "depth"}, {"together", NULL}, {"not base", "epochs"}, {"inclusion's", "seed"}};
    struct bm_grid_idle idle;
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_true(bm_grid_idle_exclusion(grid, &at, &idle));
        assert_string_equal(idle.place, expected[i].place);
        assert_ptr_equal(idle.field, expected[i].key ? setting(expected[i].key) : NULL);
    }
    assert_false(bm_grid_idle_exclusion(grid, &at, &idle));
    struct bm_config config;
    static const bool kept[] = {false, true, false, true, true};
    for (uint64_t point = 0; point < 5; point++)
        assert_int_equal(bm_grid_point(grid, point, &config), kept[point]);
    bm_grid_free(grid);
}

static void a_grid_has_its_points_and_no_others(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "label_noise", "0 0.3 1");
    bm_grid_add_axis(grid);
    add_column(grid, "width", "8 16");
    add_column(grid, "depth", "1 2");
    exclude(grid, "x", (const char *const[][2]){{"label_noise", "1"}, {"width", "16"}, {NULL}});
    bm_grid_add_block(grid, "first");
    add_axis(grid, "seed", "6 7");
    bm_grid_add_block(grid, "second");
    finish(grid);
    struct bm_grid_inclusion inclusion;
    assert_true(bm_grid_inclusion(grid, 0, &inclusion));
    assert_string_equal(inclusion.place, "first");
    assert_int_equal(inclusion.first, 6);
    assert_int_equal(inclusion.n, 2);
    assert_true(bm_grid_inclusion(grid, 1, &inclusion));
    assert_int_equal(inclusion.first, 8);
    assert_int_equal(inclusion.n, 1);
    assert_false(bm_grid_inclusion(grid, 2, &inclusion));
    struct bm_config config;
    for (uint64_t point = 0; point < 9; point++) {
        bool kept = bm_grid_point(grid, point, &config);
        assert_int_equal(kept, point != 5);
        assert_int_equal(bm_grid_has(grid, &config, 9), kept);
        assert_int_equal(bm_grid_has(grid, &config, 8), kept && point < 8);
        assert_int_equal(bm_grid_has(grid, &config, 6), kept && point < 6);
    }
    assert_true(bm_grid_point(grid, 2, &config));
    config.label_noise = 0.1 + 0.2;
    assert_true(bm_grid_has(grid, &config, 6));
    config.depth = 2; /* of the other width */
    assert_false(bm_grid_has(grid, &config, 9));
    bm_grid_free(grid);
}

static void axes_are_the_settings_that_vary(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "width", "64"); /* the same everywhere */
    add_axis(grid, "depth", "4");  /* the inclusion has the base's 3 */
    add_axis(grid, "seed", "1 2");
    bm_grid_add_axis(grid);
    add_column(grid, "arch", "resnet18 resnet18"); /* one value in two places */
    add_column(grid, "batch_size", "1 2");
    bm_grid_add_block(grid, "x.yaml:2:1");
    add_axis(grid, "epochs", "77"); /* the base's */
    add_axis(grid, "lr", "1");
    finish(grid);
    static const char *const expected[] = {"depth", "seed", "batch_size", "lr", NULL};
    const char *const *keys = bm_grid_axes(grid);
    size_t i = 0;
    for (; expected[i] != NULL; i++)
        assert_string_equal(keys[i], expected[i]);
    assert_null(keys[i]);
    bm_grid_free(grid);
}

static void repeated_places_are_found(void **state)
{
    (void)state;
    struct bm_grid *grid = new_grid();
    size_t first, second;
    bm_grid_add_block(grid, NULL);
    add_axis(grid, "arch", "cnn mlp cnn");
    assert_true(bm_grid_axis_repeats(grid, &first, &second));
    assert_int_equal(first, 0);
    assert_int_equal(second, 2);
    assert_int_equal(bm_grid_column_length(grid), 3);
    add_column(grid, "width", "1 1 2");
    assert_false(bm_grid_axis_repeats(grid, &first, &second));
    bm_grid_free(grid);
}

static void too_many_points_are_counted(void **state)
{
    (void)state;
    static const struct {
        int axes, extra; /* ten values each; an inclusion of so many */
        const char *says;
    } cases[] = {
        {7, 0, NULL},
        {7, 1, "10000001 points"},
        {8, 0, "100000000 points"},
        {12, 3, "1000000000003 points"},
        {25, 0, "1e+25 points"}, /* more than 64 bits */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_grid *grid = new_grid();
        struct bm_err err = {0};
        bm_grid_add_block(grid, NULL);
        for (int a = 0; a < cases[i].axes; a++) /* all the same key: only the count matters */
            add_axis(grid, "seed", "0 1 2 3 4 5 6 7 8 9");
        if (cases[i].extra > 0) {
            bm_grid_add_block(grid, "x.yaml:2:1");
            add_axis(grid, "seed", cases[i].extra == 1 ? "1" : "1 2 3");
        }
        int status = bm_grid_finish(grid, &err);
        assert_int_equal(status, cases[i].says ? -1 : 0);
        if (cases[i].says != NULL && strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
        bm_grid_free(grid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_those_of_nested_loops),
        cmocka_unit_test(inclusions_follow_and_are_not_excluded),
        cmocka_unit_test(exclusions_match_to_twelve_digits_and_idle_ones_are_found),
        cmocka_unit_test(a_grid_has_its_points_and_no_others),
        cmocka_unit_test(axes_are_the_settings_that_vary),
        cmocka_unit_test(repeated_places_are_found),
        cmocka_unit_test(too_many_points_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
