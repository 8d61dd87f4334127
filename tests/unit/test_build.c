/* Runs of another build than this one: a start finds them, and diff names the builds where results
 * differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/provenance.h"
#include "results/report.h"
#include "run/prepare.h"
#include "sample.h"

static void another_build_is_found(void **state)
{
    (void)state;
    struct bm_run runs[2];
    memset(runs, 0, sizeof runs);
    const struct bm_results results = {.n_runs = 2, .runs = runs};
    runs[0].finished = runs[1].finished = true;
    assert_null(bm_prepare_other_build(&results)); /* of before builds were recorded */
    snprintf(runs[0].result.build, sizeof runs[0].result.build, "%s", bm_build());
    assert_null(bm_prepare_other_build(&results));
    strcpy(runs[1].result.build, "tcc -O0");
    assert_string_equal(bm_prepare_other_build(&results), "tcc -O0");
    runs[1].finished = false; /* it will be run again */
    assert_null(bm_prepare_other_build(&results));
}

/* A results file of one run. */
static void write_results(const char *path, double memorization, const char *build)
{
    struct bm_store *store;
    struct bm_err err = {0};
    struct bm_bytes frame = {0};
    struct bm_config config;
    struct bm_result result;
    struct bm_id id;
    sample_config(0, &config, &id);
    sample_result(0, &result);
    result.memorization = memorization;
    snprintf(result.build, sizeof result.build, "%s", build);
    assert_int_equal(bm_store_open(path, 0, NULL, &store, &err), 0);
    bm_frame_add_begin(&frame, &id, &config);
    assert_int_equal(bm_store_append(store, frame.data, frame.size, &err), 0);
    frame.size = 0;
    bm_frame_add_result(&frame, &id, &result);
    assert_int_equal(bm_store_append(store, frame.data, frame.size, &err), 0);
    assert_int_equal(bm_store_snapshot(store, &err), 0);
    bm_bytes_fini(&frame);
    bm_store_close(store);
}

/* What diff prints of the two files; the caller's to free. */
static char *differences(char *a, char *b)
{
    char *text = NULL, *args[] = {a, b, NULL};
    size_t size;
    struct bm_err err = {0};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    bm_command_diff(args, out, &err);
    fclose(out);
    return text;
}

static void diff_names_builds(void **state)
{
    (void)state;
    char folder[] = "/tmp/bm-build-XXXXXX", a[64], b[64], command[100];
    assert_non_null(mkdtemp(folder));
    snprintf(a, sizeof a, "%s/a.h5", folder);
    snprintf(b, sizeof b, "%s/b.h5", folder);
    write_results(a, 0.5, "gcc -O3");
    write_results(b, 0.25, "clang -O3");
    char *text = differences(a, b);
    assert_non_null(strstr(text, "the build: A has gcc -O3; B has clang -O3"));
    free(text);
    text = differences(a, a);
    assert_null(strstr(text, "build"));
    free(text);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_build_is_found),
        cmocka_unit_test(diff_names_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
