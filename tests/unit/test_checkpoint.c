/* Checkpoints on disk: what is written comes back, and what is not whole, or not this run's, does
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/checkpoint.h"
#include "bm/file.h"

enum { NUMBERS = 1000 };
static char folder[] = "/tmp/test_checkpoint.XXXXXX";
static char results[64];

struct sample {
    double numbers[NUMBERS];
    int64_t counter;
    struct bm_span spans[3];
    struct bm_bytes records;
};

static void sample_init(struct sample *sample, int seed)
{
    memset(sample, 0, sizeof *sample);
    for (int i = 0; i < NUMBERS; i++)
        sample->numbers[i] = seed * 1000 + i;
    sample->counter = seed;
    sample->spans[0] = (struct bm_span){&sample->counter, sizeof sample->counter};
    sample->spans[1] = (struct bm_span){NULL, 0}; /* nothing of a kind */
    sample->spans[2] = (struct bm_span){sample->numbers, sizeof sample->numbers};
}

static struct bm_checkpoint_of whose(int run)
{
    struct bm_checkpoint_of of = {.results = results};
    of.run.bytes[0] = (unsigned char)run;
    of.settings.bytes[2] = of.data.bytes[3] = of.format.bytes[4] = 1;
    return of;
}

static void write_one(const struct bm_checkpoint_of *of, int64_t step, int seed)
{
    struct sample sample;
    struct bm_err err = {0};
    sample_init(&sample, seed);
    bm_bytes_printf(&sample.records, "records of %d", seed);
    if (bm_checkpoint_write(of, step, sample.spans, 3, &sample.records, &err) != 0)
        fail_msg("%s", err.text);
    bm_bytes_fini(&sample.records);
}

static void write_sample(int run, int64_t step, int seed)
{
    const struct bm_checkpoint_of of = whose(run);
    write_one(&of, step, seed);
}

/* What comes back is that of `seed`; 0: nothing does, and nothing is changed. The note has `note`.
 */
static void expect(const struct bm_checkpoint_of *of, size_t n, int seed, const char *note)
{
    struct sample sample, expected;
    char text[500], records[40];
    sample_init(&sample, 77);
    sample_init(&expected, seed != 0 ? seed : 77);
    int is_there = bm_checkpoint_read(of, sample.spans, n, &sample.records, text);
    assert_int_equal(is_there, seed != 0);
    assert_memory_equal(sample.numbers, expected.numbers, sizeof sample.numbers);
    assert_int_equal(sample.counter, expected.counter);
    snprintf(records, sizeof records, "records of %d", seed);
    assert_int_equal(sample.records.size, seed != 0 ? strlen(records) : 0);
    assert_true(seed == 0 || memcmp(sample.records.data, records, strlen(records)) == 0);
    if (note[0] == '\0' ? text[0] != '\0' : strstr(text, note) == NULL)
        fail_msg("expected '%s': %s", note, text);
    bm_bytes_fini(&sample.records);
}

static int count_files(void)
{
    char path[100];
    int n = 0;
    snprintf(path, sizeof path, "%s.d/checkpoints", results);
    DIR *stream = opendir(path);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (stream != NULL)
        closedir(stream);
    return n;
}

static void name_of(int run, int64_t step, char path[200])
{
    char text[BM_ID_TEXT];
    const struct bm_checkpoint_of of = whose(run);
    snprintf(path, 200, "%s.d/checkpoints/%s.%lld", results, bm_id_text(&of.run, text),
             (long long)step);
}

/* Written over, without waiting for the disk: a file that is emptied first goes there when it is
 * closed. */
static void put(const char *path, const void *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT, 0666);
    assert_true(file >= 0);
    assert_int_equal(write(file, data, size), size);
    assert_int_equal(ftruncate(file, (off_t)size), 0);
    assert_int_equal(close(file), 0);
}

static void the_last_one_comes_back(void **state)
{
    (void)state;
    const struct bm_checkpoint_of one = whose(1), two = whose(2);
    expect(&one, 3, 0, ""); /* no folder yet */
    for (int seed = 1; seed <= 12; seed++)
        write_sample(1, seed, seed); /* as texts, 9 is behind 12 */
    write_sample(2, 3, 30);
    expect(&one, 3, 12, "");
    expect(&two, 3, 30, "");
    assert_int_equal(count_files(), 3); /* two a run at most */
    assert_int_equal(bm_checkpoint_remove(results, &one.run, NULL), 0);
    expect(&one, 3, 0, "");
    expect(&two, 3, 30, "");
    assert_int_equal(bm_checkpoint_remove(results, &two.run, NULL), 0);
    assert_int_equal(bm_checkpoint_remove(results, &two.run, NULL), 0); /* none there is fine */
    assert_int_equal(count_files(), 0);
}

