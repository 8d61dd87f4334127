/* Results behind links: the link stays, its end is replaced, and two names of one file are one
 * results file with one lock. */
#include "io/paths.h"
#include "store.h"

static char scratch[100], target[128];

static void make_scratch(void)
{
    snprintf(scratch, sizeof scratch, "%s/scratch", folder);
    snprintf(target, sizeof target, "%s/x.h5", scratch);
    assert_int_equal(mkdir(scratch, 0777), 0);
}

static bool is_link(const char *name)
{
    struct stat info;
    return lstat(name, &info) == 0 && S_ISLNK(info.st_mode);
}

/* Appends a run by the name, in a snapshot, too. */
static void add_run(const char *name, size_t run)
{
    struct bm_store *store = open_at(name);
    append_runs(store, run, run + 1);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
}

static size_t finished_at(const char *name)
{
    struct bm_store *store = open_at(name);
    size_t n = count_finished(bm_store_results(store));
    bm_store_close(store);
    return n;
}

static size_t finished_in_file(const char *name)
{
    struct bm_results results;
    assert_int_equal(bm_store_view(name, NULL, &results, NULL), 0);
    size_t n = count_finished(&results);
    bm_results_fini(&results);
    return n;
}

static void assert_one_lock(const char *name, const char *other)
{
    struct bm_store *store = open_at(name), *second;
    struct bm_err err = {0};
    assert_int_equal(bm_store_open(other, 0, NULL, &second, &err), -1);
    assert_says(err.text, "is in use by");
    bm_store_close(store);
}

/* The file is moved away and a link put in its place; the folder stays behind. */
static void a_file_moved_behind_a_link(void **state)
{
    (void)state;
    char alias[128], beside[160];
    make_results(1);
    make_scratch();
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink("../scratch/x.h5", path), 0);
    assert_int_equal(finished_peeked(), 1);
    snprintf(beside, sizeof beside, "%s.d", target);
    assert_false(is_there(beside)); /* looking changes nothing */
    add_run(path, 1);
    assert_true(is_link(path));
    assert_false(is_link(target));
    assert_true(is_link(beside)); /* so that the file's own name leads to its journal, too */
    assert_int_equal(finished_in_file(target), 2);
    add_run(target, 2);
    assert_int_equal(finished_at(path), 3);
    snprintf(alias, sizeof alias, "%s/alias.h5", folder);
    assert_int_equal(symlink("results/x.h5", alias), 0);
    add_run(alias, 3);
    assert_true(is_link(alias) && is_link(path));
    assert_int_equal(finished_at(target), 4);
    assert_one_lock(path, alias);
    assert_one_lock(alias, target);
    assert_one_lock(target, path);
}

/* A link to results that are yet to be made. */
static void a_link_to_a_new_file(void **state)
{
    (void)state;
    char results[128], beside[160];
    make_scratch();
    snprintf(results, sizeof results, "%s/results", folder);
    snprintf(beside, sizeof beside, "%s.d", path);
    assert_int_equal(mkdir(results, 0777), 0);
    assert_int_equal(symlink(target, path), 0);
    add_run(path, 0);
    assert_true(is_link(path));
    assert_false(is_there(beside));
    assert_int_equal(finished_at(target), 1);
    assert_one_lock(path, target);
}

static void links_that_lead_nowhere(void **state)
{
    (void)state;
    char results[128], beside[160];
    snprintf(results, sizeof results, "%s/results", folder);
    snprintf(beside, sizeof beside, "%s.d", path);
    assert_int_equal(mkdir(results, 0777), 0);
    assert_int_equal(symlink("/nowhere/mounted/x.h5", path), 0);
    assert_says(refusal(), "/nowhere/mounted is not there (not mounted?)");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("x.h5", path), 0);
    assert_says(refusal(), "leads nowhere");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_says(refusal(), "is a device");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(".", path), 0);
    assert_says(refusal(), "is a folder");
    assert_int_equal(unlink(path), 0);
    /* The folder, moved to a disk that is not there now: no reason to begin anew. */
    make_results(2);
    char command[400];
    snprintf(command, sizeof command, "mv '%s' '%s/away' && ln -s /nowhere/mounted/x.h5.d '%s'",
             beside, folder, beside);
    assert_int_equal(system(command), 0);
    assert_says(refusal(), "not there (not mounted?)");
    struct bm_err err = {0};
    struct bm_results peeked;
    assert_int_equal(bm_store_peek(path, NULL, &peeked, &err), -1);
    assert_says(err.text, "not there (not mounted?)");
}

/* Two journals for one file: nobody knows which is meant. */
static void two_folders_are_refused(void **state)
{
    (void)state;
    make_results(1);
    make_scratch();
    add_run(target, 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_says(refusal(), "two journals");
    char command[300];
    snprintf(command, sizeof command, "mv '%s.d' '%s/away'", path, folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(finished_now(), 1);
}

/* The folder is on another disk than the file: the temporary file lies beside the file. */
static void a_folder_on_another_disk(void **state)
{
    (void)state;
    char other[] = "/dev/shm/bm-store-XXXXXX", results[128], beside[160], command[300];
    struct stat here, there;
    if (mkdtemp(other) == NULL || stat(folder, &here) != 0 || stat(other, &there) != 0 ||
        here.st_dev == there.st_dev) {
        rmdir(other);
        print_message("# skipped: /dev/shm and /tmp are one file system\n");
        skip();
    }
    snprintf(results, sizeof results, "%s/results", folder);
    snprintf(beside, sizeof beside, "%s.d", path);
    assert_int_equal(mkdir(results, 0777), 0);
    assert_int_equal(symlink(other, beside), 0);
    add_run(path, 0);
    assert_int_equal(finished_in_file(path), 1);
    assert_true(is_link(beside));
    snprintf(command, sizeof command, "rm -r '%s'", other);
    assert_int_equal(system(command), 0);
}

static void names_that_cannot_be(void **state)
{
    (void)state;
    char name[400];
    struct bm_paths paths;
    static const char *const bad[] = {"", "/", "results/"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bm_paths_find(bad[i], &paths, NULL), -1);
    memset(name, 'x', sizeof name); /* the temporary file's name is longer still */
    name[250] = '\0';
    struct bm_err err = {0};
    assert_int_equal(bm_paths_find(name, &paths, &err), -1);
    assert_says(err.text, "is not the name of a file");
    name[200] = '\0';
    assert_int_equal(bm_paths_find(name, &paths, NULL), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_file_moved_behind_a_link), TEST(a_link_to_a_new_file),
        TEST(links_that_lead_nowhere),    TEST(two_folders_are_refused),
        TEST(a_folder_on_another_disk),   TEST(names_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
