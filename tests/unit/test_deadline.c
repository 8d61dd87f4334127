/* When a session has to be over: how that is written, what it allows, and how squeue is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/clock.h"
#include "run/deadline.h"
#include "run/time_left.h"

#define assert_number(got, expected) assert_true(fabs((got) - (expected)) < 1e-9)

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

/* Central Europe: forward on 29 March 2026 at 2:00, back on 25 October at 3:00. */
static const char europe[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static double left_of(const char *text, time_t now)
{
    double left = -1;
    struct bm_err err = {0};
    return bm_deadline_parse(text, now, &left, &err) == 0 ? left : NAN;
}

static void assert_refused(const char *text, time_t now, const char *why)
{
    double left = -1;
    struct bm_err err = {0};
    assert_int_equal(bm_deadline_parse(text, now, &left, &err), -1);
    assert_int_equal(err.code, BM_EXIT_USAGE);
    assert_non_null(strstr(err.text, text));
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' is not in: %s", why, err.text);
}

static void times(void **state)
{
    (void)state;
    const time_t noon = 1769860800; /* 2026-01-31T12:00:00Z */
    zone("UTC0");
    assert_number(left_of("+00:01", noon), 60);
    assert_number(left_of("+100:30", noon), 361800);
    assert_number(left_of("13:30", noon), 5400);
    assert_number(left_of("12:00:01", noon), 1);
    assert_number(left_of("12:00", noon), 86400); /* the next one */
    assert_number(left_of("11:59", noon), 86340);
    assert_number(left_of("2026-02-01T00:00", noon), 43200);
    assert_number(left_of("2026-01-31T12:00:30", noon), 30);
    assert_refused("2026-01-31T12:00", noon, "past");
    assert_refused("2025-12-31T12:00", noon, "past");
    assert_refused("2026-02-29T12:00", noon, "no such time");
    assert_refused("+00:00", noon, "no time is left");
    const char *const wrong[] = {"",
                                 "24:00",
                                 "12:60",
                                 "1:00",
                                 "12",
                                 "12:00:60",
                                 "+1:5",
                                 "+:30",
                                 "+1",
                                 "12:00pm",
                                 "+01:60",
                                 "-01:00",
                                 "+ 01:00",
                                 "2026-01-31",
                                 "2026-1-31T12:00",
                                 "noon",
                                 "2026-13-01T12:00:00x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(wrong[i], noon, "expected +HH:MM");
}

static void days_of_summer_time(void **state)
{
    (void)state;
    zone(europe);
    const time_t before = 1774738800; /* 2026-03-29 00:00 CET */
    assert_number(left_of("06:00", before), 5 * 3600);
    assert_number(left_of("01:30", before), 5400);
    assert_refused("02:30", before, "no such time");
    assert_refused("2026-03-29T02:00", before, "no such time");
    assert_number(left_of("2026-03-29T03:00", before), 7200);
    assert_number(left_of("+06:00", before), 6 * 3600);
    const time_t autumn = 1792879200; /* 2026-10-25 00:00 CEST */
    assert_number(left_of("06:00", autumn), 7 * 3600);
    assert_number(left_of("02:30", autumn), 2.5 * 3600); /* of two, the first */
    const time_t evening = 1774713600;                   /* 2026-03-28 17:00 CET */
    assert_number(left_of("16:00", evening), 22 * 3600);
    char text[120];
    assert_string_equal(bm_deadline_text(evening, 3600, text, sizeof text),
                        "2026-03-28 18:00:00 CET, in 60 min");
    assert_string_equal(bm_deadline_text(before, 6 * 3600, text, sizeof text),
                        "2026-03-29 07:00:00 CEST, in 6.0 h");
    zone("UTC0");
}

static void what_slurm_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double left;
    } good[] = {{"1-02:03:04\n", 93784}, {"2:03:04\n", 7384}, {"10:00", 600},
                {"0:07\n", 7},           {"0:00", 0},         {"UNLIMITED\n", INFINITY}};
    const char *const bad[] = {
        "", "\n", "NOT_SET\n", "INVALID\n", "-1:00", "slurm_load_jobs error", "1:2:3:4", "1-"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double left = -1;
        assert_true(bm_deadline_parse_slurm(good[i].text, &left));
        assert_true(left == good[i].left);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double left;
        assert_false(bm_deadline_parse_slurm(bad[i], &left));
    }
}

