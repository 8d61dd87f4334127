/* Files as memory: what may be mapped, and what is said about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/file.h"
#include "bm/map.h"

static char folder[] = "/tmp/bm-map-XXXXXX";
static char path[100];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void a_file_is_there_as_it_is(void **state)
{
    (void)state;
    struct bm_map map;
    struct bm_err err = {0};
    assert_int_equal(bm_file_put(path, "images", 6, &err), 0);
    assert_int_equal(bm_map_open(&map, path, &err), 0);
    bm_map_expect(&map);
    assert_int_equal(map.size, 6);
    assert_memory_equal(map.data, "images", 6);
    bm_map_close(&map);
    assert_null(map.data);
    assert_int_equal(bm_file_put(path, "", 0, &err), 0);
    assert_int_equal(bm_map_open(&map, path, &err), 0);
    bm_map_expect(&map);
    assert_int_equal(map.size, 0);
    assert_non_null(map.data);
    bm_map_close(&map);
    unlink(path);
}

static void assert_refused(const char *says)
{
    struct bm_map map;
    struct bm_err err = {0};
    assert_int_equal(bm_map_open(&map, path, &err), -1);
    assert_null(map.data);
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, says));
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_refused("No such file");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_refused("is not a file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_refused("is not a file");
    unlink(path);
    assert_int_equal(symlink("file", path), 0);
    assert_refused("symbolic links");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_there_as_it_is),
        cmocka_unit_test(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
