/* A start on results of which a part is damaged, cut, missing or of another time: finished runs
 * come back, what is replaced is kept, and nothing is believed that cannot be. */
#include "io/hdf5.h"
#include "io/journal.h"
#include "io/snapshot.h"
#include "io/sum.h"
#include "store.h"

enum { N = 4 }; /* finished runs */

static unsigned char *data; /* of a file that a test has read */
static size_t size;

static void free_data(void)
{
    free(data);
    data = NULL;
}

static void flip(const char *name, size_t at)
{
    read_file(name, &data, &size);
    data[at] ^= 0x10;
    write_file(name, data, size);
    free_data();
}

static void copy_file(const char *from, const char *to)
{
    read_file(from, &data, &size);
    write_file(to, data, size);
    free_data();
}

static bool is_kept(const char *name)
{
    char kept[200];
    snprintf(kept, sizeof kept, "%s.kept-1", name);
    return is_there(kept);
}

static void verify_fails_with(const char *part)
{
    char *args[] = {path, NULL};
    struct bm_err err = {0};
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(bm_command_verify(args, out, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_says(err.text, part);
    fclose(out);
}

static void verify_is_content(void)
{
    char *args[] = {path, NULL};
    struct bm_err err = {0};
    FILE *out = fopen("/dev/null", "w");
    if (bm_command_verify(args, out, &err) != 0)
        fail_msg("%s", err.text);
    fclose(out);
}

/* After a start nothing is left to be put right, and a snapshot of its own says the same. */
static void assert_all_back(void)
{
    struct bm_results before = {0}, after = {0};
    struct bm_snapshot_info info;
    struct bm_store *store = open_store();
    assert_int_equal(told[0], '\0');
    assert_int_equal(count_finished(bm_store_results(store)), N);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    assert_int_equal(bm_snapshot_read(path, &after, &info, NULL), 0);
    assert_same(bm_store_results(store), &after);
    assert_int_equal(info.journal_size, size_of(journal));
    bm_store_close(store);
    verify_is_content();
    bm_results_fini(&before);
    bm_results_fini(&after);
}

/* ---- the journal has lost something ---------------------------------------------------------- */

static void a_lost_end_comes_back(void **state)
{
    (void)state;
    make_results(N);
    unsigned char *whole;
    size_t whole_size;
    char kept[200];
    read_file(journal, &whole, &whole_size);
    const long cuts[] = {0, 1, 15, 16, 40, 1000, 3000, -500, -SYNC_POINT - 1}; /* from the end */
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        size_t cut = (size_t)(cuts[i] < 0 ? (long)whole_size + cuts[i] : cuts[i]);
        write_file(journal, whole, cut);
        verify_fails_with("had lost its end");
        assert_int_equal(finished_peeked(), N);
        assert_true(file_is(journal, whole, cut)); /* looking changes nothing */
        assert_int_equal(finished_now(), N);
        assert_says(told, "back from the snapshot");
        assert_all_back();
        snprintf(kept, sizeof kept, "%s.kept-1", journal);
        assert_true(file_is(kept, whole, cut));
        assert_int_equal(unlink(kept), 0);
        assert_int_equal(unlink(path), 0); /* the journal has it all, without the snapshot */
        assert_int_equal(finished_now(), N);
        struct bm_store *store = open_store();
        assert_int_equal(bm_store_snapshot(store, NULL), 0);
        bm_store_close(store);
        read_file(journal, &data, &size);
        free(whole);
        whole = data;
        whole_size = size;
    }
    free(whole);
    data = NULL;
}

static void the_last_record_with_a_wrong_bit(void **state)
{
    (void)state;
    make_results(N);
    flip(journal, size_of(journal) - SYNC_POINT - 10);
    assert_int_equal(finished_now(), N);
    assert_true(is_kept(journal));
    assert_all_back();
}

static void an_older_copy_that_went_on(void **state)
{
    (void)state;
    char older[200];
    snprintf(older, sizeof older, "%s/older", folder);
    make_results(1);
    copy_file(journal, older);
    struct bm_store *store = open_store();
    append_runs(store, 1, 3);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    /* It is put back, and a program that knows of no sums appends until it is longer. */
    copy_file(older, journal);
    struct bm_journal_image image;
    struct bm_journal other;
    assert_int_equal(bm_journal_load(journal, &image, NULL), 0);
    assert_int_equal(bm_journal_open(journal, &image.whole, &other, NULL), 0);
    bm_journal_unload(&image);
    struct bm_config config;
    struct bm_id id;
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_config(3, &config, &id);
    sample_result(3, &result);
    bm_frame_add_begin(&frame, &id, &config);
    assert_int_equal(bm_journal_append(&other, frame.data, frame.size, NULL), 0);
    frame.size = 0;
    bm_frame_add_result(&frame, &id, &result);
    for (int i = 0; i < 20; i++)
        assert_int_equal(bm_journal_append(&other, frame.data, frame.size, NULL), 0);
    bm_journal_close(&other);
    bm_bytes_fini(&frame);
    assert_int_equal(finished_peeked(), N);
    assert_int_equal(finished_now(), N);
    assert_all_back();
}

/* Nobody has the end any more: it goes on with what there is, says so, and takes back what somebody
 * finds. */
static void without_a_snapshot_a_lost_end_is_told(void **state)
{
    (void)state;
    make_results(N);
    unsigned char *whole;
    size_t whole_size;
    char away[200], kept[200];
    snprintf(away, sizeof away, "%s/away.h5", folder);
    snprintf(kept, sizeof kept, "%s.kept-1", journal);
    read_file(journal, &whole, &whole_size);
    const size_t cuts[] = {whole_size - 500, 0};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        write_file(journal, whole, cuts[i]);
        assert_int_equal(rename(path, away), 0);
        verify_fails_with("has lost its end (");
        assert_true(file_is(journal, whole, cuts[i])); /* looking changes nothing */
        size_t left = finished_peeked();
        assert_in_range(left, i == 0 ? 1 : 0, i == 0 ? N - 1 : 0);
        assert_int_equal(finished_now(), left);
        assert_says(told, "a copy of either that is put back brings back the others");
        assert_true(file_is(kept, whole, cuts[i]));
        verify_is_content(); /* it is told once */
        assert_int_equal(finished_now(), left);
        assert_int_equal(told[0], '\0');
        if (i == 0)
            assert_int_equal(rename(away, path), 0);
        else
            write_file(journal, whole, whole_size);
        assert_int_equal(finished_now(), N);
        assert_all_back();
        assert_int_equal(unlink(kept), 0);
    }
    free(whole);
}

