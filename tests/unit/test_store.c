/* The store: nothing acknowledged is ever lost, nothing damaged is ever written over. What is put
 * right at a start is tested in test_recover.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "io/journal.h"
#include "io/snapshot.h"
#include "io/store_state.h"
#include "store.h"

static void reopening_appends(void **state)
{
    (void)state;
    struct bm_results peeked;
    assert_int_equal(bm_store_peek(path, NULL, &peeked, NULL), 0);
    assert_int_equal(peeked.n_runs, 0);
    assert_int_not_equal(access(path, F_OK), 0);

    struct bm_store *store = open_store(); /* makes the folder `results`, too */
    append_runs(store, 0, 2);
    bm_store_close(store);
    store = open_store();
    assert_int_equal(bm_store_results(store)->n_runs, 2);
    append_runs(store, 2, 4);
    bm_store_close(store);

    unsigned char *data;
    size_t size;
    read_file(journal, &data, &size);
    store = open_store(); /* with nothing to do, nothing is written */
    assert_int_equal(count_finished(bm_store_results(store)), 4);
    assert_non_null(bm_results_meta(bm_store_results(store), "git_revision"));
    bm_store_close(store);
    assert_true(file_is(journal, data, size));
    free(data);
    assert_int_equal(bm_store_peek(path, NULL, &peeked, NULL), 0);
    assert_int_equal(count_finished(&peeked), 4);
    bm_results_fini(&peeked);
}

static void a_torn_end_is_cut_off(void **state)
{
    (void)state;
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    bm_store_close(store);
    unsigned char *data;
    size_t size, whole = 0;
    read_file(journal, &data, &size);
    /* The last record but the sync point is a RESULT; its bytes are what the store appends to a
     * journal without. */
    struct bm_bytes frame = {0};
    struct bm_result result;
    struct bm_config config;
    struct bm_id id;
    sample_config(1, &config, &id);
    sample_result(1, &result);
    bm_frame_add_result(&frame, &id, &result);
    size -= SYNC_POINT;
    whole = size - frame.size - 16;
    for (size_t cut = whole; cut <= size; cut++) {
        struct bm_results peeked;
        write_file(journal, data, cut);
        assert_int_equal(bm_store_peek(path, NULL, &peeked, NULL), 0);
        assert_int_equal(count_finished(&peeked), cut == size ? 2 : 1);
        bm_results_fini(&peeked);
        store = open_store();
        assert_int_equal(count_finished(bm_store_results(store)), cut == size ? 2 : 1);
        struct stat info;
        assert_int_equal(stat(journal, &info), 0);
        assert_int_equal(info.st_size, (cut == size ? size : whole) + SYNC_POINT);
        if (cut < size)
            assert_int_equal(bm_store_append(store, frame.data, frame.size, NULL), 0);
        bm_store_close(store);
        assert_int_equal(finished_now(), 2);
    }
    /* After a power failure the end can be zeros of any length. */
    memset(data + whole + 5, 0, size - whole - 5);
    write_file(journal, data, size);
    store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 1);
    bm_store_close(store);
    bm_bytes_fini(&frame);
    free(data);
}

static void damage_is_refused(void **state)
{
    (void)state;
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    bm_store_close(store);
    unsigned char *data;
    size_t size;
    read_file(journal, &data, &size);
    /* Every byte before the last run: headers, lengths, checksums, payloads. */
    for (size_t i = 0; i < size - 2000; i += i < 200 ? 1 : 37) {
        data[i] ^= 0x41;
        write_file(journal, data, size);
        const char *sentence = refusal();
        if (i >= 16)
            assert_non_null(strstr(sentence, "damaged at byte"));
        assert_true(file_is(journal, data, size));
        struct bm_results peeked;
        assert_int_equal(bm_store_peek(path, NULL, &peeked, NULL), -1);
        bm_results_fini(&peeked);
        data[i] ^= 0x41;
    }
    data[12] = 9;
    write_file(journal, data, size);
    assert_non_null(strstr(refusal(), "format version 9"));
    free(data);
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    char results[128];
    snprintf(results, sizeof results, "%s/results", folder);
    assert_int_equal(mkdir(results, 0777), 0);
    assert_int_equal(bm_file_put(path, "my thesis", 9, NULL), 0);
    assert_says(refusal(), "is not a results file");
    assert_true(file_is(path, (const unsigned char *)"my thesis", 9));
    assert_false(is_there(journal));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_says(refusal(), "is a folder");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(results), 0);
    write_file(results, "a file", 6);
    refusal();
}