/* Of a trainer that was killed. */
static void leave_unfinished(int run)
{
    char text[BM_ID_TEXT], path[200];
    const struct bm_checkpoint_of of = whose(run);
    snprintf(path, sizeof path, "%s.d/checkpoints/.%s.7.new", results, bm_id_text(&of.run, text));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fclose(file);
}

static void unfinished_ones_go_with_their_run(void **state)
{
    (void)state;
    const struct bm_checkpoint_of one = whose(1), two = whose(2);
    write_sample(1, 5, 5);
    leave_unfinished(1);
    leave_unfinished(2);
    assert_int_equal(bm_checkpoint_remove(results, &one.run, NULL), 0);
    assert_int_equal(count_files(), 1);
    assert_int_equal(bm_checkpoint_remove(results, &two.run, NULL), 0);
    assert_int_equal(count_files(), 0);
}

static void others_are_not_taken(void **state)
{
    (void)state;
    struct bm_checkpoint_of of = whose(1);
    char path[200], other[200];
    write_sample(1, 5, 5);
    of.data.bytes[3] = 2;
    expect(&of, 3, 0, "is of other data: it is not used");
    of = whose(1);
    of.format.bytes[4] = 2;
    expect(&of, 3, 0, "is of another version of this program");
    of = whose(1);
    of.settings.bytes[2] = 2;
    expect(&of, 3, 0, "is of other settings: it is not used");
    of = whose(1);
    expect(&of, 2, 0, "is of other settings");
    name_of(1, 5, path);
    name_of(1, 7, other);
    assert_int_equal(rename(path, other), 0);
    expect(&of, 3, 0, "is of another step than its name says");
    assert_int_equal(rename(other, path), 0);
    name_of(2, 5, other);
    assert_int_equal(rename(path, other), 0);
    of = whose(2);
    expect(&of, 3, 0, "is another run's");
    assert_int_equal(symlink(other, path), 0); /* a link is none of ours */
    of = whose(1);
    expect(&of, 3, 0, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(bm_checkpoint_remove(results, &(struct bm_id){{2}}, NULL), 0);
}

/* A run that begins again, as its last checkpoints are of no use, keeps its own from then on. */
static void later_ones_of_no_use_are_not_in_the_way(void **state)
{
    (void)state;
    struct bm_checkpoint_of of = whose(1), other = whose(1);
    char path[200];
    other.data.bytes[3] = 2;
    write_sample(1, 50, 50);
    write_sample(1, 60, 60);
    for (int64_t step = 1; step <= 3; step++)
        write_one(&other, step, (int)step);
    expect(&other, 3, 3, "is of other data");
    expect(&of, 3, 60, ""); /* with the old data it goes on from there */
    assert_int_equal(count_files(), 4);
    name_of(1, 3, path);
    put(path, "damaged", 7);
    expect(&other, 3, 2, "is damaged"); /* the one before is still there */
    write_one(&other, 70, 70);
    write_one(&other, 80, 80);
    assert_int_equal(count_files(), 2);
    expect(&other, 3, 80, "");
    assert_int_equal(bm_checkpoint_remove(results, &of.run, NULL), 0);
    assert_int_equal(count_files(), 0);
}

static void one_that_is_late_changes_nothing(void **state)
{
    (void)state;
    const struct bm_checkpoint_of of = whose(1);
    char path[200];
    write_sample(1, 11, 11);
    write_sample(1, 12, 12);
    write_sample(1, 9, 9);
    expect(&of, 3, 12, "");
    name_of(1, 12, path);
    put(path, "damaged", 7);
    expect(&of, 3, 11, "is damaged");
    write_sample(1, 13, 13);
    assert_int_equal(count_files(), 2); /* it goes with the next one */
    assert_int_equal(bm_checkpoint_remove(results, &of.run, NULL), 0);
}

/* It has the name that it was written under. */
static void what_a_dead_writer_left_goes(void **state)
{
    (void)state;
    const struct bm_checkpoint_of of = whose(1);
    char path[200], unfinished[BM_PATH_SIZE];
    write_sample(1, 5, 5);
    name_of(1, 6, path);
    bm_file_temporary(path, unfinished);
    put(unfinished, "half", 4);
    expect(&of, 3, 5, "");
    write_sample(1, 8, 8);
    assert_int_equal(count_files(), 2);
    put(unfinished, "half", 4);
    write_sample(1, 4, 4); /* who is late leaves it to its writer */
    assert_int_equal(count_files(), 4);
    name_of(2, 6, path);
    bm_file_temporary(path, unfinished);
    put(unfinished, "half", 4);
    assert_int_equal(bm_checkpoint_remove(results, &of.run, NULL), 0);
    assert_int_equal(count_files(), 1); /* another run's */
    assert_int_equal(unlink(unfinished), 0);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Any byte that changes, and any end that is missing: the one before is used. */
static void damaged_ones_are_passed_over(void **state)
{
    (void)state;
    const struct bm_checkpoint_of of = whose(1);
    char path[200];
    unsigned char *data;
    size_t size;
    write_sample(1, 5, 5);
    write_sample(1, 6, 6);
    name_of(1, 6, path);
    assert_int_equal(bm_file_read(path, &data, &size, NULL), 0);
    for (size_t at = 0; at < size; at += 1 + at % 7) {
        data[at] ^= 0x10;
        put(path, data, size);
        expect(&of, 3, 5, path);
        data[at] ^= 0x10;
    }
    for (size_t cut = 0; cut < size; cut++) {
        put(path, data, cut);
        expect(&of, 3, 5, "is damaged: it is not used");
    }
    put(path, data, size + 1); /* it is one byte longer */
    expect(&of, 3, 5, "is damaged");
    put(path, data, size);
    expect(&of, 3, 6, "");
    free(data);
    assert_int_equal(bm_checkpoint_remove(results, &of.run, NULL), 0);
}

struct copy {
    char path[200];
    unsigned char *whole, *data; /* as it was written; as it is now */
    size_t size, length;         /* bytes of these */
};

/* Damages the copy in one of the ways that disks, file systems and people have. */
static void damage(struct copy *copy, const struct copy *other)
{
    size_t at = (size_t)random() % copy->size, from = (size_t)random() % copy->size,
           length = (size_t)random() % 3000;
    length = length < copy->size - at ? length : copy->size - at;
    length = length < copy->size - from ? length : copy->size - from;
    switch (random() % 8) {
    case 0:
    case 1:
        copy->data[at] ^= (unsigned char)(1u << random() % 8);
        break;
    case 2:
        memset(copy->data + at, 0, length);
        break;
    case 3:
        memmove(copy->data + at, copy->data + from, length);
        break;
    case 4: /* a piece of the other one, where it belongs */
        memcpy(copy->data + at, other->whole + at, length < copy->size - at ? length : 0);
        break;
    case 5: /* all of the other one */
        memcpy(copy->data, other->whole, copy->size);
        break;
    case 6:
        copy->length = (size_t)random() % (copy->size + 1);
        break;
    default:
        for (size_t i = 0; i < length; i++)
            copy->data[at + i] = (unsigned char)random();
    }
}

static bool is_whole(const struct copy *copy)
{
    return copy->length == copy->size && memcmp(copy->data, copy->whole, copy->size) == 0;
}

/* Whatever becomes of one of them or both: the last one that is as it was written comes back. */
static void no_corruption_invents_a_state(void **state)
{
    (void)state;
    const struct bm_checkpoint_of of = whose(1);
    const char *rounds = getenv("BM_CORRUPTIONS");
    struct copy copies[2];
    long came_back[3] = {0}; /* none, the one before, the last one */
    for (int i = 0; i < 2; i++) {
        struct copy *copy = &copies[i];
        write_sample(1, 5 + i, 5 + i);
        name_of(1, 5 + i, copy->path);
        assert_int_equal(bm_file_read(copy->path, &copy->whole, &copy->size, NULL), 0);
        copy->data = malloc(copy->size);
    }
    assert_int_equal(copies[0].size, copies[1].size);
    srandom(1);
    for (long round = 0, n = rounds ? atol(rounds) : 2000; round < n; round++) {
        for (int i = 0; i < 2; i++) {
            copies[i].length = copies[i].size;
            memcpy(copies[i].data, copies[i].whole, copies[i].size);
        }
        for (long piece = random() % 3; piece >= 0; piece--) {
            long which = random() % 4 > 0;
            damage(&copies[which], &copies[!which]);
        }
        for (int i = 0; i < 2; i++)
            put(copies[i].path, copies[i].data, copies[i].length);
        int found = is_whole(&copies[1]) ? 6 : is_whole(&copies[0]) ? 5 : 0;
        expect(&of, 3, found, found == 6 ? "" : "it is not used");
        came_back[found == 0 ? 0 : found - 4]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(came_back[i] > 0);
    for (int i = 0; i < 2; i++) {
        free(copies[i].data);
        free(copies[i].whole);
    }
    assert_int_equal(bm_checkpoint_remove(results, &of.run, NULL), 0);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static bool is_two(void *context, const struct bm_id *run)
{
    (void)context;
    return run->bytes[0] == 2;
}

static void what_nobody_needs_is_cleared(void **state)
{
    (void)state;
    char path[200];
    assert_int_equal(bm_checkpoint_clear("/tmp/nowhere.h5", is_two, NULL, NULL), 0);
    write_sample(1, 1, 1);
    write_sample(2, 1, 2);
    write_sample(3, 1, 3);
    snprintf(path, sizeof path, "%s.d/checkpoints/.unfinished.7.new", results);
    assert_int_equal(bm_file_put(path, "x", 1, NULL), 0);
    snprintf(path, sizeof path, "%s.d/checkpoints/notes", results);
    assert_int_equal(bm_file_put(path, "x", 1, NULL), 0);
    assert_int_equal(bm_checkpoint_clear(results, is_two, NULL, NULL), 0);
    assert_int_equal(count_files(), 2); /* run 2's and the notes */
    const struct bm_checkpoint_of two = whose(2);
    expect(&two, 3, 2, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(bm_checkpoint_remove(results, &two.run, NULL), 0);
}

static void a_failure_is_a_sentence(void **state)
{
    (void)state;
    struct sample sample;
    struct bm_checkpoint_of of = whose(1);
    struct bm_err err = {0};
    sample_init(&sample, 1);
    of.results = "/proc/nowhere.h5";
    assert_int_equal(bm_checkpoint_write(&of, 1, sample.spans, 3, &sample.records, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_non_null(strstr(err.text, "/proc/nowhere.h5.d"));
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(results, sizeof results, "%s/r.h5", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[200];
    snprintf(path, sizeof path, "%s.d/checkpoints", results);
    rmdir(path);
    snprintf(path, sizeof path, "%s.d", results);
    rmdir(path);
    return rmdir(folder);
}

/* Whether run 1's are all of other settings than whose(1).settings with this byte. */
static bool is_of_others(unsigned char settings)
{
    struct bm_checkpoint_of of = whose(1);
    of.settings.bytes[2] = settings;
    return bm_checkpoint_is_of_others(results, &of.run, &of.settings);
}

static void other_settings_are_seen_without_reading(void **state)
{
    (void)state;
    struct bm_checkpoint_of other = whose(1);
    char path[200];
    assert_false(is_of_others(1)); /* there is none */
    write_sample(1, 5, 5);
    assert_false(is_of_others(1));
    assert_true(is_of_others(2));
    other.settings.bytes[2] = 2; /* one of each can be used by both */
    write_one(&other, 6, 6);
    assert_false(is_of_others(1));
    assert_false(is_of_others(2));
    assert_true(is_of_others(3));
    for (int64_t step = 5; step <= 6; step++) {
        name_of(1, step, path);
        assert_int_equal(truncate(path, 100), 0);
    }
    assert_false(is_of_others(3)); /* of damaged ones that is not known */
    assert_int_equal(bm_checkpoint_remove(results, &other.run, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_one_comes_back),
        cmocka_unit_test(unfinished_ones_go_with_their_run),
        cmocka_unit_test(others_are_not_taken),
        cmocka_unit_test(other_settings_are_seen_without_reading),
        cmocka_unit_test(later_ones_of_no_use_are_not_in_the_way),
        cmocka_unit_test(one_that_is_late_changes_nothing),
        cmocka_unit_test(what_a_dead_writer_left_goes),
        cmocka_unit_test(damaged_ones_are_passed_over),
        cmocka_unit_test(no_corruption_invents_a_state),
        cmocka_unit_test(what_nobody_needs_is_cleared),
        cmocka_unit_test(a_failure_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
