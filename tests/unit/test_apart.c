/* Reading snapshots of unknown origin: libhdf5 may loop for ever or crash on them, and whoever
 * asked goes on. */
#include <dlfcn.h>
#include <signal.h>

#include "bm/clock.h"
#include "io/snapshot.h"
#include "store.h"

/* Stands before libhdf5's, to do in the child what damaged files make it do. */
static enum { READS, LOOPS, CRASHES, EXITS, WRITES } behaviour;
int64_t H5Fopen(const char *name, unsigned flags, int64_t access_list)
{
    for (volatile unsigned spin = 0; behaviour == LOOPS;)
        spin = spin + 1;
    if (behaviour == CRASHES) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    if (behaviour == EXITS)
        _exit(3);
    if (behaviour == WRITES) /* whatever it prints */
        fprintf(stderr, "libhdf5: oh no\n");
    int64_t (*next)(const char *, unsigned, int64_t);
    *(void **)&next = dlsym(RTLD_NEXT, "H5Fopen");
    return next(name, flags, access_list);
}

static const char *failure(void)
{
    static struct bm_err err;
    struct bm_results results = {0};
    struct bm_snapshot_info info;
    err = (struct bm_err){0};
    assert_int_equal(bm_snapshot_read_apart(path, &results, &info, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_false(info.is_foreign);
    bm_results_fini(&results);
    return err.text;
}

static void what_it_reads_is_what_is_there(void **state)
{
    (void)state;
    struct bm_results here = {0}, apart = {0};
    struct bm_snapshot_info info, info_apart;
    struct bm_store *store = open_store();
    append_runs(store, 0, SAMPLE_RUNS);
    for (size_t i = 0; i < 3000; i++) { /* more than fits a pipe */
        struct bm_config config;
        struct bm_id id;
        struct bm_bytes frame = {0};
        sample_config(3 * i, &config, &id);
        bm_frame_add_begin(&frame, &id, &config);
        assert_int_equal(sample_append(store, &frame), 0);
        bm_bytes_fini(&frame);
    }
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_int_equal(bm_snapshot_read(path, &here, &info, NULL), 0);
    behaviour = WRITES;
    assert_int_equal(bm_snapshot_read_apart(path, &apart, &info_apart, NULL), 0);
    behaviour = READS;
    assert_int_equal(info.journal_size, info_apart.journal_size);
    assert_true(here.n_runs > 3000);
    assert_same(&here, &apart);
    bm_results_fini(&here);
    bm_results_fini(&apart);
}

static void a_library_that_comes_to_no_end(void **state)
{
    (void)state;
    make_results(2);
    behaviour = LOOPS;
    double start = bm_seconds();
    assert_says(failure(), "comes to no end");
    assert_true(bm_seconds() - start < 30); /* a second of CPU time, whatever else runs */
    behaviour = CRASHES;
    assert_says(failure(), "crashes on it");
    behaviour = EXITS;
    failure();
    behaviour = READS;
}

/* The heap of texts, zeroed as a bad disk would: libhdf5 1.10 loops on it. */
static void a_zeroed_piece(void **state)
{
    (void)state;
    unsigned char *data;
    size_t size;
    make_results(4);
    read_file(path, &data, &size);
    unsigned char *heap = memmem(data, size, "GCOL", 4);
    assert_non_null(heap);
    memset(heap + 216, 0, 700);
    write_file(path, data, size);
    free(data);
    failure();
    struct bm_err err = {0};
    struct bm_results results;
    /* The journal is whole: bm-results shows it, --plan and a start go on with it. */
    told[0] = '\0';
    if (bm_store_view(path, tell, &results, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(count_finished(&results), 4);
    assert_says(told, "the journal is whole");
    bm_results_fini(&results);
    assert_int_equal(finished_peeked(), 4);
    struct bm_store *store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 4);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    assert_says(told, "kept as");
    bm_store_close(store);
    assert_int_equal(finished_now(), 4);
    assert_int_equal(told[0], '\0');
}

static void others_are_told_apart_from_damage(void **state)
{
    (void)state;
    struct bm_results results = {0};
    struct bm_snapshot_info info;
    struct bm_err err = {0};
    assert_int_equal(bm_snapshot_read_apart("/nowhere/x.h5", &results, &info, &err), -1);
    assert_says(err.text, "No such file");
    make_results(1);
    write_file(path, "text", 4);
    assert_says(failure(), "not an HDF5 file");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(what_it_reads_is_what_is_there),
        TEST(a_library_that_comes_to_no_end),
        TEST(a_zeroed_piece),
        TEST(others_are_told_apart_from_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
