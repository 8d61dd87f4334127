/* Snapshots: everything comes back, and equal results give equal bytes.
 *
 * With arguments it writes a sample for the tests of bm-results instead: test_snapshot PATH KIND,
 * where KIND is plain, repeated (other circumstances and order), changed, fewer, running, many,
 * hostile (texts that terminals obey), readers (8 runs for tests/readers.sh), empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "io/columns.h"
#include "bm/file.h"
#include "io/snapshot.h"
#include "sample.h"

static char folder[64], path[96];

static int new_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/bm-snapshot-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/x.h5", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file is left */
}

static int apply_frame(void *context, const struct bm_bytes *bytes)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    return bm_frame_decode(bytes->data, bytes->size, &schemas, &frame, NULL) != 0
               ? -1
               : bm_results_apply(context, &frame, NULL);
}

static void add_meta(struct bm_results *results, const char *name, const char *text)
{
    struct bm_frame frame = {.kind = BM_FRAME_META, .text = text, .text_size = strlen(text)};
    snprintf(frame.name, sizeof frame.name, "%s", name);
    assert_int_equal(bm_results_apply(results, &frame, NULL), 0);
}

static void write_snapshot(const struct bm_results *results)
{
    struct bm_err err = {0};
    struct bm_h5 *file;
    const void *data;
    size_t size;
    if (bm_snapshot_build(results, 1234, &file, &data, &size, &err) != 0 ||
        bm_file_put(path, data, size, &err) != 0)
        fail_msg("%s", err.text);
    bm_h5_close(file);
}