static void appending_nonsense_changes_nothing(void **state)
{
    (void)state;
    struct bm_store *store = open_store();
    struct bm_bytes frame = {0};
    struct bm_result result;
    struct bm_err err = {0};
    sample_result(0, &result);
    bm_frame_add_result(&frame, &(struct bm_id){{1}}, &result);
    assert_int_equal(bm_store_append(store, frame.data, frame.size, &err), -1);
    assert_int_equal(bm_store_append(store, "?", 1, NULL), -1);
    /* Further probes of a run that is not done could never be read again. */
    struct bm_config config;
    struct bm_id id;
    struct bm_evaluation evaluation;
    struct bm_tap_probe taps[SAMPLE_TAPS];
    sample_config(1, &config, &id);
    sample_evaluation(1, 0, &evaluation, taps);
    assert_int_equal(sample_run(1, false, sample_append, store), 0);
    frame.size = 0;
    bm_frame_add_probes(&frame, &id, &config);
    bm_frame_extend_probes(&frame, &evaluation, &(struct bm_findings){taps, SAMPLE_TAPS, NULL, 0});
    assert_int_equal(bm_store_append(store, frame.data, frame.size, NULL), -1);
    bm_bytes_fini(&frame);
    bm_store_close(store);
    bm_store_close(open_store());
}

/* ---- other versions -------------------------------------------------------------------------- */

/* A journal of another version: its configurations lack `seed` and have `future`. */
static void write_other_version(void)
{
    struct bm_journal other;
    struct bm_bytes frame = {0};
    assert_int_equal(bm_journal_create(journal, &other, NULL), 0);
    for (size_t t = 0; t < BM_FRAME_TABLES; t++) {
        frame.size = 0;
        bm_frame_add_schema(&frame, t);
        if (t == 0) {
            frame.size = 18; /* kind, id, table */
            bm_bytes_add_u32(&frame, (uint32_t)bm_config_table.n_fields);
            bm_bytes_add_u8(&frame, BM_TEXT);
            bm_bytes_add_text(&frame, "future");
        }
        for (size_t i = 0; t == 0 && i < bm_config_table.n_fields; i++) {
            const struct bm_field *field = &bm_config_table.fields[i];
            if (strcmp(field->key, "seed") == 0)
                continue;
            bm_bytes_add_u8(&frame, field->type == BM_CHOICE || field->type == BM_MEMBERS ? BM_WORD
                                    : field->type == BM_NAMES                             ? BM_TEXT
                                                              : (uint8_t)field->type);
            bm_bytes_add_text(&frame, field->key);
        }
        assert_int_equal(bm_journal_append(&other, frame.data, frame.size, NULL), 0);
    }
    struct bm_config config;
    struct bm_id id;
    sample_config(5, &config, &id);
    frame.size = 0;
    bm_bytes_add_u8(&frame, BM_FRAME_BEGIN);
    bm_bytes_add(&frame, &id, sizeof id);
    bm_bytes_add_text(&frame, "a value of the future");
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_table one = {"", &bm_config_table.fields[i], 1, sizeof config};
        if (strcmp(one.fields->key, "seed") != 0)
            bm_table_pack(&one, &config, &frame);
    }
    assert_int_equal(bm_journal_append(&other, frame.data, frame.size, NULL), 0);
    assert_int_equal(bm_journal_publish(&other, NULL), 0);
    bm_journal_close(&other);
    bm_bytes_fini(&frame);
}

