/* Conditions on runs: KEY=VALUE,… as --where and --against take them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

enum { EQUAL, UNEQUAL, AT_MOST, AT_LEAST, BELOW, ABOVE };
/* Longer ones first: "<" is a beginning of "<=". */
static const struct {
    const char *text;
    int comparison;
} operators[] = {{"!=", UNEQUAL}, {"<=", AT_MOST}, {">=", AT_LEAST},
                 {"=", EQUAL},    {"<", BELOW},    {">", ABOVE}};

/* ---- reading ---- */

/* The operator at the beginning of `text`; its length, 0: none. */
static size_t read_operator(const char *text, int *comparison)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);
        if (strncmp(text, operators[i].text, length) == 0) {
            *comparison = operators[i].comparison;
            return length;
        }
    }
    return 0;
}

/* Any number, where a setting would have bounds. */
static int read_number(const struct bm_series *series, const char *text, double *number,
                       struct bm_err *err)
{
    struct bm_field field = {.key = series->name, .type = BM_REAL, .size = sizeof *number};
    field.min = -INFINITY;
    field.max = INFINITY;
    return bm_field_set(&field, number, text, err);
}

static int read_value(struct bm_condition *condition, const char *text, struct bm_err *err)
{
    const struct bm_series *series = &condition->series;
    if (!bm_series_is_number(series) && condition->comparison > UNEQUAL)
        return bm_fail(err, BM_EXIT_USAGE,
                       "%s is a text: it is compared by = and !=", series->name);
    if (series->source == BM_OF_CONFIG)
        return bm_field_set(series->field, &condition->config, text, err);
    if (bm_series_is_number(series))
        return read_number(series, text, &condition->number, err);
    condition->text = text;
    if (series->field == NULL || series->field->words == NULL)
        return 0;
    struct bm_result result; /* only to check the word */
    bm_table_init(&bm_result_table, &result);
    return bm_field_set(series->field, &result, text, err);
}

/* `word`: the condition's own, becomes KEY, NUL and the rest. */
static int read_condition(struct bm_condition *condition, const struct bm_report *report,
                          const char *option, char *word, struct bm_err *err)
{
    char where[600];
    char *sign = word + strcspn(word, "!<>=");
    size_t length = read_operator(sign, &condition->comparison);
    snprintf(where, sizeof where, "%s %s", option, word);
    if (length == 0 || sign == word)
        return bm_fail(err, BM_EXIT_USAGE, "%s: expected KEY=VALUE (also !=, <, <=, >, >=)", where);
    char first = *sign;
    *sign = '\0';
    int status = bm_series_find(report, word, where, &condition->series, err);
    *sign = first;
    if (status != 0)
        return -1;
    if (read_value(condition, sign + length, err) == 0)
        return 0;
    if (err != NULL)
        err->code = BM_EXIT_USAGE;
    return bm_fail_at(err, "%s", where);
}

/* The end of the condition that begins at `text`: a comma ends it if a condition follows, else it
 * belongs to the value (probes=knn,linear). */
static size_t length_of(const char *text)
{
    size_t length = strcspn(text, ",");
    while (text[length] == ',') {
        const char *next = text + length + 1;
        size_t n = strcspn(next, ",");
        if (strcspn(next, "!<>=") < n || n == 0)
            break;
        length += 1 + n;
    }
    return length;
}

int bm_conditions_add(struct bm_conditions *conditions, const struct bm_report *report,
                      const char *option, const char *text, struct bm_err *err)
{
    for (;;) {
        size_t length = length_of(text);
        struct bm_condition *items =
            reallocarray(conditions->items, conditions->n + 1, sizeof *items);
        if (items == NULL)
            return bm_fail_errno(err, "no memory for conditions");
        conditions->items = items;
        struct bm_condition *condition = &items[conditions->n];
        *condition = (struct bm_condition){.word = strndup(text, length)};
        if (condition->word == NULL)
            return bm_fail_errno(err, "no memory for conditions");
        conditions->n++;
        if (read_condition(condition, report, option, (char *)condition->word, err) != 0)
            return -1;
        if (text[length] == '\0')
            return 0;
        text += length + 1;
    }
}

void bm_conditions_fini(struct bm_conditions *conditions)
{
    for (size_t i = 0; i < conditions->n; i++)
        free((char *)conditions->items[i].word);
    free(conditions->items);
    *conditions = (struct bm_conditions){0};
}

/* ---- asking ---- */

static bool compares(int comparison, double a, double b)
{
    switch (comparison) {
    case AT_MOST:
        return a <= b;
    case AT_LEAST:
        return a >= b;
    case BELOW:
        return a < b;
    default:
        return a > b;
    }
}

static bool is_equal(const struct bm_condition *condition, const struct bm_run *run)
{
    const struct bm_series *series = &condition->series;
    char text[BM_CELL_SIZE];
    if (series->source == BM_OF_CONFIG)
        return bm_field_matches(series->field, &run->config, &condition->config);
    if (bm_series_is_number(series))
        return bm_series_number(series, run) == condition->number;
    bm_series_text(series, run, text);
    return series->source == BM_OF_ID ? strncmp(text, condition->text, strlen(condition->text)) == 0
                                      : strcmp(text, condition->text) == 0;
}

bool bm_condition_meets(const struct bm_condition *condition, const struct bm_report *report,
                        const struct bm_run *run)
{
    const struct bm_series *series = &condition->series;
    if (!bm_series_has_effect(series, report, run))
        return true;
    if (condition->comparison <= UNEQUAL)
        return is_equal(condition, run) == (condition->comparison == EQUAL);
    double value = series->source == BM_OF_CONFIG
                       ? bm_field_number(series->field, &condition->config)
                       : condition->number;
    return compares(condition->comparison, bm_series_number(series, run), value);
}

bool bm_conditions_meet(const struct bm_conditions *conditions, const struct bm_report *report,
                        const struct bm_run *run)
{
    for (size_t i = 0; i < conditions->n; i++)
        if (!bm_condition_meets(&conditions->items[i], report, run))
            return false;
    return true;
}

bool bm_conditions_name(const struct bm_conditions *conditions, const struct bm_field *field)
{
    for (size_t i = 0; i < conditions->n; i++)
        if (conditions->items[i].series.field == field)
            return true;
    return false;
}
