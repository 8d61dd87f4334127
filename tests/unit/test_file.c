/* Plain files and nothing in their place; replacing that leaves the old or the new. */
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "store.h"

static char name[128];

static void name_file(const char *base)
{
    snprintf(name, sizeof name, "%s/%s", folder, base);
}

static int comebacks; /* of files that are taken away */

/* In the place of the library's. */
int unlink(const char *file)
{
    int status = unlinkat(AT_FDCWD, file, 0);
    if (comebacks > 0) {
        comebacks--;
        close(creat(file, 0600));
    }
    return status;
}

/* As it seems where a network file system has made a file, and says that it was there. */
static void what_comes_back_is_taken_away_again(void **state)
{
    (void)state;
    struct bm_err err = {0};
    name_file("new");
    comebacks = 3;
    int file = bm_file_create(name, &err);
    assert_true(file >= 0);
    assert_int_equal(comebacks, 0);
    close(file);
    comebacks = INT_MAX;
    assert_int_equal(bm_file_create(name, &err), -1);
    assert_says(err.text, "cannot create");
    comebacks = 0;
}

/* Something that is not a file, in the place of one. */
static void plant(int kind)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    unlink(name);
    if (kind == 0) {
        assert_int_equal(symlink("/etc/hostname", name), 0);
    } else if (kind == 1) {
        assert_int_equal(symlink("nowhere", name), 0);
    } else if (kind == 2) {
        assert_int_equal(mkfifo(name, 0600), 0);
    } else if (kind == 3) {
        snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
        int file = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof address), 0);
        close(file);
    } else {
        assert_int_equal(mkdir(name, 0700), 0);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"is a link", "is a link", "is a pipe", "is a socket",
                                        "is a folder"};
    name_file("planted");
    for (int kind = 0; kind < 5; kind++) {
        struct bm_err find = {0}, open = {0}, read = {0}, put = {0};
        unsigned char *data;
        size_t size;
        plant(kind);
        assert_int_equal(bm_file_find(name, NULL, &find), -1);
        assert_int_equal(bm_file_open(name, O_RDWR | O_CREAT, &open), -1);
        assert_int_equal(bm_file_read(name, &data, &size, &read), -1);
        assert_int_equal(bm_file_put(name, "x", 1, &put), -1);
        assert_says(find.text, kinds[kind]);
        assert_says(open.text, kinds[kind]);
        assert_says(read.text, kinds[kind]);
        assert_says(put.text, kinds[kind]);
        assert_true(is_there(name));
    }
    struct bm_err err = {0};
    assert_int_equal(bm_file_find("/dev/null", NULL, &err), -1);
    assert_says(err.text, "is a device");
    assert_int_equal(bm_file_find("/nowhere/at/all", NULL, NULL), 0);
    assert_int_equal(bm_file_find("/dev/null/x", NULL, NULL), -1); /* cannot be told */
}

/* Each file of the folder, exchanged for a link or a pipe: refused, and nothing is written through
 * it. */
static void planted_parts_are_refused(void **state)
{
    (void)state;
    static const char *const parts[] = {"journal.0", "lock", "snapshot.sum"};
    make_results(2);
    char victim[100], part[200], away[200];
    snprintf(victim, sizeof victim, "%s/victim", folder);
    for (size_t i = 0; i < 3; i++)
        for (int kind = 0; kind < 2; kind++) {
            snprintf(part, sizeof part, "%s.d/%s", path, parts[i]);
            snprintf(away, sizeof away, "%s/away", folder);
            assert_int_equal(rename(part, away), 0);
            write_file(victim, "mine", 4);
            assert_int_equal(kind ? mkfifo(part, 0600) : symlink(victim, part), 0);
            assert_says(refusal(), kind ? "is a pipe" : "is a link");
            assert_true(file_is(victim, (const unsigned char *)"mine", 4));
            assert_int_equal(unlink(part), 0);
            assert_int_equal(rename(away, part), 0);
        }
    /* Temporary names are taken, whatever is there. */
    char temporary[BM_PATH_SIZE];
    bm_file_temporary(path, temporary);
    assert_int_equal(symlink(victim, temporary), 0);
    bm_file_temporary(sum, temporary);
    assert_int_equal(mkfifo(temporary, 0600), 0);
    struct bm_store *store = open_store();
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_true(file_is(victim, (const unsigned char *)"mine", 4));
    assert_false(is_there(temporary));
}

