/* --describe names every setting, every word and every member of an open set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/config.h"
#include "bm/names.h"
#include "run/describe.h"

static char *described;

static int describe(void **state)
{
    (void)state;
    size_t size;
    FILE *out = open_memstream(&described, &size);
    if (out == NULL)
        return -1;
    bm_describe(out);
    return fclose(out);
}

static int forget(void **state)
{
    (void)state;
    free(described);
    return 0;
}

/* The line that begins with the text, cut out into `line`. */
static void find_line(const char *begin, char *line, size_t size)
{
    char sought[100];
    snprintf(sought, sizeof sought, "\n%s", begin);
    const char *found = strstr(described, sought);
    if (found == NULL)
        fail_msg("there is no line '%s…'", begin);
    snprintf(line, size, "%.*s", (int)strcspn(found + 1, "\n"), found + 1);
}

static void check_table(const struct bm_table *table)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        char begin[80], line[2000];
        snprintf(begin, sizeof begin, "| `%s` | ", field->key);
        find_line(begin, line, sizeof line);
        assert_non_null(strstr(line, field->help));
        assert_non_null(strstr(line, field->initial));
        if (field->unit != NULL)
            assert_non_null(strstr(line, field->unit));
        for (const char *const *word = field->words; word && *word; word++)
            assert_non_null(strstr(line, *word));
    }
}

static void every_setting_is_described(void **state)
{
    (void)state;
    check_table(&bm_config_table);
    check_table(&bm_launch_table);
}

static void every_member_is_described(void **state)
{
    (void)state;
    const char *const *const sets[] = {bm_dataset_names, bm_arch_names, bm_loss_names,
                                       bm_optimizer_names, bm_probe_names};
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++)
        for (const char *const *name = sets[s]; *name != NULL; name++) {
            char begin[80], line[2000];
            snprintf(begin, sizeof begin, "| `%s` | ", *name);
            find_line(begin, line, sizeof line);
            assert_true(strlen(line) > strlen(begin) + 5);
        }
}

/* Each row of a table has as many cells as its head. */
static void rows_have_the_cells_of_their_head(void **state)
{
    (void)state;
    size_t expected = 0;
    for (const char *line = described; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t cells = 0;
        for (const char *c = line; *c != '\n' && line[0] == '|'; c++)
            cells += *c == '|';
        if (cells != 0 && expected != 0)
            assert_int_equal(cells, expected);
        expected = cells;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_described),
        cmocka_unit_test(every_member_is_described),
        cmocka_unit_test(rows_have_the_cells_of_their_head),
    };
    return cmocka_run_group_tests(tests, describe, forget);
}
