/* Numbers as they are written: whole ones exactly, whatever their form and length. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/number.h"

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"-0.0", 0},
        {"5", 5},
        {"+5", 5},
        {"-5", -5},
        {"007", 7},
        {"5.", 5},
        {"5.0", 5},
        {".5e1", 5},
        {"0.05e2", 5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"10e-1", 1},
        {"12.50e2", 1250},
        {"000000000000000000000000000000000000012e1", 120},
        {"0e99999999999999999999", 0},
        {"9007199254740993", 9007199254740993},
        {"9007199254740993.000", 9007199254740993},
        {"9.007199254740993e15", 9007199254740993},
        {"9223372036854775806", INT64_MAX - 1},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", INT64_MAX},
        {"-99999999999999999999", -INT64_MAX},
        {"1e400", INT64_MAX},
        {"1e99999999999999999999", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 77;
        if (!bm_integer_parse(cases[i].text, &value) || value != cases[i].value)
            fail_msg("%s is %lld", cases[i].text, (long long)value);
    }
}

static void what_is_not_whole_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        ".",
                                        "-",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e 2",
                                        " 5",
                                        "5 ",
                                        "--5",
                                        "1_0",
                                        "0x10",
                                        "1/1",
                                        "1,0",
                                        "1.5",
                                        "1e-1",
                                        "inf",
                                        "nan",
                                        "5.0.0",
                                        "1e1.0",
                                        "1e-99999",
                                        "5.00000000000000000000000000000000000001",
                                        "1e-99999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t value;
        if (bm_integer_parse(texts[i], &value))
            fail_msg("'%s' is %lld", texts[i], (long long)value);
    }
}

static void real_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value; /* NaN: refused */
    } cases[] = {
        {"1/3", 1.0 / 3},   {"-1e-3", -1e-3},      {".5", 0.5},
        {"1e-320", 1e-320}, {"0e-999", 0},         {"1/0", NAN},
        {"1/2/3", NAN},     {"1e999", NAN},        {"1e-400", NAN},
        {"1/1e-400", NAN},  {"1e300/1e-300", NAN}, {"0x1", NAN},
        {"nan", NAN},       {"inf", NAN},          {"", NAN},
        {"1 ", NAN},        {"1/", NAN},           {"/1", NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = 0;
        bool parsed = bm_real_parse(cases[i].text, &value);
        if (parsed == isnan(cases[i].value) || (parsed && value != cases[i].value))
            fail_msg("%s is %g", cases[i].text, value);
    }
}

static void numbers_are_rounded_to_twelve_digits(void **state)
{
    (void)state;
    assert_true(bm_real_round(0.1 + 0.2) == 0.3);
    assert_true(bm_real_round(1.0 / 3) == 0.333333333333);
    assert_true(bm_real_round(4e-3 * 3) == 0.012);
    assert_true(bm_real_round(123456789.0126) != bm_real_round(123456789.0136));
    assert_true(bm_real_round(-1e300) == -1e300);
    assert_true(bm_real_round(INFINITY) == INFINITY && isnan(bm_real_round(NAN)));
}

static void texts_read_back(void **state)
{
    (void)state;
    static const double values[] = {0.3, 0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, 1e22};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[32];
        double back;
        bm_real_text(values[i], text, sizeof text);
        assert_true(bm_real_parse(text, &back));
        assert_memory_equal(&back, &values[i], sizeof back);
    }
}

/* The fewest digits that read back, of 15 to 17, as printf has them. */
static void check_text(double value)
{
    char found[32], expected[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(expected, sizeof expected, "%.*g", digits, value);
        if (strtod(expected, NULL) == value)
            break;
    }
    bm_real_text(value, found, sizeof found);
    if (strcmp(found, expected) != 0)
        fail_msg("'%s', expected '%s'", found, expected);
}

static void texts_are_the_shortest(void **state)
{
    (void)state;
    static const double cases[] = {0,        -0.0,     1,         1e-4,        9.9e-5,
                                   1e-6,     1.5,      0.1 + 0.2, 1.0 / 3,     123456789,
                                   1e9,      1e15,     1e16,      999999999.5, 999999999.999999,
                                   1e22,     5e-324,   1.7e308,   0.000101,    0.999999,
                                   0.999995, 0.9999995};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_text(cases[i]);
        check_text(-cases[i]);
        check_text(nextafter(cases[i], 1e300));
        check_text(nextafter(cases[i], -1e300));
    }
    for (int n = 1; n <= 50000; n = 3 * n + 1)
        for (int k = 0; k <= n; k += 1 + n / 500)
            check_text((double)k / n);
    for (double x = 1e-7; x < 1e12; x *= 1.37)
        for (double decimal = 1; decimal < 1e9; decimal *= 10)
            check_text(round(x * decimal) / decimal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_the_shortest),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(what_is_not_whole_is_refused),
        cmocka_unit_test(real_numbers),
        cmocka_unit_test(numbers_are_rounded_to_twelve_digits),
        cmocka_unit_test(texts_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