static void other_versions_are_read_by_key(void **state)
{
    (void)state;
    bm_store_close(open_store());
    write_other_version();
    struct bm_config expected, initial;
    struct bm_id id;
    sample_config(5, &expected, &id);
    bm_table_init(&bm_config_table, &initial);
    for (int round = 0; round < 2; round++) { /* the second after an append by this version */
        struct bm_store *store = open_store();
        const struct bm_run *run = bm_results_find(bm_store_results(store), &id);
        assert_non_null(run);
        for (size_t i = 0; i < bm_config_table.n_fields; i++) {
            const struct bm_field *field = &bm_config_table.fields[i];
            bool missing = strcmp(field->key, "seed") == 0;
            assert_true(bm_field_equal(field, &run->config, missing ? &initial : &expected));
        }
        append_runs(store, 0, 2);
        bm_store_close(store);
    }
}

/* ---- disks that fail --------------------------------------------------------------------------
 */

static int failing_syncs; /* so many of the next ones */

int fdatasync(int file)
{
    if (failing_syncs > 0) {
        failing_syncs--;
        errno = EIO;
        return -1;
    }
    return fsync(file);
}

/* ---- no space -------------------------------------------------------------------------------- */

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_leaves_the_snapshot(void **state)
{
    (void)state;
    unsigned char *before, *after;
    size_t size_before, size_after;
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    assert_int_equal(bm_file_read(path, &before, &size_before, NULL), 0);
    append_runs(store, 2, 4);

    struct bm_err err = {0};
    limit_files(size_before / 2);
    assert_int_equal(bm_store_snapshot(store, &err), BM_STORE_LATER);
    limit_files(RLIM_INFINITY);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_non_null(strstr(err.text, strerror(EFBIG)));
    assert_int_equal(bm_file_read(path, &after, &size_after, NULL), 0);
    assert_int_equal(size_before, size_after);
    assert_memory_equal(before, after, size_before);
    free(after);

    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    struct bm_results results = {0};
    struct bm_snapshot_info info;
    assert_int_equal(bm_snapshot_read(path, &results, &info, NULL), 0);
    assert_int_equal(count_finished(&results), 4);
    bm_results_fini(&results);
    free(before);
}

static void what_a_full_disk_does_not_take_is_written_later(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    limit_files((rlim_t)size_of(journal) + 100); /* the header fits, the record does not */
    for (size_t i = 2; i < 5; i++) {
        assert_int_equal(sample_run(i, true, sample_append, store), 0);
        assert_int_equal(bm_store_sync(store, &err), BM_STORE_LATER);
    }
    assert_says(err.text, strerror(EFBIG));
    assert_int_equal(count_finished(bm_store_results(store)), 5);
    assert_int_equal(finished_peeked(), 2);
    limit_files((rlim_t)size_of(journal) + 4000); /* room for a part */
    assert_int_equal(bm_store_sync(store, NULL), BM_STORE_LATER);
    limit_files(RLIM_INFINITY);
    append_runs(store, 5, 6); /* behind those that wait */
    assert_int_equal(finished_peeked(), 6);
    bm_store_close(store);
    assert_int_equal(finished_now(), 6);
}

