/* Field tables: every setting reads its own canonical text back, and the rows tile their structs.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/frame.h"

static const struct bm_table *const tables[] = {&bm_config_table, &bm_launch_table,
                                                &bm_evaluation_table, &bm_tap_probe_table,
                                                &bm_result_table};
enum { N_TABLES = sizeof tables / sizeof *tables };

static void rows_tile_their_struct(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const struct bm_table *table = tables[t];
        size_t end = 0;
        for (size_t i = 0; i < table->n_fields; i++) {
            const struct bm_field *field = &table->fields[i];
            size_t alignment = bm_is_number(field->type) ? 8 : field->type == BM_CHOICE ? 4 : 1;
            size_t start = (end + alignment - 1) / alignment * alignment;
            if (field->offset != start)
                fail_msg("%s: a member without a row before '%s'", table->name, field->key);
            end = field->offset + field->size;
        }
        assert_int_equal((end + 7) / 8 * 8, table->record_size);
    }
}

static void defaults_read_back(void **state)
{
    (void)state;
    struct bm_config config, again;
    bm_table_init(&bm_config_table, &config);
    again = config;
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        char text[256];
        struct bm_err err = {0};
        bm_field_text(field, &config, text, sizeof text);
        if (bm_field_set(field, &again, text, &err) != 0)
            fail_msg("%s", err.text);
        assert_true(bm_field_equal(field, &config, &again));
        assert_non_null(field->help);
    }
    assert_true(config.crop_ratio_max == 4.0 / 3);
    assert_true(isinf(config.diversity));
}

static void bad_values_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *says;
    } cases[] = {
        {"lr", "fast", "not a number"},
        {"lr", "nan", "not a number"},
        {"lr", "inf", "not a number"},
        {"lr", "0x10", "not a number"},
        {"lr", "-1", "out of bounds"},
        {"lr", "1e999", "not a number"},
        {"lr", "1/0", "not a number"},
        {"epochs", "1.5", "not a whole number"},
        {"epochs", "", "not a whole number"},
        {"epochs", "99999999999999999999", "out of bounds"},
        {"diversity", "0", "out of bounds"},
        {"diversity", "2.5", "not a whole number"},
        {"diversity", "infinite", "not a"},
        {"norm", "bm", "did you mean 'bn'"},
        {"norm", "batchnorm", "valid: bn"},
        {"label_noise", "1.01", "out of bounds"},
        {"seed", "9007199254740993", "out of bounds"},
        {"seed", "-1", "out of bounds"},
        {"seed", "9007199254740992.5", "not a whole"},
        {"diversity", "2.0000000000000000001", "not a whole"},
        {"diversity", "1000000001", "out of bounds"},
        {"label_noise", "1e-400", "not a number"},
        {"train_size", "0", "or all"},
        {"probes", "knn,kn", "did you mean 'knn'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_config config, before;
        bm_table_init(&bm_config_table, &config);
        before = config;
        struct bm_err err = {0};
        const struct bm_field *field = bm_table_find(&bm_config_table, cases[i].key);
        assert_int_equal(bm_field_set(field, &config, cases[i].text, &err), -1);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
        assert_int_equal(err.code, BM_EXIT_DATA);
        assert_memory_equal(&config, &before, sizeof config);
    }
}

/* The largest seed is 2^53, and its neighbours are not it. */
static void whole_numbers_are_whole(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *back;
    } cases[] = {
        {"seed", "9007199254740992", "9007199254740992"},
        {"seed", "9007199254740991", "9007199254740991"},
        {"seed", "9.007199254740991e15", "9007199254740991"},
        {"seed", "-0", "0"},
        {"seed", "5.0", "5"},
        {"epochs", "1e3", "1000"},
        {"diversity", "1e3", "1000"},
        {"diversity", "4/2", "2"},
        {"label_noise", "-0.0", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_config config;
        struct bm_err err = {0};
        char text[32];
        const struct bm_field *field = bm_table_find(&bm_config_table, cases[i].key);
        bm_table_init(&bm_config_table, &config);
        if (bm_field_set(field, &config, cases[i].text, &err) != 0)
            fail_msg("%s", err.text);
        assert_string_equal(bm_field_text(field, &config, text, sizeof text), cases[i].back);
    }
}