static void a_changed_snapshot_does_not_stand_for_a_lost_end(void **state)
{
    (void)state;
    make_results(N);
    read_file(journal, &data, &size);
    write_file(journal, data, 3000);
    free_data();
    flip(path, size_of(path) - 20);
    assert_says(refusal(), "was changed: restore either from a copy");
    assert_int_equal(size_of(journal), 3000);
    verify_fails_with("restore either");
    flip(path, size_of(path) - 20);
    assert_int_equal(finished_now(), N);
}

static void a_missing_snapshot_is_written_anew(void **state)
{
    (void)state;
    make_results(N);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(finished_peeked(), N);
    assert_false(is_there(path)); /* looking changes nothing */
    assert_int_equal(finished_now(), N);
    assert_says(told, "is missing: all is taken from its journal");
    assert_true(is_there(path));
    assert_all_back();
}

static void damage_before_the_snapshot_comes_back(void **state)
{
    (void)state;
    make_results(2);
    struct bm_store *store = open_store(); /* two more that the snapshot does not have */
    append_runs(store, 2, N);
    bm_store_close(store);
    unsigned char *whole;
    size_t whole_size;
    read_file(journal, &whole, &whole_size);
    for (size_t at = 0; at < whole_size; at += at < 40 ? 1 : 97) {
        struct bm_sum known;
        assert_int_equal(bm_sum_read(sum, &known, NULL), 0);
        uint64_t covered = known.entries[0].journal.size;
        unsigned char *damaged = malloc(whole_size);
        memcpy(damaged, whole, whole_size);
        damaged[at] ^= 0x10;
        write_file(journal, damaged, whole_size);
        if (at >= 12 && at < 16) {
            assert_says(refusal(), "format version");
        } else if (at < covered) {
            unsigned char *snapshot, *known_sum;
            size_t snapshot_size, known_size;
            char kept[200];
            read_file(path, &snapshot, &snapshot_size);
            read_file(sum, &known_sum, &known_size);
            verify_fails_with("was damaged at byte");
            assert_int_equal(finished_now(), N);
            snprintf(kept, sizeof kept, "%s.kept-1", journal);
            assert_true(file_is(kept, damaged, whole_size));
            assert_int_equal(unlink(kept), 0);
            write_file(path, snapshot, snapshot_size);
            write_file(sum, known_sum, known_size);
            free(snapshot);
            free(known_sum);
        } else if (at < whole_size - 700) { /* the last record is torn, not damaged */
            assert_says(refusal(), "an older one will do");
            assert_true(file_is(journal, damaged, whole_size));
        }
        free(damaged);
    }
    write_file(journal, whole, whole_size);
    assert_int_equal(finished_now(), N);
    free(whole);
}

/* ---- no journal ------------------------------------------------------------------------------ */

