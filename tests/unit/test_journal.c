/* Journals after a power cut, and when they are damaged: what nobody was told of may be lost, what
 * was on the disk may not, and nothing is invented. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/digest.h"
#include "io/journal.h"

static char folder[64], path[128];

static int new_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/bm-journal-XXXXXX");
    snprintf(path, sizeof path, "%s/journal.0", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ---- a journal of numbered records ----------------------------------------------------------- */

enum { SYNC_POINT = 16 }; /* bytes of one */
enum { BATCHES = 5, A_BATCH = 7, N = BATCHES * A_BATCH };

static size_t fill(unsigned i, unsigned char data[300])
{
    size_t size = 5 + (i * 83) % 290;
    memset(data, (int)i, size);
    memcpy(data, &i, sizeof i);
    return size;
}

static void append(struct bm_journal *journal, unsigned i)
{
    unsigned char data[300];
    assert_int_equal(bm_journal_append(journal, data, fill(i, data), NULL), 0);
}

/* Makes it, and says how long it was on the disk after each sync. */
static void make(size_t synced[BATCHES])
{
    struct bm_journal journal;
    assert_int_equal(bm_journal_create(path, &journal, NULL), 0);
    assert_int_equal(bm_journal_publish(&journal, NULL), 0);
    for (unsigned i = 0; i < N; i++) {
        append(&journal, i);
        if (i % A_BATCH != A_BATCH - 1)
            continue;
        synced[i / A_BATCH] = journal.end.size;
        assert_int_equal(bm_journal_sync(&journal, NULL), 0);
    }
    bm_journal_close(&journal);
}

/* Record number `*context` has to be the next one. */
static int expect_next(void *context, const void *record, size_t size, struct bm_err *err)
{
    (void)err;
    unsigned *next = context;
    unsigned char data[300];
    assert_int_equal(size, fill(*next, data));
    assert_memory_equal(record, data, size);
    ++*next;
    return 0;
}

struct found {
    bool is_damaged;
    unsigned n;
};

/* Written over and not synced: there are thousands, and a file that is emptied first goes to the
 * disk when it is closed. */
static void put(const unsigned char *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT, 0666);
    assert_int_equal(write(file, data, size), size);
    assert_int_equal(ftruncate(file, (off_t)size), 0);
    assert_int_equal(close(file), 0);
}

/* What is found in a file of these bytes. */
static struct found look(const unsigned char *data, size_t size)
{
    struct bm_journal_image image;
    struct found found = {.n = 0};
    uint64_t end;
    put(data, size);
    assert_int_equal(bm_journal_load(path, &image, NULL), 0);
    assert_int_equal(bm_journal_each(&image, 0, UINT64_MAX, expect_next, &found.n, &end, NULL), 0);
    assert_int_equal(found.n, image.records);
    found.is_damaged = image.is_damaged;
    bm_journal_unload(&image);
    return found;
}

static unsigned char *read_all(size_t *size)
{
    unsigned char *data;
    assert_int_equal(bm_file_read(path, &data, size, NULL), 0);
    return data;
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* Of what was written since the last sync any pieces may be missing, whatever came behind them. */
static void a_power_cut_costs_only_what_was_not_synced(void **state)
{
    (void)state;
    enum { PIECE = 64 };
    size_t synced[BATCHES], size;
    make(synced);
    unsigned char *whole = read_all(&size), *cut = malloc(size);
    for (unsigned batch = 1; batch < BATCHES; batch++) {
        size_t from = synced[batch - 1], to = synced[batch];
        for (size_t lost = from; lost < to; lost += PIECE) {
            memcpy(cut, whole, to);
            memset(cut + lost, 0, lost + PIECE < to ? PIECE : to - lost);
            struct found found = look(cut, to);
            assert_false(found.is_damaged);
            assert_in_range(found.n, batch * A_BATCH, (batch + 1) * A_BATCH - 1);
            /* The sync point itself is not on the disk before the next sync. */
            memset(cut + from, 0, SYNC_POINT);
            found = look(cut, to);
            assert_false(found.is_damaged);
            assert_int_equal(found.n, batch * A_BATCH);
        }
    }
    free(cut);
    free(whole);
}

static void every_cut_keeps_what_is_before_it(void **state)
{
    (void)state;
    size_t synced[BATCHES], size;
    make(synced);
    unsigned char *whole = read_all(&size);
    unsigned before = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        struct found found = look(whole, cut);
        assert_false(found.is_damaged);
        assert_in_range(found.n, before, before + 1);
        before = found.n;
    }
    assert_int_equal(before, N);
    free(whole);
}

