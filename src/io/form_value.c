/* One value as other tools write it: numbers with units, separators and signs, words in other
 * spellings. */
#include "form_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bm/config.h"

bool bm_form_is_valid(const struct bm_field *field, const char *text)
{
    union {
        struct bm_config config;
        struct bm_launch launch;
    } record = {0};
    return bm_field_set(field, &record, text, NULL) == 0;
}

void bm_form_trim(const char *text, size_t length, const char *around, char trimmed[BM_FORM_SIZE])
{
    while (length > 0 && strchr(around, text[0]) != NULL) {
        text++;
        length--;
    }
    while (length > 0 && strchr(around, text[length - 1]) != NULL)
        length--;
    snprintf(trimmed, BM_FORM_SIZE, "%.*s", (int)length, text);
}

bool bm_form_join_digits(const char *text, const char *separators, char joined[BM_FORM_SIZE])
{
    size_t used = 0, group = 0;
    bool is_grouped = false;
    for (; *text != '\0'; text++) {
        if (isdigit((unsigned char)*text)) {
            joined[used++] = *text;
            group++;
        } else if (strchr(separators, *text) != NULL && group > 0 && (!is_grouped || group == 3)) {
            is_grouped = true;
            group = 0;
        } else {
            return false;
        }
    }
    joined[used] = '\0';
    return is_grouped && group == 3;
}

/* What stands behind a number, of settings with that unit (NULL: of all numbers). */
static const struct {
    const char *unit, *suffix;
    double factor;
} suffixes[] = {
    {"s", "s", 1},     {"s", "sec", 1},      {"s", "seconds", 1}, {"s", "m", 60},
    {"s", "min", 60},  {"s", "minutes", 60}, {"s", "h", 3600},    {"s", "hours", 3600},
    {"s", "d", 86400}, {"s", "days", 86400}, {"MiB", "MiB", 1},   {"MiB", "MB", 1},
    {"MiB", "M", 1},   {"MiB", "GiB", 1024}, {"MiB", "GB", 1024}, {"MiB", "G", 1024},
    {NULL, "%", 0.01}, {NULL, "k", 1e3},     {NULL, "K", 1e3},    {NULL, "M", 1e6},
};

static bool apply_suffix(const struct bm_field *field, const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    while (*end == ' ')
        end++;
    if (end == text)
        return false;
    if (field->unit != NULL && strcasecmp(end, field->unit) == 0)
        return true;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcmp(end, suffixes[i].suffix) == 0 &&
            (suffixes[i].unit == NULL ||
             (field->unit != NULL && strcmp(suffixes[i].unit, field->unit) == 0))) {
            *value *= suffixes[i].factor;
            return true;
        }
    return false;
}

/* 0x10; 1:30:00, where seconds are wanted; 1_000; 50%; 2h. */
static bool read_decorated(const struct bm_field *field, const char *text, double *value)
{
    char joined[BM_FORM_SIZE], *end;
    unsigned hours, minutes, seconds;
    int n = 0;
    if (strncasecmp(text, "0x", 2) == 0) {
        *value = (double)strtoull(text, &end, 16);
        return *end == '\0';
    }
    if (field->unit != NULL && strcmp(field->unit, "s") == 0 &&
        sscanf(text, "%u:%2u:%2u%n", &hours, &minutes, &seconds, &n) == 3 && text[n] == '\0') {
        *value = 3600.0 * hours + 60.0 * minutes + seconds;
        return true;
    }
    if (bm_form_join_digits(text, "_' ", joined)) {
        *value = strtod(joined, NULL);
        return true;
    }
    return apply_suffix(field, text, value);
}

static const char *nearest_word(const struct bm_field *field, const char *text)
{
    if (field->words != NULL)
        return bm_nearest(text, field->words);
    const char *names[8] = {NULL};
    for (size_t i = 0; field->named != NULL && field->named[i].name != NULL && i < 7; i++)
        names[i] = field->named[i].name;
    return bm_nearest(text, names);
}

bool bm_form_write_value(const struct bm_field *field, const char *text, size_t length,
                         struct bm_bytes *out)
{
    char value[BM_FORM_SIZE], number[40];
    double decorated;
    size_t comment = strcspn(text, "#"); /* without a blank before it */
    bm_form_trim(text, length < comment ? length : comment, " \t\"',;", value);
    const char *word = NULL;
    if (value[0] == '\0' || strchr(value, ',') != NULL)
        return false;
    if (bm_form_is_valid(field, value)) {
        bm_bytes_printf(out, "%s", value);
        return true;
    }
    if (bm_is_number(field->type) && read_decorated(field, value, &decorated))
        snprintf(number, sizeof number, "%.12g", decorated);
    else if ((word = nearest_word(field, value)) == NULL)
        return false;
    else
        snprintf(number, sizeof number, "%s", word);
    if (!bm_form_is_valid(field, number))
        return false;
    bm_bytes_printf(out, "%s", number);
    return true;
}
