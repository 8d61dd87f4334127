/* "Did you mean": other spellings, synonyms, words a few letters away; and that the table of
 * synonyms leads to words that exist. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/synonyms.h"
#include "bm/config.h"

static void settings_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *written, *meant; /* NULL: nothing */
    } cases[] = {
        {"learning_rate", "lr"},
        {"LearningRate", "lr"},
        {"learning-rate", "lr"},
        {"noise", "label_noise"},
        {"batch", "batch_size"},
        {"batchSize", "batch_size"},
        {"--batch-size", "batch_size"},
        {"model", "arch"},
        {"network", "arch"},
        {"augmentation", "augment"},
        {"diversty", "diversity"},
        {"optimizer.lr", "lr"},
        {"model/width", "width"},
        {"a.b.LR", "lr"},
        {"optimizer.", "optimizer"},
        {"zzzzzz", NULL},
        {"", NULL},
        {"_", NULL},
        {"..", NULL},
        {"learn", NULL},
        {"rate", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = bm_table_nearest(&bm_config_table, ~0u, cases[i].written);
        if ((found == NULL) != (cases[i].meant == NULL) ||
            (found != NULL && strcmp(found, cases[i].meant) != 0))
            fail_msg("'%s' gives '%s'", cases[i].written, found ? found : "nothing");
    }
}

/* What a word means depends on where it stands. */
static void words_are_found_where_they_are_valid(void **state)
{
    (void)state;
    static const char *const sections[] = {"name", "results", "run", NULL}, *const norms[] = {
                                                                                "bn", "none", NULL};
    assert_string_equal(bm_nearest("batch-norm", norms), "bn");
    assert_string_equal(bm_nearest("No", norms), "none");
    assert_string_equal(bm_nearest("output_dir", sections), "results");
    assert_null(bm_nearest("batchnorm", sections));
    assert_string_equal(bm_table_nearest(&bm_config_table, ~0u, "batchnorm"), "norm");
    assert_null(bm_table_nearest(&bm_config_table, 1u << BM_LAUNCH, "batchnorm"));
    assert_string_equal(bm_table_nearest(&bm_launch_table, 1u << BM_LAUNCH, "cores"), "threads");
}

static bool is_value_of(const struct bm_table *table, const char *word)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        for (const char *const *value = field->words; value && *value; value++)
            if (strcmp(*value, word) == 0)
                return true;
        for (const struct bm_named *named = field->named; named && named->name; named++)
            if (strcmp(named->name, word) == 0)
                return true;
    }
    return false;
}

static void every_row_leads_to_a_word(void **state)
{
    (void)state;
    static const char *const sections[] = {"name", "results", "run", "zip", "exclude", "include"};
    for (const struct bm_synonyms *row = bm_synonyms; row->word != NULL; row++) {
        bool is_known = bm_table_find(&bm_config_table, row->word) != NULL ||
                        bm_table_find(&bm_launch_table, row->word) != NULL ||
                        is_value_of(&bm_config_table, row->word) ||
                        is_value_of(&bm_launch_table, row->word);
        for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
            is_known = is_known || strcmp(sections[i], row->word) == 0;
        if (!is_known)
            fail_msg("'%s' is no word of sweep files", row->word);
        for (const char *at = row->others; *at != '\0'; at++)
            if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != ' ')
                fail_msg("'%s': letters and digits in lower case only", row->others);
    }
}

/* A row that says what the word itself says in another spelling is never reached. */
static void no_row_repeats_the_word(void **state)
{
    (void)state;
    for (const struct bm_synonyms *row = bm_synonyms; row->word != NULL; row++) {
        char simple[64] = " ", others[600];
        for (const char *at = row->word; *at != '\0'; at++)
            if (*at != '_')
                strncat(simple, at, 1);
        strcat(simple, " ");
        snprintf(others, sizeof others, " %s ", row->others);
        if (strstr(others, simple) != NULL)
            fail_msg("'%s' is among its own synonyms", row->word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_found),
        cmocka_unit_test(words_are_found_where_they_are_valid),
        cmocka_unit_test(every_row_leads_to_a_word),
        cmocka_unit_test(no_row_repeats_the_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