static void what_was_synced_and_is_not_whole_is_damaged(void **state)
{
    (void)state;
    size_t synced[BATCHES], size;
    make(synced);
    unsigned char *data = read_all(&size);
    for (size_t at = 16; at < size; at++) {
        data[at] ^= 0x20;
        struct found found = look(data, size);
        assert_int_equal(found.is_damaged, at < size - SYNC_POINT);
        assert_int_equal(found.n == N, at >= size - SYNC_POINT);
        data[at] ^= 0x20;
    }
    free(data);
}

/* Bits, bytes, zeros, pieces that change places: what is found is always a beginning. */
static void no_corruption_invents_a_record(void **state)
{
    (void)state;
    size_t synced[BATCHES], size;
    const char *rounds = getenv("BM_CORRUPTIONS");
    make(synced);
    unsigned char *whole = read_all(&size), *data = malloc(size);
    srandom(1);
    for (long round = 0, n = rounds ? atol(rounds) : 2000; round < n; round++) {
        memcpy(data, whole, size);
        for (long piece = random() % 3; piece >= 0; piece--) {
            size_t at = 16 + (size_t)random() % (size - 16), from = (size_t)random() % size,
                   length = (size_t)random() % 200;
            length = length < size - at ? length : size - at;
            length = length < size - from ? length : size - from;
            switch (random() % 4) {
            case 0:
                data[at] ^= (unsigned char)(1u << random() % 8);
                break;
            case 1:
                memset(data + at, 0, length);
                break;
            case 2:
                memmove(data + at, data + from, length);
                break;
            default:
                for (size_t i = 0; i < length; i++)
                    data[at + i] = (unsigned char)random();
            }
        }
        look(data, random() % 2 ? size : (size_t)random() % (size + 1));
    }
    free(data);
    free(whole);
}

/* A whole record in the place of another one, and those that follow it where they belong. */
static void a_record_elsewhere_is_none(void **state)
{
    (void)state;
    enum { RECORDS = 12, A_RECORD = 16 + 40 };
    struct bm_journal journal;
    size_t size;
    assert_int_equal(bm_journal_create(path, &journal, NULL), 0);
    assert_int_equal(bm_journal_publish(&journal, NULL), 0);
    for (unsigned i = 0; i < RECORDS; i++) {
        char record[40];
        snprintf(record, sizeof record, "%39u", i);
        assert_int_equal(bm_journal_append(&journal, record, sizeof record, NULL), 0);
    }
    assert_int_equal(bm_journal_sync(&journal, NULL), 0);
    bm_journal_close(&journal);
    unsigned char *whole = read_all(&size), *data = malloc(size);
    const size_t first = size - SYNC_POINT - RECORDS * A_RECORD;
    for (size_t to = 0; to < RECORDS; to++)
        for (size_t from = 0; from < RECORDS; from++) {
            struct bm_journal_image image;
            memcpy(data, whole, size);
            memcpy(data + first + to * A_RECORD, whole + first + from * A_RECORD, A_RECORD);
            put(data, size);
            assert_int_equal(bm_journal_load(path, &image, NULL), 0);
            assert_int_equal(image.records, from == to ? RECORDS : to);
            assert_int_equal(image.is_damaged, from != to);
            bm_journal_unload(&image);
        }
    free(data);
    free(whole);
}

/* ---- older versions -------------------------------------------------------------------------- */

/* As versions 1 and 2 wrote them: checks of length and payload alone. */
static size_t make_old(uint32_t version, unsigned char *old)
{
    size_t size = 16;
    memcpy(old, "bm-journal\n\0", 12);
    memcpy(old + 12, &version, sizeof version);
    for (unsigned i = 0; i < N; i++) {
        uint32_t length = (uint32_t)fill(i, old + size + 16),
                 length_check = (uint32_t)bm_checksum(&length, sizeof length);
        uint64_t checksum = bm_checksum(old + size + 16, length);
        memcpy(old + size, &length, sizeof length);
        memcpy(old + size + 4, &length_check, sizeof length_check);
        memcpy(old + size + 8, &checksum, sizeof checksum);
        size += 16 + length;
    }
    return size;
}

/* In a journal without sync points, a whole record behind a bad one tells of damage. */
static void old_journals_are_read_and_continued(void **state)
{
    (void)state;
    unsigned char *data, *old = malloc(N * 316 + 16);
    size_t size = make_old(1, old);
    assert_int_equal(look(old, size).n, N);
    old[size - 300] ^= 1; /* not in the last record */
    assert_true(look(old, size).is_damaged);
    old[size - 300] ^= 1;

    struct bm_journal_image image;
    struct bm_journal journal;
    look(old, size - 3);
    assert_int_equal(bm_journal_load(path, &image, NULL), 0);
    assert_false(image.is_damaged);
    assert_int_equal(bm_journal_open(path, &image.whole, &journal, NULL), 0);
    bm_journal_unload(&image);
    size_t continued = journal.end.size;
    append(&journal, N - 1);
    append(&journal, N);
    bm_journal_close(&journal);
    data = read_all(&size);
    assert_int_equal(look(data, size).n, N + 1);
    data[continued + 20] ^= 1; /* the first of two that were not synced */
    assert_false(look(data, size).is_damaged);
    data[continued + 20] ^= 1;
    data[continued - 40] ^= 1; /* from before */
    assert_true(look(data, size).is_damaged);
    free(data);
    free(old);
}