/* Of each length, and with as much of it as there is room for. */
static void whole_numbers_are_written_as_by_printf(void **state)
{
    (void)state;
    static const int64_t values[] = {0,         1,         -1,           9,        10,
                                     -10,       99,        100,          12345678, -987654321012345,
                                     INT64_MAX, INT64_MIN, INT64_MIN + 1};
    const struct bm_field *field = bm_table_find(&bm_config_table, "seed");
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t size = 1; size <= 32; size++) {
            char text[32], expected[32];
            config.seed = values[i];
            snprintf(expected, size, "%lld", (long long)values[i]);
            assert_string_equal(bm_field_text(field, &config, text, size), expected);
        }
}

static bool matches(const char *key, const char *a, const char *b)
{
    struct bm_config x, y;
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    bm_table_init(&bm_config_table, &x);
    y = x;
    assert_int_equal(bm_field_set(field, &x, a, NULL), 0);
    assert_int_equal(bm_field_set(field, &y, b, NULL), 0);
    bool match = bm_field_matches(field, &x, &y);
    assert_int_equal(bm_field_matches(field, &y, &x), match);
    bm_field_round(field, &x);
    bm_field_round(field, &y);
    assert_int_equal(bm_field_equal(field, &x, &y), match);
    return match;
}

static void real_numbers_match_to_twelve_digits(void **state)
{
    (void)state;
    assert_true(matches("label_noise", "0.3", "0.30000000000000004"));
    assert_true(matches("label_noise", "1/3", "0.333333333333"));
    assert_true(matches("lr", "1e-12", "1.0000000000000002e-12"));
    assert_true(matches("diversity", "inf", "inf"));
    assert_false(matches("label_noise", "0.3", "0.300000000001"));
    assert_false(matches("label_noise", "0", "1e-300"));
    assert_false(matches("diversity", "inf", "none"));
    assert_false(matches("diversity", "999999999", "1e9"));
    assert_false(matches("seed", "9007199254740991", "9007199254740992"));
    assert_false(matches("norm", "bn", "none"));
    assert_false(matches("arch", "cnn", "mlp"));
}

/* Names have one order, whatever it was written in. */
static void lists_of_names(void **state)
{
    (void)state;
    const struct bm_field *field = bm_table_find(&bm_config_table, "classes");
    static const char *const good[][2] = {{"all", "all"},
                                          {"10", "10"},
                                          {"cat,dog", "cat,dog"},
                                          {"dog,cat", "cat,dog"},
                                          {"b,a,B", "B,a,b"}};
    static const char *const bad[][2] = {{"", "is not a list of names"},
                                         {"a,", "is not a list of names"},
                                         {",a", "is not a list of names"},
                                         {"a,,b", "is not a list of names"},
                                         {"b,a,b", "'b' is there twice"}};
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    assert_string_equal(config.classes, "all");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(bm_field_set(field, &config, good[i][0], NULL), 0);
        assert_string_equal(config.classes, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bm_err err = {0};
        assert_int_equal(bm_field_set(field, &config, bad[i][0], &err), -1);
        assert_int_equal(err.code, BM_EXIT_DATA);
        assert_non_null(strstr(err.text, bad[i][1]));
        assert_string_equal(config.classes, "B,a,b"); /* unchanged */
    }
    char long_list[1100];
    memset(long_list, 'x', sizeof long_list);
    long_list[1024] = '\0';
    assert_int_equal(bm_field_set(field, &config, long_list, NULL), -1);
    long_list[1023] = '\0';
    assert_int_equal(bm_field_set(field, &config, long_list, NULL), 0);
}

static void nearest_words(void **state)
{
    (void)state;
    assert_string_equal(bm_table_nearest(&bm_config_table, ~0u, "diversty"), "diversity");
    assert_string_equal(bm_table_nearest(&bm_config_table, ~0u, "label-noise"), "label_noise");
    assert_null(bm_table_nearest(&bm_config_table, ~0u, "zzzzzz"));
}

