#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

/* A number as written: the digits before the point, those behind it, and the exponent. */
struct decimal {
    const char *before, *behind;
    size_t n_before, n_behind;
    long exponent;
};

static bool parse_decimal(const char *text, struct decimal *decimal)
{
    size_t n_before = strspn(text, DIGITS);
    const char *behind = text + n_before + (text[n_before] == '.');
    size_t n_behind = behind == text + n_before ? 0 : strspn(behind, DIGITS);
    *decimal = (struct decimal){text, behind, n_before, n_behind, 0};
    const char *end = behind + n_behind;
    if (n_before + n_behind == 0)
        return false;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;
        if (!isdigit((unsigned char)exponent[*exponent == '-' || *exponent == '+']))
            return false;
        char *rest;
        decimal->exponent = strtol(exponent, &rest, 10);
        end = rest;
    }
    return *end == '\0';
}

static int digit_at(const struct decimal *decimal, long i)
{
    long before = (long)decimal->n_before;
    if (i >= before + (long)decimal->n_behind)
        return 0;
    return (i < before ? decimal->before[i] : decimal->behind[i - before]) - '0';
}

/* The digits up to the place where the exponent puts the point, as a number that stays at INT64_MAX
 * once it is there; false when digits other than 0 are behind that place. */
static bool whole_value(const struct decimal *decimal, int64_t *value)
{
    const long most = 1L << 30; /* digits: more than any text has */
    long exponent = decimal->exponent;
    exponent = exponent > most ? most : exponent < -most ? -most : exponent;
    long n = (long)(decimal->n_before + decimal->n_behind);
    long point = (long)decimal->n_before + exponent;
    *value = 0;
    for (long i = point < 0 ? 0 : point; i < n; i++)
        if (digit_at(decimal, i) != 0)
            return false;
    for (long i = 0; i < point; i++) {
        int digit = digit_at(decimal, i);
        if (*value > (INT64_MAX - digit) / 10)
            *value = INT64_MAX;
        else
            *value = 10 * *value + digit;
        if (i >= n && (*value == 0 || *value == INT64_MAX))
            break;
    }
    return true;
}

bool bm_integer_parse(const char *text, int64_t *value)
{
    struct decimal decimal;
    bool negative = *text == '-';
    if (!parse_decimal(text + (*text == '-' || *text == '+'), &decimal) ||
        !whole_value(&decimal, value))
        return false;
    *value = negative ? -*value : *value;
    return true;
}

static bool parse_part(const char *text, double *value, char **end)
{
    errno = 0;
    *value = strtod(text, end);
    return *end != text && isfinite(*value) && !(errno == ERANGE && *value == 0);
}

bool bm_real_parse(const char *text, double *value)
{
    char *end;
    if (text[strspn(text, DIGITS "+-.eE/")] != '\0' || !parse_part(text, value, &end))
        return false;
    if (*end == '/') {
        double divisor;
        if (!parse_part(end + 1, &divisor, &end) || divisor == 0)
            return false;
        *value /= divisor;
    }
    return *end == '\0' && isfinite(*value);
}

/* Numbers of at most six decimals, as shares of images are, need no long arithmetic. A decimal of
 * at most 15 digits is the only one of that length that reads back to its number: the one below. */
static bool short_text(double value, char text[32])
{
    enum { DECIMALS = 6 };
    const double one = 1e6;
    double parts = rint(fabs(value) * one);
    if (!(parts >= 100 && parts < 1e15) || parts / one != fabs(value))
        return false;
    uint64_t rest = (uint64_t)parts;
    char digits[24], *to = digits + sizeof digits;
    bool any = false;
    *--to = '\0';
    for (int place = 0; rest > 0 || place <= DECIMALS; place++, rest /= 10) {
        if (place == DECIMALS && any)
            *--to = '.';
        any |= rest % 10 > 0;
        if (any || place >= DECIMALS)
            *--to = (char)('0' + rest % 10);
    }
    if (value < 0)
        *--to = '-';
    strcpy(text, to);
    return true;
}

void bm_real_text(double value, char *text, size_t size)
{
    if (size >= 32 && short_text(value, text))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

double bm_real_round(double value)
{
    char text[32];
    if (!isfinite(value))
        return value;
    snprintf(text, sizeof text, "%.12g", value);
    return strtod(text, NULL);
}
