/* Fetching data sets, from a server on loopback: whole, resumed, with a wrong digest, without a
 * server. */
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bm/md5.h"
#include "look/look.h"
#include "scratch.h"

extern char **environ;

static char md5[BM_MD5_TEXT], address[60];
static pid_t server;

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
    char command[2000];
    va_list args;
    int n = snprintf(command, sizeof command, "cd '%s' && ", root);
    va_start(args, format);
    vsnprintf(command + n, sizeof command - (size_t)n, format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

/* An archive of 100 kB, and a server for it. */
static void serve(const char *option)
{
    char script[] = "tests/loopback.py", folder[300], log[300], line[20] = "";
    char *words[] = {script, folder, log, option[0] ? (char *)option : NULL, NULL};
    int ends[2];
    posix_spawn_file_actions_t actions;
    run("mkdir -p served/small data && head -c 100000 /dev/urandom >served/small/x");
    run("cd served && tar -czf small.tar.gz small && printf abc >small.txt");
    snprintf(folder, sizeof folder, "%s/served", root);
    snprintf(log, sizeof log, "%s/log", root);
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    assert_int_equal(posix_spawn(&server, script, &actions, NULL, words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (size_t n = 0; strchr(line, '\n') == NULL; n++)
        assert_true(read(ends[0], line + n, 1) == 1 && n < sizeof line - 2);
    close(ends[0]);
    snprintf(address, sizeof address, "http://127.0.0.1:%d/", atoi(line));
    assert_int_equal(bm_md5_file(path_of("served/small.tar.gz"), md5, NULL), 0);
}

static int stop(void **state)
{
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    server = 0;
    return remove_root(state);
}

static const struct bm_data_download downloads[] = {{"small.tar.gz", address, md5}, {0}};
static const struct bm_dataset small = {.name = "small",
                                        .help = "little",
                                        .folder = "small",
                                        .archive = "small.tar.gz",
                                        .downloads = downloads};

static int fetch(const struct bm_dataset *dataset, struct bm_err *err)
{
    return bm_look_fetch(dataset, path_of("data"), NULL, err);
}

static void assert_fetched(void)
{
    struct bm_err err = {0};
    if (fetch(&small, &err) != 0)
        fail_msg("%s", err.text);
    run("cmp served/small/x data/small/x && [ ! -e data/small.tar.gz.part ]");
    run("[ \"$(ls -A data | tr '\\n' ' ')\" = 'small small.tar.gz ' ]");
}

static void assert_fails(const struct bm_dataset *dataset, enum bm_exit code, const char *says)
{
    struct bm_err err = {0};
    assert_int_equal(fetch(dataset, &err), -1);
    assert_int_equal(err.code, code);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
}

static void what_is_there_is_not_fetched_again(void **state)
{
    (void)state;
    serve("");
    assert_fetched();
    assert_fetched();
    run("[ \"$(wc -l <log)\" = 1 ]");
    run("rm -r data/small"); /* is unpacked again */
    assert_fetched();
    run("[ \"$(wc -l <log)\" = 1 ]");
}

static void a_download_goes_on_where_it_ended(void **state)
{
    (void)state;
    serve("");
    run("head -c 60000 served/small.tar.gz >data/small.tar.gz.part");
    assert_fetched();
    run("grep -q '^60000 ' log");
}

static void a_server_without_ranges_begins_again(void **state)
{
    (void)state;
    serve("--no-ranges");
    run("head -c 60000 served/small.tar.gz >data/small.tar.gz.part");
    assert_fetched();
}

static void a_wrong_digest_is_refused(void **state)
{
    (void)state;
    serve("");
    md5[0] = md5[0] == '0' ? '1' : '0';
    assert_fails(&small, BM_EXIT_DATA, "small.tar.gz is not the published file (MD5 ");
    run("[ -z \"$(ls -A data)\" ]");
    run("cp served/small.tar.gz data/");
    assert_fails(&small, BM_EXIT_DATA, "remove it first");
    run("[ -e data/small.tar.gz ] && [ ! -e data/small ]");
}

static void without_a_server_it_says_what_goes_where(void **state)
{
    (void)state;
    char says[400];
    serve("");
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    server = 0;
    snprintf(says, sizeof says, "put small.tar.gz (MD5 %s) into '%s/data'", md5, root);
    assert_fails(&small, BM_EXIT_IO, says);
    run("cp served/small.tar.gz data/"); /* brought by other means */
    assert_fetched();
}

static void files_that_are_no_archive_go_to_the_folder(void **state)
{
    (void)state;
    static const struct bm_data_download text[] = {
        {"small.txt", address, "900150983cd24fb0d6963f7d28e17f72"}, {"none.txt", address, ""}, {0}};
    const struct bm_dataset texts = {.name = "texts", .folder = "texts", .downloads = text};
    serve("");
    assert_fails(&texts, BM_EXIT_IO, "/none.txt (curl: ");
    run("cmp served/small.txt data/texts/small.txt");
    assert_fails(bm_dataset_find("synthetic"), BM_EXIT_USAGE, "there is nothing to fetch");
    struct bm_err err = {0};
    assert_int_equal(bm_look_fetch(&texts, path_of("data"), "", &err), -1);
    assert_int_equal(err.code, BM_EXIT_USAGE);
}

static void a_damaged_archive_leaves_nothing(void **state)
{
    (void)state;
    serve("");
    run("cd served && truncate -s 50000 small.tar.gz");
    assert_int_equal(bm_md5_file(path_of("served/small.tar.gz"), md5, NULL), 0);
    assert_fails(&small, BM_EXIT_IO, "cannot unpack '");
    run("[ \"$(ls -A data)\" = small.tar.gz ]");
}

int main(void)
{
    setenv("no_proxy", "127.0.0.1", 1);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, stop)
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_is_not_fetched_again),
        TEST(a_download_goes_on_where_it_ended),
        TEST(a_server_without_ranges_begins_again),
        TEST(a_wrong_digest_is_refused),
        TEST(without_a_server_it_says_what_goes_where),
        TEST(files_that_are_no_archive_go_to_the_folder),
        TEST(a_damaged_archive_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