static void permissions_stay(void **state)
{
    (void)state;
    struct stat info;
    make_results(1);
    assert_int_equal(chmod(path, 0640), 0);
    struct bm_store *store = open_store();
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0440), 0); /* meant to stay as it is */
    assert_says(refusal(), "is read-only");
    assert_int_equal(finished_peeked(), 1);
}

static void a_failed_replacement_leaves_the_old(void **state)
{
    (void)state;
    char temporary[BM_PATH_SIZE];
    struct bm_err err = {0};
    name_file("file");
    bm_file_temporary(name, temporary);
    write_file(name, "old", 3);
    assert_int_equal(mkdir(temporary, 0700), 0);
    assert_int_equal(bm_file_put(name, "new", 3, &err), -1);
    assert_says(err.text, "cannot replace");
    assert_true(file_is(name, (const unsigned char *)"old", 3));
    assert_int_equal(rmdir(temporary), 0);
    assert_int_equal(bm_file_put(name, "new", 3, NULL), 0);
    assert_true(file_is(name, (const unsigned char *)"new", 3));
}

static void kept_files_never_replace_each_other(void **state)
{
    (void)state;
    char kept[3][BM_PATH_SIZE];
    name_file("file");
    for (int i = 0; i < 3; i++) {
        unsigned char text = (unsigned char)('a' + i);
        write_file(name, &text, 1);
        assert_int_equal(bm_file_keep(name, kept[i], NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        unsigned char text = (unsigned char)('a' + i);
        assert_true(file_is(kept[i], &text, 1));
    }
}

/* Stands before the C library's: what file systems say that cannot sync a folder, or have no second
 * names for files. */
static int sync_error, link_error;
int fsync(int file)
{
    struct stat info;
    if (sync_error != 0 && fstat(file, &info) == 0 && S_ISDIR(info.st_mode)) {
        errno = sync_error;
        return -1;
    }
    return 0; /* tests need not wait for the disk */
}
int link(const char *from, const char *to)
{
    if (link_error == 0)
        return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
    errno = link_error;
    return -1;
}

static void folders_that_cannot_be_synced(void **state)
{
    (void)state;
    static const int harmless[] = {EINVAL, ENOSYS, EOPNOTSUPP, EROFS, EBADF};
    name_file("file");
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        sync_error = harmless[i];
        int status = bm_file_put(name, "x", 1, NULL);
        sync_error = 0;
        assert_int_equal(status, 0);
    }
    struct bm_err err = {0};
    sync_error = EIO;
    int status = bm_file_put(name, "x", 1, &err);
    sync_error = 0;
    assert_int_equal(status, -1);
    assert_says(err.text, strerror(EIO));
}

static void without_second_names_it_is_a_copy(void **state)
{
    (void)state;
    char kept[BM_PATH_SIZE];
    name_file("file");
    write_file(name, "text", 4);
    link_error = EPERM;
    int status = bm_file_keep(name, kept, NULL);
    link_error = 0;
    assert_int_equal(status, 0);
    assert_true(file_is(kept, (const unsigned char *)"text", 4));
}

/* Counts what it is called with, and stops where it is told to. */
struct seen {
    size_t n, dots;
    bool stops;
};

static int see(void *context, const char *each_name, struct bm_err *err)
{
    (void)err;
    struct seen *seen = context;
    seen->n++;
    seen->dots += strcmp(each_name, ".") == 0 || strcmp(each_name, "..") == 0;
    return seen->stops ? 7 : 0;
}

static void a_folder_is_looked_through(void **state)
{
    (void)state;
    struct bm_err err = {0};
    struct seen all = {0}, first = {.stops = true}, none = {0};
    static const char *const names[] = {"a", "b", ".hidden"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        name_file(names[i]);
        write_file(name, "", 0);
    }
    assert_int_equal(bm_folder_each(folder, see, &all, &err), 0);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.dots, 0);
    assert_int_equal(bm_folder_each(folder, see, &first, &err), 7);
    assert_int_equal(first.n, 1);
    assert_int_equal(bm_folder_each(name, see, &none, &err), -1); /* a file */
    assert_says(err.text, "cannot read folder");
    name_file("nowhere");
    assert_int_equal(bm_folder_each(name, see, &none, &err), 0);
    assert_int_equal(none.n, 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_file_is_refused),
        TEST(planted_parts_are_refused),
        TEST(permissions_stay),
        TEST(a_failed_replacement_leaves_the_old),
        TEST(kept_files_never_replace_each_other),
        TEST(folders_that_cannot_be_synced),
        TEST(without_second_names_it_is_a_copy),
        TEST(a_folder_is_looked_through),
        TEST(what_comes_back_is_taken_away_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