static void packed_records_survive_a_change_of_columns(void **state)
{
    (void)state;
    struct bm_result result, back;
    bm_table_init(&bm_result_table, &result);
    result.status = BM_STATUS_DONE;
    result.memorization = 0.25;
    result.rank = 7;
    /* An older writer: without the first column, with one that is unknown today. */
    struct bm_field older[2] = {*bm_table_find(&bm_result_table, "rank"),
                                *bm_table_find(&bm_result_table, "memorization")};
    older[0].key = "forgotten";
    struct bm_table old_table = {"old", older, 2, sizeof result};
    struct bm_bytes bytes = {0};
    bm_schema_write(&old_table, &bytes);
    bm_table_pack(&old_table, &result, &bytes);
    struct bm_cursor in = bm_cursor_of(bytes.data, bytes.size);
    struct bm_schema schema;
    struct bm_err err = {0};
    assert_int_equal(bm_schema_read(&bm_result_table, &in, &schema, &err), 0);
    assert_int_equal(bm_table_unpack(&schema, &in, &back, &err), 0);
    assert_true(back.memorization == 0.25);
    assert_int_equal(back.rank, 0);
    assert_true(isnan(back.fit));
    bm_bytes_fini(&bytes);
}

/* ---- choices ---- */

static void unknown_words_get_the_whole_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *sentence;
    } cases[] = {
        {"norm", "bm", "norm: 'bm' is unknown; did you mean 'bn'? (valid: bn, none, gn)"},
        {"norm", "batchnorm",
         "norm: 'batchnorm' is unknown; did you mean 'bn'? (valid: bn, none, gn)"},
        {"norm", "group", "norm: 'group' is not valid (valid: bn, none, gn)"},
        {"output_norm", "b", "output_norm: 'b' is unknown; did you mean 'bn'? (valid: none, bn)"},
        {"projector_norm", "", "projector_norm: '' is not valid (valid: none, bn)"},
        {"stem", "smal",
         "stem: 'smal' is unknown; did you mean 'small'? (valid: small, medium, "
         "large)"},
        {"stem", "tiny", "stem: 'tiny' is not valid (valid: small, medium, large)"},
        {"probe_train", "half", "probe_train: 'half' is not valid (valid: subset, all)"},
        {"conv", "wino", "conv: 'wino' is not valid (valid: auto, winograd, direct)"},
        {"save_weights", "finall",
         "save_weights: 'finall' is unknown; did you mean 'final'? (valid: none, final)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct bm_table *table = &bm_config_table;
        const struct bm_field *field = bm_table_find(table, cases[i].key);
        if (field == NULL)
            field = bm_table_find(table = &bm_launch_table, cases[i].key);
        union {
            struct bm_config config;
            struct bm_launch launch;
        } record, before;
        struct bm_err err = {0};
        bm_table_init(table, &record);
        before = record;
        assert_int_equal(field->type, BM_CHOICE);
        assert_int_equal(bm_field_set(field, &record, cases[i].text, &err), -1);
        assert_string_equal(err.text, cases[i].sentence);
        assert_memory_equal(&record, &before, table->record_size);
    }
}

/* The same column as versions had it whose choices were texts in memory, too. */
struct older {
    char word[BM_WORD_SIZE];
};

static void check_as_older(const struct bm_field *field, const char *word)
{
    struct older older = {""};
    const struct bm_field older_field = {
        .key = field->key, .type = BM_WORD, .size = sizeof older.word, .words = field->words};
    struct bm_field choice_field = *field;
    choice_field.offset = 0;
    const struct bm_table tables_of[2] = {{"older", &older_field, 1, sizeof older},
                                          {"choice", &choice_field, 1, sizeof(int)}};
    int choice = -1, again = -1;
    struct bm_err err = {0};
    assert_int_equal(bm_field_set(&older_field, &older, word, &err), 0);
    assert_int_equal(bm_field_set(&choice_field, &choice, word, &err), 0);
    const void *const records[2] = {&older, &choice};
    struct bm_bytes bytes[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        bm_schema_write(&tables_of[i], &bytes[i]);
        bm_table_pack(&tables_of[i], records[i], &bytes[i]);
    }
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    struct bm_cursor in = bm_cursor_of(bytes[0].data, bytes[0].size);
    struct bm_schema schema;
    assert_int_equal(bm_schema_read(&tables_of[1], &in, &schema, &err), 0);
    assert_int_equal(bm_table_unpack(&schema, &in, &again, &err), 0);
    assert_int_equal(again, choice);
    for (int i = 0; i < 2; i++)
        bm_bytes_fini(&bytes[i]);
}

