/* Sheets of bm-results: percentages are what printf makes of them, and columns line up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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

static void durations_are_short(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0.0s\n"},        {59.94, "59.9s\n"},   {59.95, "1m00s\n"},
                 {3599.4, "59m59s\n"}, {3599.5, "1h00m\n"},  {1e9, "277777h46m\n"},
                 {1e300, "1e+300s\n"}, {INFINITY, "infs\n"}, {NAN, "-\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(bm_sheet_duration, cases[i].text, cases[i].seconds, 0);
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

/* Five columns of 4 characters, and 2 between two of them: what is shown at a width. */
static void check_fit(int width, const char *expected)
{
    struct bm_sheet sheet = {0};
    char text[20];
    snprintf(text, sizeof text, "%d", width);
    assert_int_equal(setenv("COLUMNS", text, 1), 0);
    bm_sheet_column(&sheet, "id..", true);
    bm_sheet_spare_column(&sheet, "last", false, 300, "last");
    bm_sheet_spare_column(&sheet, "of", false, 301, NULL);
    bm_sheet_spare_column(&sheet, "pair", false, 7, "pair");
    bm_sheet_spare_column(&sheet, "both", false, 7, NULL);
    assert_string_equal(print(&sheet), expected);
    assert_int_equal(unsetenv("COLUMNS"), 0);
}

static void columns_fit_the_width(void **state)
{
    (void)state;
    check_fit(26, "id..  last  of  pair  both\n");
    check_fit(25, "id..  last  pair  both\n"); /* the one of the higher rank goes */
    check_fit(22, "id..  last  pair  both\n");
    check_fit(21, "id..  pair  both\n"); /* and what belongs to it, although there is room */
    check_fit(16, "id..  pair  both\n");
    check_fit(15, "id..  last  of\n"); /* those of one rank together; then others have room */
    check_fit(1, "id..\n");
}

/* COLUMNS that is no number, or a terminal that says 0, is 80. */
static void there_are_80_columns(void **state)
{
    (void)state;
    static const char *const words[] = {"", "0", "-5", "80x", "80"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int wide = 0; wide < 2; wide++) {
            struct bm_sheet sheet = {0};
            char heading[100];
            assert_int_equal(setenv("COLUMNS", words[i], 1), 0);
            snprintf(heading, sizeof heading, "%*s", 76 + wide, "h");
            bm_sheet_column(&sheet, "id", true);
            bm_sheet_spare_column(&sheet, heading, false, 1, "h");
            assert_int_equal(strlen(print(&sheet)), wide ? 3 : 81);
        }
    assert_int_equal(unsetenv("COLUMNS"), 0);
}

static void taps_spread_over_the_depth(void **state)
{
    (void)state;
    static const char *const taps[] = {"stem", "1", "2", "3", "4", "5", "6", "embedding", "output"};
    static const int order[] = {7, 8, 0, 4, 2, 6, 1, 3, 5};
    enum { N = sizeof taps / sizeof *taps };
    for (size_t i = 1; i < N; i++)
        assert_true(bm_tap_rank(taps[order[i - 1]], (size_t)order[i - 1], N) <
                    bm_tap_rank(taps[order[i]], (size_t)order[i], N));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentages_are_rounded_as_printf_does),
        cmocka_unit_test(numbers_have_four_digits_as_printf_does),
        cmocka_unit_test(durations_are_short),
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(columns_fit_the_width),
        cmocka_unit_test(there_are_80_columns),
        cmocka_unit_test(taps_spread_over_the_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
