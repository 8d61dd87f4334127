/* Files of data sets: whether they are the published ones, and what is said about a folder that has
 * something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/data.h"
#include "bm/file.h"

static char folder[] = "/tmp/bm-files-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static const char *in_folder(const char *name)
{
    static char path[2][300];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* RFC 1321's own. */
static void digests_are_those_of_the_standard(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    char text[BM_MD5_TEXT];
    struct bm_err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bm_file_put(in_folder("x"), cases[i][0], strlen(cases[i][0]), &err), 0);
        assert_int_equal(bm_md5_file(in_folder("x"), text, &err), 0);
        assert_string_equal(text, cases[i][1]);
    }
    unlink(in_folder("x"));
    assert_int_equal(bm_md5_file(in_folder("x"), text, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_non_null(strstr(err.text, in_folder("x")));
}

static void a_file_is_the_published_one_or_is_not(void **state)
{
    (void)state;
    const struct bm_data_file files[] = {{"x", 3, "900150983cd24fb0d6963f7d28e17f72"},
                                         {"x", 3, "d41d8cd98f00b204e9800998ecf8427e"}};
    const struct bm_dataset dataset = {.name = "letters", .folder = ".", .files = files};
    struct bm_file_origin origin;
    assert_int_equal(bm_file_put(in_folder("x"), "abc", 3, NULL), 0);
    assert_int_equal(bm_dataset_origin(&dataset, folder, &files[0], &origin, NULL), 0);
    assert_true(origin.is_published);
    assert_int_equal(bm_dataset_origin(&dataset, folder, &files[1], &origin, NULL), 0);
    assert_false(origin.is_published);
    assert_string_equal(origin.md5, files[0].md5);
    assert_non_null(strstr(origin.path, "/./x"));
    unlink(in_folder("x"));
    struct bm_err err = {0};
    assert_int_equal(bm_dataset_origin(&dataset, folder, &files[0], &origin, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
}

/* What is said when `name` is all that is there: a file, or with a slash at its end a folder. */
static char *hint_about(const struct bm_dataset *dataset, const char *name)
{
    static char hint[500];
    size_t length = strlen(name);
    bool is_folder = name[length - 1] == '/';
    if (is_folder)
        assert_int_equal(mkdir(in_folder(name), 0777), 0);
    else
        assert_int_equal(bm_file_put(in_folder(name), "", 0, NULL), 0);
    bm_dataset_hint(dataset, folder, hint, sizeof hint);
    assert_int_equal(is_folder ? rmdir(in_folder(name)) : unlink(in_folder(name)), 0);
    return hint;
}

static void assert_says(const char *hint, const char *what)
{
    if (strstr(hint, what) == NULL)
        fail_msg("'%s' does not say '%s'", hint, what);
}

static void assert_packed_recognized(const struct bm_dataset *dataset)
{
    char unzipped[100];
    const char *gz = strstr(dataset->archive, ".gz");
    if (gz == NULL) {
        assert_says(hint_about(dataset, dataset->archive), "unzip -q ");
        return;
    }
    snprintf(unzipped, sizeof unzipped, "%.*s", (int)(gz - dataset->archive), dataset->archive);
    assert_says(hint_about(dataset, dataset->archive), "tar -xf ");
    assert_says(hint_about(dataset, unzipped), "tar -xf ");
}

static void assert_recognized(const struct bm_dataset *dataset)
{
    char below[100];
    const char *mark = dataset->mark ? dataset->mark : dataset->files ? dataset->files[0].name : "";
    const struct bm_data_form *form = dataset->other_forms;
    for (; form != NULL && form->name != NULL; form++) {
        const char *hint = hint_about(dataset, form->name);
        assert_says(hint, form->what);
        assert_says(hint, dataset->archive ? dataset->archive : mark);
        assert_says(hint, dataset->source);
    }
    if (dataset->archive != NULL)
        assert_packed_recognized(dataset);
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    snprintf(below, sizeof below, "sub/%s/", dataset->folder);
    assert_says(hint_about(dataset, below), "it is in '");
    if (mark[0] != '\0') {
        assert_says(hint_about(dataset, mark), "are there, but");
        snprintf(below, sizeof below, "sub/%s", mark);
        assert_says(hint_about(dataset, below), "/sub': name that folder");
    }
    assert_int_equal(rmdir(in_folder("sub")), 0);
}

static void other_forms_of_all_data_sets_are_recognized(void **state)
{
    (void)state;
    size_t n = 0;
    for (const struct bm_dataset *const *d = bm_datasets; *d != NULL; d++)
        if (!(*d)->generated) {
            assert_recognized(*d);
            n++;
        }
    assert_true(n > 0);
}

static void what_is_not_recognized_has_no_hint(void **state)
{
    (void)state;
    const struct bm_dataset *cifar10 = bm_dataset_find("cifar10");
    char hint[100];
    assert_string_equal(hint_about(cifar10, "readme.txt"), "");
    assert_string_equal(hint_about(cifar10, "other/"), "");
    assert_string_equal(bm_dataset_hint(cifar10, "/nonexistent", hint, sizeof hint), "");
    assert_int_equal(bm_file_put(in_folder("x"), "", 0, NULL), 0);
    assert_says(bm_dataset_hint(cifar10, in_folder("x"), hint, sizeof hint), "is a file");
    unlink(in_folder("x"));
    /* Where the folder is there, something else is wrong. */
    assert_int_equal(mkdir(in_folder("cifar-10-batches-bin"), 0777), 0);
    assert_string_equal(hint_about(cifar10, "cifar-10-batches-py/"), "");
    assert_string_equal(hint_about(cifar10, "cifar-10-binary.tar.gz"), "");
    assert_int_equal(rmdir(in_folder("cifar-10-batches-bin")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(a_file_is_the_published_one_or_is_not),
        cmocka_unit_test(other_forms_of_all_data_sets_are_recognized),
        cmocka_unit_test(what_is_not_recognized_has_no_hint),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