static void a_lost_journal_is_reseeded(void **state)
{
    (void)state;
    struct bm_results before = {0}, after = {0};
    struct bm_snapshot_info info;
    struct bm_store *store = open_store();
    append_runs(store, 0, 4);
    append_runs(store, 1, 3); /* again: the new journal is shorter than the lost one */
    assert_int_equal(sample_run(5, false, sample_append, store), 0);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_int_equal(bm_snapshot_read(path, &before, &info, NULL), 0);
    assert_int_equal(count_finished(&before), 4);
    assert_int_equal(unlink(journal), 0);

    bm_results_interrupt(&before);
    assert_int_equal(bm_store_peek(path, NULL, &after, NULL), 0);
    assert_same(&before, &after);
    bm_results_fini(&after);
    store = open_store();
    assert_same(&before, bm_store_results(store));
    bm_store_close(store);
    verify_is_content();
    assert_int_equal(unlink(path), 0); /* now from the journal alone */
    store = open_store();
    assert_same(&before, bm_store_results(store));
    bm_store_close(store);
    bm_results_fini(&before);
}

static void a_snapshot_alone_has_to_be_right(void **state)
{
    (void)state;
    make_results(N);
    assert_int_equal(unlink(journal), 0);
    read_file(path, &data, &size);
    unsigned char *changed = malloc(size);
    memcpy(changed, data, size);
    changed[size / 2] ^= 1; /* a digit somewhere in the tables */
    write_file(path, changed, size);
    assert_says(refusal(), "is not as bm-sweep wrote it");
    assert_true(file_is(path, changed, size));
    verify_fails_with("is not as bm-sweep wrote it");

    /* Without the folder only the ids vouch for the settings. */
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s.d'", path);
    assert_int_equal(system(command), 0);
    write_file(path, data, size);
    assert_int_equal(finished_now(), N);
    free(changed);
    free_data();
}

/* A snapshot by hand: run 0 with the settings of run `settings`. */
static void write_snapshot_of(size_t settings)
{
    struct bm_results results = {0};
    struct bm_config config;
    struct bm_id id, other;
    struct bm_h5 *file;
    const void *bytes;
    size_t n;
    sample_config(0, &config, &id);
    struct bm_frame frame = {.kind = BM_FRAME_BEGIN, .id = id};
    sample_config(settings, &frame.config, &other);
    assert_int_equal(bm_results_apply(&results, &frame, NULL), 0);
    assert_int_equal(bm_snapshot_build(&results, 16, &file, &bytes, &n, NULL), 0);
    write_file(path, bytes, n);
    bm_h5_close(file);
    bm_results_fini(&results);
}

static void ids_have_to_be_those_of_the_settings(void **state)
{
    (void)state;
    char results[128];
    snprintf(results, sizeof results, "%s/results", folder);
    assert_int_equal(mkdir(results, 0777), 0);
    write_snapshot_of(2);
    assert_says(refusal(), "other settings than its id says");
    verify_fails_with("other settings than its id says");
    write_snapshot_of(0);
    bm_store_close(open_store());
}

/* ---- the snapshot was changed ---------------------------------------------------------------- */

static void a_whole_journal_needs_no_snapshot(void **state)
{
    (void)state;
    make_results(N);
    size_t n = size_of(path);
    read_file(path, &data, &size);
    static const char cut_here[] = "cut";
    for (int kind = 0; kind < 3; kind++) {
        unsigned char *changed = malloc(size);
        memcpy(changed, data, size);
        size_t cut = kind == 0 ? n / 2 : kind == 1 ? 300 : 0;
        write_file(path, changed, cut);
        struct bm_store *store = open_store();
        assert_int_equal(count_finished(bm_store_results(store)), N);
        if (cut > 0)
            assert_says(told, "the journal is whole");
        assert_int_equal(bm_store_snapshot(store, NULL), 0);
        bm_store_close(store);
        assert_all_back();
        assert_int_equal(is_kept(path), cut > 0); /* nothing is lost with an empty file */
        char kept[200];
        snprintf(kept, sizeof kept, "%s.kept-1", path);
        unlink(kept);
        free(changed);
    }
    (void)cut_here;
    free_data();
}

static void what_others_write_there_is_kept(void **state)
{
    (void)state;
    make_results(N);
    struct bm_store *store = open_store();
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    assert_false(is_kept(path));
    write_file(path, "notes", 5); /* while the sweep runs */
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    assert_says(told, "kept as");
    bm_store_close(store);
    char kept[200];
    snprintf(kept, sizeof kept, "%s.kept-1", path);
    assert_true(file_is(kept, (const unsigned char *)"notes", 5));
    assert_all_back();
}