static void what_it_allows(void **state)
{
    (void)state;
    const struct bm_deadline none = {.began = 100, .at = INFINITY}, hour = {100, 3700},
                             minute = {100, 160};
    assert_true(bm_deadline_left(&none, 1e9) == INFINITY);
    assert_true(bm_deadline_allows(&none, 1e9, 1e9) && bm_deadline_allows(&none, 1e9, NAN));
    assert_number(bm_deadline_left(&hour, 100), 3570);
    assert_number(bm_deadline_left(&minute, 100), 54);
    assert_true(bm_deadline_allows(&hour, 100, 3570) && !bm_deadline_allows(&hour, 100, 3571));
    assert_true(bm_deadline_allows(&hour, 3669, NAN) && !bm_deadline_allows(&hour, 3670, NAN));
    assert_false(bm_deadline_had_most(&none, 1e9));
    assert_false(bm_deadline_had_most(&hour, 1899)); /* preempted */
    assert_true(bm_deadline_had_most(&hour, 1901));
    assert_true(bm_deadline_had_most(&minute, 101)); /* so short that the warning comes at once */
}

/* ---- squeue ---- */

static char folder[] = "/tmp/bm-deadline-XXXXXX";

static void put_squeue(const char *script)
{
    char path[100];
    snprintf(path, sizeof path, "%s/squeue", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    chmod(path, 0700);
}

/* Asks until there is an answer, a failure, or seconds are over. */
static bool look_for(struct bm_time_left *asking, double *left, double seconds)
{
    double end = bm_seconds() + seconds;
    while (bm_seconds() < end) {
        if (bm_time_left_look(asking, left))
            return true;
        if (asking->has_failed)
            return false;
        usleep(1000);
    }
    return false;
}

static void squeue_is_asked(void **state)
{
    (void)state;
    struct bm_time_left asking;
    double left = -1;
    unsetenv("SLURM_JOB_ID");
    bm_time_left_init(&asking);
    assert_false(look_for(&asking, &left, 0.01));
    assert_int_equal(asking.pid, 0);
    setenv("SLURM_JOB_ID", "4711", 1);
    put_squeue("[ \"$*\" = '-h -j 4711 -o %L' ] && echo 1:00:00");
    bm_time_left_init(&asking);
    assert_true(look_for(&asking, &left, 20));
    assert_number(left, 3600);
    assert_false(look_for(&asking, &left, 0.05)); /* not again so soon */
    asking.next = 0;
    put_squeue("echo UNLIMITED");
    assert_true(look_for(&asking, &left, 20));
    assert_true(left == INFINITY);
    asking.next = 0;
    put_squeue("echo slurm_load_jobs error; exit 1");
    assert_false(look_for(&asking, &left, 20));
    assert_true(asking.has_failed && asking.has_answer);
    bm_time_left_fini(&asking);
}

/* Who does not answer is given up, and nobody waits. */
static void squeue_hangs(void **state)
{
    (void)state;
    struct bm_time_left asking;
    double left, since = bm_seconds();
    put_squeue("exec sleep 100");
    bm_time_left_init(&asking);
    assert_false(bm_time_left_look(&asking, &left));
    assert_true(asking.pid > 0 && bm_seconds() - since < 5);
    asking.give_up = 0;
    assert_false(bm_time_left_look(&asking, &left));
    assert_true(asking.has_failed && asking.fd < 0);
    asking.next = 0;
    asking.has_failed = false;
    put_squeue("echo 0:10");
    assert_true(look_for(&asking, &left, 20)); /* once it is dead */
    assert_number(left, 10);
    bm_time_left_fini(&asking);
}

static int make_folder(void **state)
{
    (void)state;
    char path[200];
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    return setenv("PATH", path, 1);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),           cmocka_unit_test(days_of_summer_time),
        cmocka_unit_test(what_slurm_says), cmocka_unit_test(what_it_allows),
        cmocka_unit_test(squeue_is_asked), cmocka_unit_test(squeue_hangs),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