static void what_journals_of_version_2_are_like(void **state)
{
    (void)state;
    struct bm_journal_image image;
    struct bm_journal journal;
    unsigned char *data, *old = malloc(N * 316 + 16);
    size_t size = make_old(2, old);
    assert_int_equal(look(old, size).n, N);
    old[5] ^= 1; /* its header is damaged, and its records are found all the same */
    put(old, size);
    assert_int_equal(bm_journal_load(path, &image, NULL), 0);
    assert_true(image.is_damaged);
    assert_int_equal(image.resumes, 16);
    bm_journal_unload(&image);
    old[5] ^= 1;
    put(old, size);
    assert_int_equal(bm_journal_load(path, &image, NULL), 0);
    assert_int_equal(bm_journal_open(path, &image.whole, &journal, NULL), 0);
    bm_journal_unload(&image);
    append(&journal, N);
    assert_int_equal(bm_journal_sync(&journal, NULL), 0);
    bm_journal_close(&journal);
    data = read_all(&size);
    assert_int_equal(data[12], 2); /* an older program can go on with it */
    assert_int_equal(look(data, size).n, N + 1);
    free(data);
    free(old);
}

static void a_mark_does_not_need_the_sync_point(void **state)
{
    (void)state;
    size_t synced[BATCHES], size;
    make(synced);
    struct bm_journal_image image;
    assert_int_equal(bm_journal_load(path, &image, NULL), 0);
    const struct bm_journal_mark end = image.whole;
    assert_true(bm_journal_reaches(&image, &end));
    bm_journal_unload(&image);
    assert_int_equal(end.size, synced[BATCHES - 1] + SYNC_POINT);
    unsigned char *data = read_all(&size);
    for (size_t cut = size; cut >= size - SYNC_POINT - 1; cut--) {
        look(data, cut);
        assert_int_equal(bm_journal_load(path, &image, NULL), 0);
        assert_int_equal(bm_journal_reaches(&image, &end), cut >= size - SYNC_POINT);
        bm_journal_unload(&image);
    }
    free(data);
}

/* Stands before the C library's: of so many calls the last one says ESTALE. */
static int stale_in;
ssize_t pread(int file, void *data, size_t size, off_t at)
{
    if (stale_in > 0 && --stale_in == 0) {
        errno = ESTALE;
        return -1;
    }
    return syscall(SYS_pread64, file, data, size, at);
}

/* Another file has the name since, and a network file system fails once when it is read. */
static void another_file_is_read_from_its_beginning(void **state)
{
    (void)state;
    size_t synced[BATCHES];
    struct bm_journal journal;
    struct bm_journal_image image;
    uint64_t from = 0, file = 0, end;
    unsigned n = 0;
    assert_int_equal(bm_journal_create(path, &journal, NULL), 0);
    assert_int_equal(bm_journal_publish(&journal, NULL), 0);
    append(&journal, N - 1);
    assert_int_equal(bm_journal_sync(&journal, NULL), 0);
    bm_journal_close(&journal);
    assert_int_equal(bm_journal_load_from(path, &from, &file, &image, NULL), 0);
    from = image.n_bytes;
    bm_journal_unload(&image);
    make(synced);
    stale_in = 2; /* the header, and what follows */
    assert_int_equal(bm_journal_load_from(path, &from, &file, &image, NULL), 0);
    assert_int_equal(stale_in, 0);
    assert_int_equal(bm_journal_each(&image, from, UINT64_MAX, expect_next, &n, &end, NULL), 0);
    assert_int_equal(n, N);
    bm_journal_unload(&image);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_power_cut_costs_only_what_was_not_synced),
        TEST(every_cut_keeps_what_is_before_it),
        TEST(what_was_synced_and_is_not_whole_is_damaged),
        TEST(no_corruption_invents_a_record),
        TEST(a_record_elsewhere_is_none),
        TEST(old_journals_are_read_and_continued),
        TEST(what_journals_of_version_2_are_like),
        TEST(a_mark_does_not_need_the_sync_point),
        TEST(another_file_is_read_from_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