/* The folder comes back from a backup, or the snapshot from elsewhere: the newer one has more. */
static void a_snapshot_with_more_is_taken_in(void **state)
{
    (void)state;
    char older[200], command[500];
    snprintf(older, sizeof older, "%s/older.d", folder);
    make_results(1);
    snprintf(command, sizeof command, "cp -r '%s.d' '%s'", path, older);
    assert_int_equal(system(command), 0);
    struct bm_store *store = open_store();
    append_runs(store, 1, N);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    snprintf(command, sizeof command, "rm -r '%s.d' && mv '%s' '%s.d'", path, older, path);
    assert_int_equal(system(command), 0);
    verify_fails_with("values are not what");
    assert_int_equal(finished_peeked(), N);
    assert_int_equal(finished_now(), N);
    assert_says(told, "3 runs that only it had");
    assert_all_back();
}

/* Results of a version without sums. */
static void without_a_sum_the_snapshot_tells(void **state)
{
    (void)state;
    make_results(N);
    assert_int_equal(unlink(sum), 0);
    assert_int_equal(finished_now(), N);
    assert_int_equal(told[0], '\0');
    assert_false(is_kept(path));
    read_file(journal, &data, &size);
    write_file(journal, data, 3000);
    assert_int_equal(unlink(sum) == 0 || errno == ENOENT, true);
    assert_int_equal(finished_now(), N);
    assert_true(is_kept(journal));
    assert_all_back();
    write_file(sum, "bm-sweep snapshot 1\nnonsense\nsum 0\n", 35); /* a damaged one is as none */
    assert_int_equal(finished_now(), N);
    free_data();
}

static void different_data_do_not_mix(void **state)
{
    (void)state;
    struct bm_bytes frame = {0};
    char other[200];
    make_results(1);
    struct bm_store *store = open_store();
    bm_frame_add_meta(&frame, "digest.cifar10", "0123");
    assert_int_equal(sample_append(store, &frame), 0);
    bm_store_close(store);
    snprintf(other, sizeof other, "%s/results/y.h5", folder);
    store = open_at(other);
    frame.size = 0;
    bm_frame_add_meta(&frame, "digest.cifar10", "4567");
    assert_int_equal(sample_append(store, &frame), 0);
    append_runs(store, 1, 2);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    copy_file(other, path);
    assert_says(refusal(), "different versions of the data set cifar10");
    bm_bytes_fini(&frame);
}

/* ---- while it runs --------------------------------------------------------------------------- */

static void a_journal_that_is_taken_away_is_noticed(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        char command[300];
        struct bm_err err = {0};
        struct bm_store *store = open_store();
        append_runs(store, 0, N);
        const char *const commands[] = {
            "rm '%s.d/journal.0'", "rm -r '%s.d'",
            "cp '%s.d/journal.0' '%1$s.j' && mv '%1$s.j' '%1$s.d/journal.0'"};
        snprintf(command, sizeof command, commands[kind], path);
        assert_int_equal(system(command), 0);
        assert_int_equal(bm_store_sync(store, &err), -1);
        assert_says(err.text, "removed or replaced");
        assert_says(err.text, "has all that was in it");
        bm_store_close(store);
        assert_int_equal(finished_now(), N);
        snprintf(command, sizeof command, "rm -r '%s/results'", folder);
        assert_int_equal(system(command), 0);
    }
}

/* A job was killed while it wrote the journal anew. */
static void what_was_never_published_goes(void **state)
{
    (void)state;
    char temporary[BM_PATH_SIZE];
    struct bm_store *store = open_store();
    append_runs(store, 0, 2);
    bm_store_close(store);
    bm_file_temporary(journal, temporary);
    assert_int_equal(bm_file_copy(journal, temporary, NULL), 0);
    store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 2);
    bm_store_close(store);
    assert_int_equal(access(temporary, F_OK), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(what_was_never_published_goes),
        TEST(a_lost_end_comes_back),
        TEST(the_last_record_with_a_wrong_bit),
        TEST(an_older_copy_that_went_on),
        TEST(without_a_snapshot_a_lost_end_is_told),
        TEST(a_changed_snapshot_does_not_stand_for_a_lost_end),
        TEST(a_missing_snapshot_is_written_anew),
        TEST(damage_before_the_snapshot_comes_back),
        TEST(a_lost_journal_is_reseeded),
        TEST(a_snapshot_alone_has_to_be_right),
        TEST(ids_have_to_be_those_of_the_settings),
        TEST(a_whole_journal_needs_no_snapshot),
        TEST(what_others_write_there_is_kept),
        TEST(a_snapshot_with_more_is_taken_in),
        TEST(without_a_sum_the_snapshot_tells),
        TEST(different_data_do_not_mix),
        TEST(a_journal_that_is_taken_away_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