static void read_snapshot(struct bm_results *results)
{
    struct bm_err err = {0};
    struct bm_snapshot_info info;
    *results = (struct bm_results){0};
    if (bm_snapshot_read(path, results, &info, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(info.journal_size, 1234);
}

static void assert_records_equal(const struct bm_table *table, const void *a, const void *b)
{
    for (size_t i = 0; i < table->n_fields; i++)
        if (!bm_field_equal(&table->fields[i], a, b))
            fail_msg("%s.%s differs", table->name, table->fields[i].key);
}

static void assert_runs_equal(const struct bm_run *a, const struct bm_run *b)
{
    assert_int_equal(a->finished, b->finished);
    assert_records_equal(&bm_config_table, &a->config, &b->config);
    assert_records_equal(&bm_result_table, &a->result, &b->result);
    assert_int_equal(a->n_evaluations, b->n_evaluations);
    assert_int_equal(a->n_taps, b->n_taps);
    for (size_t e = 0; e < a->n_evaluations; e++) {
        assert_records_equal(&bm_evaluation_table, &a->evaluations[e], &b->evaluations[e]);
        assert_int_equal(a->first_tap[e + 1], b->first_tap[e + 1]);
        assert_int_equal(a->first_pair[e + 1], b->first_pair[e + 1]);
    }
    for (size_t t = 0; t < a->n_taps; t++)
        assert_records_equal(&bm_tap_probe_table, &a->taps[t], &b->taps[t]);
    assert_int_equal(a->n_pairs, b->n_pairs);
    for (size_t p = 0; p < a->n_pairs; p++)
        assert_records_equal(&bm_tap_pair_table, &a->pairs[p], &b->pairs[p]);
    assert_int_equal(a->log != NULL, b->log != NULL);
    if (a->log != NULL)
        assert_string_equal(a->log, b->log);
}

static void everything_comes_back(void **state)
{
    (void)state;
    struct bm_results results = {0}, again;
    enum { LENGTH = 200000 };
    char *sweep = malloc(LENGTH + 1);
    assert_non_null(sweep);
    memset(sweep, '#', LENGTH);
    sweep[LENGTH] = '\0';
    add_meta(&results, "sweep", sweep);
    add_meta(&results, "comment", "Größe, 寸法\n");
    add_meta(&results, "nothing", "");
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_int_equal(sample_run(i, i != 3, apply_frame, &results), 0);
    /* A text that fills its member. */
    memset(results.runs[1].result.cause, 'x', sizeof results.runs[1].result.cause - 1);
    write_snapshot(&results);
    read_snapshot(&again);
    assert_int_equal(again.n_runs, SAMPLE_RUNS);
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_runs_equal(&results.runs[i], bm_results_find(&again, &results.runs[i].id));
    assert_int_equal(again.n_meta, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(results.meta[i].text, bm_results_meta(&again, results.meta[i].name));
    bm_results_fini(&results);
    bm_results_fini(&again);
    free(sweep);
}

static void set_log(struct bm_results *results, const struct bm_id *id, const char *text)
{
    struct bm_frame frame = {
        .kind = BM_FRAME_LOG, .id = *id, .text = text, .text_size = strlen(text)};
    assert_int_equal(bm_results_apply(results, &frame, NULL), 0);
}

/* Texts are read in pieces, which most of them are much shorter than. */
static void texts_of_all_lengths_come_back(void **state)
{
    (void)state;
    struct bm_results results = {0}, again;
    enum { PIECE = 1 << 20 };
    static const size_t lengths[SAMPLE_RUNS] = {PIECE + 1, 1, PIECE - 8, 0, 7, 3 * PIECE};
    char *text = malloc(3 * PIECE + 1);
    assert_non_null(text);
    for (size_t i = 0; i < SAMPLE_RUNS; i++) {
        assert_int_equal(sample_run(i, true, apply_frame, &results), 0);
        memset(text, 'a' + (int)i, lengths[i]);
        text[lengths[i]] = '\0';
        set_log(&results, &results.runs[i].id, text);
    }
    write_snapshot(&results);
    read_snapshot(&again);
    for (size_t i = 0; i < SAMPLE_RUNS; i++) {
        const char *log = bm_results_find(&again, &results.runs[i].id)->log;
        assert_string_equal(log != NULL ? log : "", results.runs[i].log);
    }
    bm_results_fini(&results);
    bm_results_fini(&again);
    free(text);
}

/* The rows of runs that were read are in one piece of memory: runs grow out of it, and outlive it.
 */
static void runs_that_were_read_go_on(void **state)
{
    (void)state;
    struct bm_results results = {0}, again;
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_int_equal(sample_run(i, true, apply_frame, &results), 0);
    write_snapshot(&results);
    read_snapshot(&again);
    for (size_t e = 0; e < 5; e++)
        for (size_t i = 0; i < SAMPLE_RUNS; i++) {
            struct bm_frame frame = {
                .kind = BM_FRAME_EVALUATION, .id = results.runs[i].id, .n_measured = 1};
            frame.measured[0].evaluation = results.runs[i].evaluations[0];
            frame.measured[0].evaluation.epoch = 1000 + (int64_t)e;
            frame.measured[0].n_taps = 2;
            frame.measured[0].taps[1].knn = (double)(i + e);
            assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
            assert_int_equal(bm_results_apply(&again, &frame, NULL), 0);
        }
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_runs_equal(&results.runs[i], bm_results_find(&again, &results.runs[i].id));
    bm_results_fini(&results);
    bm_results_fini(&again);
}

static void what_was_read_outlives_what_it_came_with(void **state)
{
    (void)state;
    struct bm_results results = {0}, again, joined = {0};
    size_t taken;
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_int_equal(sample_run(i, true, apply_frame, &results), 0);
    write_snapshot(&results);
    read_snapshot(&again);
    assert_int_equal(bm_results_merge(&joined, &again, &taken, NULL), 0);
    assert_int_equal(taken, SAMPLE_RUNS);
    bm_results_fini(&again);
    for (size_t i = 0; i < SAMPLE_RUNS; i++)
        assert_runs_equal(&results.runs[i], bm_results_find(&joined, &results.runs[i].id));
    bm_results_fini(&results);
    bm_results_fini(&joined);
}

static void nothing_comes_back_as_nothing(void **state)
{
    (void)state;
    struct bm_results none = {0}, again;
    write_snapshot(&none);
    read_snapshot(&again);
    assert_int_equal(again.n_runs, 0);
    assert_int_equal(again.n_meta, 0);
    bm_results_fini(&again);
}

static void order_does_not_show(void **state)
{
    (void)state;
    static const size_t orders[2][SAMPLE_RUNS] = {{0, 1, 2, 3, 4, 5}, {4, 1, 5, 0, 3, 2}};
    unsigned char *data[2];
    size_t size[2];
    for (size_t k = 0; k < 2; k++) {
        struct bm_results results = {0};
        add_meta(&results, k ? "b" : "a", "1");
        add_meta(&results, k ? "a" : "b", "1");
        for (size_t i = 0; i < SAMPLE_RUNS; i++)
            assert_int_equal(sample_run(orders[k][i], true, apply_frame, &results), 0);
        write_snapshot(&results);
        bm_results_fini(&results);
        assert_int_equal(bm_file_read(path, &data[k], &size[k], NULL), 0);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(data[0], data[1], size[0]);
    free(data[0]);
    free(data[1]);
    /* Sorted by settings: diversity none, 4, inf, and seeds within. */
    struct bm_results results;
    read_snapshot(&results);
    for (size_t i = 1; i < SAMPLE_RUNS; i++) {
        const struct bm_config *a = &results.runs[i - 1].config, *b = &results.runs[i].config;
        assert_true(a->diversity < b->diversity ||
                    (a->diversity == b->diversity && a->seed < b->seed));
    }
    bm_results_fini(&results);
}

/* ---- files that are not what they should be -------------------------------------------------- */

static const char ids[] = "00112233445566778899aabbccddeeff"
                          "ff112233445566778899aabbccddeeff";

/* Makes a file of two runs with an evaluation each by hand, of three taps and one, and expects a
 * sentence that contains `expected`, or none. */
static void expect_refusal(const char *format, int64_t version, int64_t first_run,
                           int64_t second_run, const char *both_ids, size_t n_pairs,
                           const char *expected)
{
    struct bm_h5 *file;
    struct bm_results results = {0};
    struct bm_err err = {0};
    struct bm_snapshot_info info;
    const void *data;
    size_t size;
    int64_t epochs[] = {0, 0}, run_of[] = {first_run, second_run};
    int64_t taps_of[] = {0, 0, 0, 1}, pairs_of[] = {0, 0, 0, 0, 1};
    char *logs[] = {"", ""};
    char first[40] = "", second[40] = "";
    const size_t length = strlen(both_ids) / 2;
    memcpy(first, both_ids, length);
    memcpy(second, both_ids + length, length);
    char *texts[] = {first, second};
    const struct bm_h5_column columns[] = {
        {.name = "runs/id", .type = BM_H5_TEXT, .n = 2, .data = texts},
        {.name = "runs/log", .type = BM_H5_TEXT, .n = 2, .data = logs},
        {.name = "evaluations/run", .type = BM_H5_INT, .n = 2, .data = run_of},
        {.name = "evaluations/epoch", .type = BM_H5_INT, .n = 2, .data = epochs},
        {.name = "probes/evaluation", .type = BM_H5_INT, .n = 4, .data = taps_of},
        {.name = "pairs/evaluation", .type = BM_H5_INT, .n = n_pairs, .data = pairs_of},
    };
    assert_int_equal(bm_h5_new(&file, NULL), 0);
    assert_int_equal(bm_h5_set_text(file, "format", format, NULL), 0);
    assert_int_equal(bm_h5_set_int(file, "format_version", version, NULL), 0);
    assert_int_equal(bm_h5_set_int(file, "journal_size", 0, NULL), 0);
    assert_int_equal(bm_h5_make_group(file, "runs", NULL, NULL), 0);
    assert_int_equal(bm_h5_make_group(file, "evaluations", NULL, NULL), 0);
    assert_int_equal(bm_h5_make_group(file, "probes", NULL, NULL), 0);
    assert_int_equal(bm_h5_make_group(file, "pairs", NULL, NULL), 0);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        assert_int_equal(bm_h5_write(file, &columns[i], NULL), 0);
    assert_int_equal(bm_h5_image(file, &data, &size, NULL), 0);
    assert_int_equal(bm_file_put(path, data, size, NULL), 0);
    bm_h5_close(file);
    int status = bm_snapshot_read(path, &results, &info, &err);
    assert_int_equal(info.is_foreign,
                     strcmp(format, BM_SNAPSHOT_FORMAT) != 0 || version != BM_SNAPSHOT_VERSION);
    assert_int_equal(status, expected ? -1 : 0);
    if (expected != NULL && strstr(err.text, expected) == NULL)
        fail_msg("expected '%s': %s", expected, err.text);
    bm_results_fini(&results);
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    static const char ours[] = BM_SNAPSHOT_FORMAT;
    enum { VERSION = BM_SNAPSHOT_VERSION };
    char wrong[sizeof ids];
    expect_refusal(ours, VERSION, 0, 1, ids, 3, NULL);
    expect_refusal("weather", VERSION, 0, 1, ids, 3, "not results of bm-sweep");
    expect_refusal(ours, 99, 0, 1, ids, 3, "format version 99");
    expect_refusal(ours, VERSION, 0, 2, ids, 3, "out of order");
    expect_refusal(ours, VERSION, -1, 0, ids, 3, "out of order");
    expect_refusal(ours, VERSION, 1, 0, ids, 3, "out of order");
    expect_refusal(ours, VERSION, 0, 1, "short", 3, "not an id");
    expect_refusal(ours, VERSION, 0, 1, ids, 0, NULL);
    expect_refusal(ours, VERSION, 0, 1, ids, 2, "pairs of taps");
    expect_refusal(ours, VERSION, 0, 1, ids, 4, "pairs of taps");
    expect_refusal(ours, VERSION, 0, 1, ids, 5, "pairs of taps");
    memcpy(wrong, ids, sizeof ids);
    wrong[3] = 'z';
    expect_refusal(ours, VERSION, 0, 1, wrong, 3, "not an id");
    memcpy(wrong, ids + 32, 32);
    expect_refusal(ours, VERSION, 0, 1, wrong, 3, "two rows for run ff11");
}

static void cut_files_do_no_harm(void **state)
{
    (void)state;
    struct bm_results results = {0};
    unsigned char *data;
    size_t size;
    assert_int_equal(sample_run(0, true, apply_frame, &results), 0);
    write_snapshot(&results);
    bm_results_fini(&results);
    assert_int_equal(bm_file_read(path, &data, &size, NULL), 0);
    for (size_t cut = 0; cut < size; cut += size / 50) {
        struct bm_err err = {0};
        assert_int_equal(bm_file_put(path, data, cut, NULL), 0);
        struct bm_snapshot_info info;
        assert_int_equal(bm_snapshot_read(path, &results, &info, &err), -1);
        assert_int_equal(err.code, BM_EXIT_IO);
        bm_results_fini(&results);
    }
    free(data);
}

/* ---- samples for tests of bm-results --------------------------------------------------------- */

/* Appends a changed evaluation and result to a run that is there. */
static int change(struct bm_store *store, size_t run, bool reproducible)
{
    struct bm_config config;
    struct bm_id id;
    struct bm_evaluation evaluation;
    struct bm_tap_probe taps[SAMPLE_TAPS];
    struct bm_tap_pair pairs[SAMPLE_PAIRS];
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_config(run, &config, &id);
    sample_evaluation(run, 1, &evaluation, taps);
    const struct bm_findings findings = sample_findings(run, 1, taps, pairs);
    sample_result(run, &result);
    evaluation.wall_s += 1;
    snprintf(result.host, sizeof result.host, "elsewhere");
    if (reproducible) {
        taps[2].knn += 0.125;
        pairs[3].cka = -0.5;
        result.fit = NAN;
        snprintf(result.isa, sizeof result.isa, "avx2");
    }
    bm_frame_add_evaluation(&frame, &id, &evaluation, &findings);
    int status = sample_append(store, &frame);
    frame.size = 0;
    bm_frame_add_result(&frame, &id, &result);
    status |= sample_append(store, &frame);
    bm_bytes_fini(&frame);
    return status;
}

/* A run of other texts in place of the one that is there. */
static int rename_run(struct bm_store *store, size_t run, const char *cause, const char *host,
                      const char *log)
{
    struct bm_config config;
    struct bm_id id;
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_config(run, &config, &id);
    sample_result(run, &result);
    result.status = BM_STATUS_CRASHED;
    snprintf(result.cause, sizeof result.cause, "%s", cause);
    snprintf(result.host, sizeof result.host, "%s", host);
    result.peak_memory = (int64_t)3 << 30; /* not in 32 bits */
    bm_frame_add_log(&frame, &id, log, strlen(log));
    int status = sample_append(store, &frame);
    frame.size = 0;
    bm_frame_add_result(&frame, &id, &result);
    status |= sample_append(store, &frame);
    bm_bytes_fini(&frame);
    return status;
}

static int make_hostile(struct bm_store *store)
{
    int status = 0;
    for (size_t run = 0; run < SAMPLE_RUNS; run++)
        status |= rename_run(store, run, "first\nsecond\t\x1b[31m\u202e\xff",
                             "\x1b[2Jnode\xc2\x9b\xc3\xa9",
                             "\x1b]0;title\a Gr\u00f6\u00dfe \xff\nsecond line\r\n");
    return status;
}

static int write_sample(const char *file, const char *kind)
{
    struct bm_err err = {0};
    struct bm_store *store;
    struct bm_bytes frame = {0};
    bool repeated = strcmp(kind, "repeated") == 0, running = strcmp(kind, "running") == 0;
    size_t n = strcmp(kind, "empty") == 0     ? 0
               : strcmp(kind, "fewer") == 0   ? SAMPLE_RUNS - 1
               : strcmp(kind, "readers") == 0 ? 8
               : strcmp(kind, "many") == 0    ? 3 * 40
                                              : SAMPLE_RUNS;
    if (bm_store_open(file, 0, NULL, &store, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bm_frame_add_meta(&frame, "sweep", "name: sample\ngrid:\n  diversity: [none, 4, inf]\n");
    int status = sample_append(store, &frame);
    bm_bytes_fini(&frame);
    for (size_t i = 0; i < n; i++) {
        size_t run = repeated ? n - 1 - i : i;
        status |= sample_run(run, !(running && run == 5), sample_append, store);
        if (repeated)
            status |= change(store, run, false);
    }
    if (strcmp(kind, "changed") == 0)
        status |= change(store, 2, true);
    if (strcmp(kind, "hostile") == 0)
        status |= make_hostile(store);
    if (strcmp(kind, "readers") == 0)
        status |= rename_run(store, 7, "Gr\xc3\xb6\xc3\x9f\x65, \xe5\xaf\xb8\xe6\xb3\x95",
                             "n\xc5\x93ud", "\xc3\xa9t\xc3\xa9\n");
    status |= bm_store_snapshot(store, &err);
    bm_store_close(store);
    return status != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return write_sample(argv[1], argv[2]);
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(everything_comes_back),         TEST(texts_of_all_lengths_come_back),
        TEST(runs_that_were_read_go_on),     TEST(what_was_read_outlives_what_it_came_with),
        TEST(nothing_comes_back_as_nothing), TEST(order_does_not_show),
        TEST(wrong_files_are_refused),       TEST(cut_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