/* As after an error of the disk: what the system could not write it has forgotten. */
static void after_a_failed_sync_all_is_written_anew(void **state)
{
    (void)state;
    make_results(2);
    struct stat before, after;
    struct bm_err err = {0};
    struct bm_store *store = open_store();
    assert_int_equal(stat(journal, &before), 0);
    assert_int_equal(sample_run(2, true, sample_append, store), 0);
    failing_syncs = 1;
    assert_int_equal(bm_store_sync(store, &err), BM_STORE_LATER);
    assert_says(err.text, strerror(EIO));
    assert_int_equal(sample_run(3, true, sample_append, store), 0);
    failing_syncs = 1; /* the new one fares no better */
    assert_int_equal(bm_store_sync(store, NULL), BM_STORE_LATER);
    assert_int_equal(stat(journal, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_int_equal(bm_store_sync(store, NULL), 0);
    assert_int_equal(stat(journal, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    append_runs(store, 4, 5);
    bm_store_close(store);
    store = open_store();
    assert_int_equal(told[0], '\0');
    assert_int_equal(count_finished(bm_store_results(store)), 5);
    bm_store_close(store);
}

static void a_first_start_that_fails_leaves_nothing(void **state)
{
    (void)state;
    const rlim_t limits[] = {0, 10, 100, 1000};
    char command[300];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        limit_files(limits[i]);
        const char *sentence = refusal();
        limit_files(RLIM_INFINITY);
        assert_says(sentence, strerror(EFBIG));
        snprintf(command, sizeof command, "test -z \"$(ls -A '%s/results')\"", folder);
        assert_int_equal(system(command), 0);
    }
    make_results(1); /* what was there stays */
    assert_int_equal(unlink(journal), 0);
    limit_files(100);
    refusal();
    limit_files(RLIM_INFINITY);
    assert_true(is_there(sum));
    snprintf(command, sizeof command, "test -z \"$(find '%s' -name '*.new')\"", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(finished_now(), 1);
}

/* ---- taking runs away ------------------------------------------------------------------------ */

static struct bm_id id_of(size_t i)
{
    struct bm_config config;
    struct bm_id id;
    sample_config(i, &config, &id);
    return id;
}

static size_t viewed(size_t *finished)
{
    struct bm_results results;
    assert_int_equal(bm_store_view(path, NULL, &results, NULL), 0);
    size_t n = results.n_runs;
    *finished = count_finished(&results);
    bm_results_fini(&results);
    return n;
}

static void all_runs_are_dropped_or_none(void **state)
{
    (void)state;
    const struct bm_id ids[] = {id_of(0), id_of(2), id_of(3)};
    struct bm_err err = {0};
    size_t finished;
    struct bm_store *store = open_store();
    append_runs(store, 0, 5);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    size_t size = size_of(journal);

    limit_files((rlim_t)size + 80); /* two of the records fit */
    assert_int_equal(bm_store_drop(store, ids, 3, &err), -1);
    limit_files(RLIM_INFINITY);
    assert_says(err.text, strerror(EFBIG));
    assert_int_equal(size_of(journal), size);
    assert_int_equal(count_finished(bm_store_results(store)), 5);
    bm_store_close(store);
    store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 5);

    assert_int_equal(bm_store_drop(store, ids, 3, NULL), 0);
    assert_int_equal(bm_store_drop(store, ids, 3, NULL), 0); /* they are gone already */
    assert_null(bm_results_find(bm_store_results(store), &ids[1]));
    bm_store_close(store); /* before it wrote a snapshot */
    assert_int_equal(viewed(&finished), 2);
    assert_int_equal(finished, 2);
    store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 2);
    append_runs(store, 2, 3); /* as if it had never been there */
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_int_equal(viewed(&finished), 3);
}

/* ---- looking --------------------------------------------------------------------------------- */

static void what_the_snapshot_lacks_is_shown(void **state)
{
    (void)state;
    size_t finished;
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    size_t covered = size_of(journal);
    append_runs(store, 2, 4);
    assert_int_equal(sample_run(4, false, sample_append, store), 0);
    for (int i = 0; i < 2; i++) { /* whether somebody writes it or not */
        assert_int_equal(viewed(&finished), 5);
        assert_int_equal(finished, 4);
        bm_store_close(store);
        store = NULL;
    }

    unsigned char *data;
    size_t size;
    read_file(journal, &data, &size);
    data[covered + 40] ^= 0x41; /* what follows cannot be believed */
    write_file(journal, data, size);
    assert_int_equal(viewed(&finished), 2);
    free(data);
}

/* A job that takes over writes the journal anew, and then a snapshot. */
static void another_journal_is_shown_with_the_snapshot(void **state)
{
    (void)state;
    unsigned char *data;
    size_t size, finished;
    struct bm_store *store = open_store();
    append_runs(store, 4, 5);
    bm_store_close(store);
    read_file(journal, &data, &size);
    assert_int_equal(unlink(journal), 0);

    store = open_store();
    append_runs(store, 0, 3);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_true(size < size_of(journal));
    write_file(journal, data, size);
    free(data);
    assert_int_equal(viewed(&finished), 4);
    assert_int_equal(finished, 4);
}

static void nothing_runs_where_no_sweep_lives(void **state)
{
    (void)state;
    const struct bm_id id = id_of(1);
    struct bm_results results;
    struct bm_store *store = open_store();
    append_runs(store, 0, 1);
    assert_int_equal(sample_run(1, false, sample_append, store), 0);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    int (*const looks[])(const char *, bm_store_tell *, struct bm_results *,
                         struct bm_err *) = {bm_store_peek, bm_store_view};
    for (int lives = 1; lives >= 0; lives--) {
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(looks[i](path, NULL, &results, NULL), 0);
            assert_int_equal(bm_results_find(&results, &id)->result.status,
                             lives ? BM_STATUS_RUNNING : BM_STATUS_INTERRUPTED);
            bm_results_fini(&results);
        }
        if (lives)
            bm_store_close(store);
    }
}

/* The disk is full when a snapshot was announced, and the machine stops when a new journal has just
 * its name: the old one's length is not asked of it. */
static void a_new_journal_owes_nothing_to_the_old_one(void **state)
{
    (void)state;
    for (int has_snapshot = 0; has_snapshot < 2; has_snapshot++) {
        struct bm_store *store = open_store();
        append_runs(store, 0, 2);
        if (has_snapshot)
            assert_int_equal(bm_store_snapshot(store, NULL), 0);
        append_runs(store, 2, 3);
        limit_files(1000); /* the sum fits, the snapshot does not */
        assert_int_equal(bm_store_snapshot(store, NULL), BM_STORE_LATER);
        limit_files(RLIM_INFINITY);
        append_runs(store, 0, 1); /* begun anew: the next journal is another one */
        assert_int_equal(bm_store_write_journal(store, false, NULL), 0);
        bm_store_close(store);
        assert_int_equal(finished_now(), 3);
        assert_int_equal(remove_folder(NULL), 0);
        assert_int_equal(new_folder(NULL), 0);
    }
}

/* Stands before the C library's: once, for a journal. */
static int look_error;
int lstat(const char *name, struct stat *info)
{
    if (look_error != 0 && strcmp(name, journal) == 0) {
        errno = look_error;
        look_error = 0;
        return -1;
    }
    return fstatat(AT_FDCWD, name, info, AT_SYMLINK_NOFOLLOW);
}

/* A disk that does not say whether a file is there has not lost it. */
static void a_look_that_fails_loses_nothing(void **state)
{
    (void)state;
    static const int errors[] = {EIO, EACCES, ETIMEDOUT};
    struct bm_store *store = open_store();
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct bm_err err = {0};
        append_runs(store, i, i + 1);
        look_error = errors[i];
        assert_int_equal(bm_store_sync(store, &err), BM_STORE_LATER);
        assert_says(err.text, strerror(errors[i]));
        assert_int_equal(look_error, 0);
        assert_int_equal(bm_store_sync(store, NULL), 0);
    }
    bm_store_close(store);
    assert_int_equal(finished_now(), sizeof errors / sizeof *errors);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(reopening_appends),
        TEST(a_torn_end_is_cut_off),
        TEST(damage_is_refused),
        TEST(foreign_files_are_refused),
        TEST(appending_nonsense_changes_nothing),
        TEST(other_versions_are_read_by_key),
        TEST(a_full_disk_leaves_the_snapshot),
        TEST(what_a_full_disk_does_not_take_is_written_later),
        TEST(after_a_failed_sync_all_is_written_anew),
        TEST(a_look_that_fails_loses_nothing),
        TEST(a_new_journal_owes_nothing_to_the_old_one),
        TEST(a_first_start_that_fails_leaves_nothing),
        TEST(all_runs_are_dropped_or_none),
        TEST(what_the_snapshot_lacks_is_shown),
        TEST(another_journal_is_shown_with_the_snapshot),
        TEST(nothing_runs_where_no_sweep_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
