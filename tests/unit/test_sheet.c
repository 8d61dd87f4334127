/* Sheets of bm-results: percentages are what printf makes of them, and columns line up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "results/report.h"

/* Valid until the next call. */
static const char *print(struct bm_sheet *sheet)
{
    static char text[1000];
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    bm_sheet_print(sheet, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void check(void (*add)(struct bm_sheet *sheet, double value), const char *format,
                  double value, double printed)
{
    struct bm_sheet sheet = {0};
    char expected[64];
    snprintf(expected, sizeof expected, format, printed);
    bm_sheet_column(&sheet, "", true);
    add(&sheet, value);
    const char *text = print(&sheet);
    if (strcmp(strchr(text, '\n') + 1, expected) != 0)
        fail_msg("%.17g: %s, expected %s", value, strchr(text, '\n') + 1, expected);
}

static void check_percent(double value)
{
    check(bm_sheet_percent, "%.1f%%\n", value, 100 * value);
}

static void check_real(double value)
{
    check(bm_sheet_real, "%.4g\n", value, value);
}

static void percentages_are_rounded_as_printf_does(void **state)
{
    (void)state;
    static const double cases[] = {0,       -0.0,     1,      -1,     0.0004999, 0.0005,
                                   -0.0004, 0.0015,   0.1245, 0.999,  1e3,       12345,
                                   1e9,     INFINITY, 0.0025, 0.9995, 9.999,     99.999};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_percent(cases[i]);
        check_percent(-cases[i]);
        check_percent(nextafter(cases[i], 1e9));
        check_percent(nextafter(cases[i], -1e9));
    }
    for (int k = 0; k <= 20000; k++)
        check_percent((double)k / 20000); /* half of them are at the middle of two */
}

static void numbers_have_four_digits_as_printf_does(void **state)
{
    (void)state;
    static const double cases[] = {
        0,      -0.0,     1,    10,    100,    1000,   9.9995,  99.995,  999.95,  999.4,  0.99995,
        0.1,    0.099995, 0.01, 0.001, 0.0001, 9.9e-5, 0.12345, 1.2345,  12.345,  123.45, INFINITY,
        1e-300, 1234567,  0.5,  0.25,  2.5,    250,    0.3,     0.00012, 0.100049};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_real(cases[i]);
        check_real(-cases[i]);
        check_real(nextafter(cases[i], 1e300));
        check_real(nextafter(cases[i], -1e300));
    }
    for (double x = 1e-6; x < 1e6; x *= 1.0037)
        check_real(x);
}

static void columns_line_up(void **state)
{
    (void)state;
    struct bm_sheet sheet = {0};
    bm_sheet_column(&sheet, "name", true);
    bm_sheet_column(&sheet, "share", false);
    bm_sheet_column(&sheet, "note", true);
    bm_sheet_text(&sheet, "a");
    bm_sheet_percent(&sheet, 0.5);
    bm_sheet_text(&sheet, "1 ± 2");
    bm_sheet_text(&sheet, "longer");
    bm_sheet_percent(&sheet, NAN);
    bm_sheet_text(&sheet, "");
    const char *text = print(&sheet);
    assert_string_equal(text, "name    share  note\n"
                              "a       50.0%  1 ± 2\n"
                              "longer      -  -\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentages_are_rounded_as_printf_does),
        cmocka_unit_test(numbers_have_four_digits_as_printf_does),
        cmocka_unit_test(columns_line_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