static void every_word_of_every_choice_comes_back(void **state)
{
    (void)state;
    size_t choices = 0;
    for (size_t t = 0; t < N_TABLES; t++)
        for (size_t i = 0; i < tables[t]->n_fields; i++) {
            struct bm_field field = tables[t]->fields[i];
            if (field.type != BM_CHOICE)
                continue;
            choices++;
            field.offset = 0;
            assert_int_equal(field.size, sizeof(int));
            for (int value = 0; field.words[value] != NULL; value++) {
                int choice = -1;
                char text[BM_WORD_SIZE];
                assert_int_equal(bm_field_set(&field, &choice, field.words[value], NULL), 0);
                assert_int_equal(choice, value);
                assert_string_equal(bm_field_text(&field, &choice, text, sizeof text),
                                    field.words[value]);
                check_as_older(&field, field.words[value]);
            }
        }
    assert_true(choices >= 8);
}

/* As YAML has them; no other choice takes these words. */
static void switches_are_true_and_false_as_well(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {{"true", "yes"}, {"false", "no"}, {"yes", "yes"},
                 {"no", "no"},    {"on", "yes"},   {"off", "no"}};
    const struct bm_field *field = bm_table_find(&bm_config_table, "lars_exclude_1d");
    struct bm_config config;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[BM_WORD_SIZE];
        assert_int_equal(bm_field_set(field, &config, cases[i].text, NULL), 0);
        assert_string_equal(bm_field_text(field, &config, text, sizeof text), cases[i].word);
    }
    assert_int_equal(bm_field_set(bm_table_find(&bm_config_table, "stem"), &config, "true", NULL),
                     -1);
}

/* They are in files: journals of earlier versions would be refused. */
static void states_keep_their_words(void **state)
{
    (void)state;
    char words[200];
    bm_field_choice(bm_table_find(&bm_result_table, "status"), words, sizeof words);
    assert_string_equal(words, "running, interrupted, done, diverged, error, crashed, timeout");
}

static void words_of_later_versions_are_kept_or_refused(void **state)
{
    (void)state;
    struct bm_config config;
    struct bm_result result;
    struct bm_err err = {0};
    bm_table_init(&bm_config_table, &config);
    bm_table_init(&bm_result_table, &result);
    assert_int_equal(result.status, BM_STATUS_RUNNING); /* nothing unset is `done` */
    assert_int_equal(
        bm_field_restore(bm_table_find(&bm_config_table, "arch"), &config, "vit16x", 5, &err), 0);
    assert_string_equal(config.arch, "vit16");
    result.status = BM_STATUS_DONE;
    assert_int_equal(
        bm_field_restore(bm_table_find(&bm_result_table, "status"), &result, "paused!", 6, &err),
        -1);
    assert_string_equal(err.text, "status: this version does not know 'paused'");
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_int_equal(result.status, BM_STATUS_DONE);
}

static void every_prefix_of_a_frame_is_damaged(void **state)
{
    (void)state;
    struct bm_bytes bytes = {0};
    struct bm_id id = bm_digest("x", 1);
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    bm_frame_add_begin(&bytes, &id, &config);
    static struct bm_frame frame;
    struct bm_schemas schemas;
    bm_schemas_init(&schemas);
    for (size_t size = 0; size <= bytes.size; size++) {
        struct bm_err err = {0};
        int expected = size == bytes.size ? 0 : -1;
        assert_int_equal(bm_frame_decode(bytes.data, size, &schemas, &frame, &err), expected);
    }
    assert_memory_equal(&frame.config, &config, sizeof config);
    bm_bytes_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_tile_their_struct),
        cmocka_unit_test(defaults_read_back),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(whole_numbers_are_whole),
        cmocka_unit_test(whole_numbers_are_written_as_by_printf),
        cmocka_unit_test(real_numbers_match_to_twelve_digits),
        cmocka_unit_test(lists_of_names),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(packed_records_survive_a_change_of_columns),
        cmocka_unit_test(unknown_words_get_the_whole_sentence),
        cmocka_unit_test(every_word_of_every_choice_comes_back),
        cmocka_unit_test(switches_are_true_and_false_as_well),
        cmocka_unit_test(states_keep_their_words),
        cmocka_unit_test(words_of_later_versions_are_kept_or_refused),
        cmocka_unit_test(every_prefix_of_a_frame_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
