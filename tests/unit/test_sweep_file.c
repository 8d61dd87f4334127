/* Sweep files: good ones, bad ones (tests/bad/NAME.yaml, whose first line is "# expect: " and a
 * part of the message; a new case is a file), overrides, and damaged text. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "bm/sweep.h"

static void expect_failure(const char *path, const char *const *set, size_t n_set,
                           enum bm_exit code, const char *says)
{
    struct bm_sweep sweep;
    struct bm_err err = {0};
    if (bm_sweep_read(path, set, n_set, &sweep, &err) == 0)
        fail_msg("%s is read without an error", path);
    assert_null(sweep.text);
    assert_null(sweep.grid);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
    /* A form that nobody expects may be one that is not valid there. */
    if (strstr(err.text, "write ") != NULL && strstr(says, "write ") == NULL)
        fail_msg("'%s' advises what '%s' does not", err.text, says);
    assert_int_equal(err.code, code);
}

static void expect_success(const char *path, const char *const *set, size_t n_set,
                           struct bm_sweep *sweep)
{
    struct bm_err err = {0};
    if (bm_sweep_read(path, set, n_set, sweep, &err) != 0)
        fail_msg("%s", err.text);
}

/* ---- bad files -------------------------------------------------------------------------------
 */

static void check_bad_file(const char *name)
{
    char path[300], line[1200], says[1600];
    snprintf(path, sizeof path, "tests/bad/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    static const char prefix[] = "# expect: ";
    assert_int_equal(strncmp(line, prefix, strlen(prefix)), 0);
    line[strcspn(line, "\n")] = '\0';
    snprintf(says, sizeof says, "%s:%s", path, line + strlen(prefix));
    expect_failure(path, NULL, 0, BM_EXIT_DATA, says);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    DIR *folder = opendir("tests/bad");
    assert_non_null(folder);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') {
            check_bad_file(entry->d_name);
            n++;
        }
    closedir(folder);
    assert_true(n > 210);
}

/* What has no place for a comment in its first line. */
static void no_files_are_refused(void **state)
{
    (void)state;
    expect_failure("tests/bad", NULL, 0, BM_EXIT_DATA,
                   "tests/bad:1:1: cannot be read: Is a directory");
    expect_failure("tests/none.yaml", NULL, 0, BM_EXIT_DATA,
                   "tests/none.yaml:1:1: cannot be read: No such file or directory");
    expect_failure("/dev/null", NULL, 0, BM_EXIT_DATA, "/dev/null:1:1: there is nothing in it");
    expect_failure("/dev/zero", NULL, 0, BM_EXIT_DATA,
                   "/dev/zero:1:1: longer than 1048576 bytes: not a sweep file");
}

/* ---- good files ------------------------------------------------------------------------------
 */

static void assert_axes(const struct bm_grid *grid, const char *expected)
{
    char joined[500] = "";
    for (const char *const *key = bm_grid_axes(grid); *key != NULL; key++) {
        strcat(joined, *key);
        strcat(joined, " ");
    }
    assert_string_equal(joined, expected);
}

static void a_file_with_everything(void **state)
{
    (void)state;
    struct bm_sweep sweep;
    struct bm_config config;
    expect_success("tests/good/full.yaml", NULL, 0, &sweep);
    assert_string_equal(sweep.name, "diversity.2-A_b");
    assert_string_equal(sweep.results, "results/diversity.h5");
    assert_string_equal(sweep.launch.data_dir, "some where");
    assert_int_equal(sweep.launch.threads, 0);
    assert_true(sweep.launch.run_timeout == 3600);
    assert_int_equal(sweep.launch.probe_memory, 512);
    assert_axes(sweep.grid, "arch width lr batch_size diversity label_noise seed epochs ");
    assert_int_equal(bm_grid_points(sweep.grid), 2 * 2 * 4 * 2 * 4 + 2 + 2);

    /* The second point: first values of all axes but the last. */
    assert_false(bm_grid_point(sweep.grid, 1, &config)); /* none, 0 */
    assert_true(bm_grid_point(sweep.grid, 1 + 4, &config));
    assert_string_equal(config.arch, "cnn");
    assert_int_equal(config.width, 16);
    assert_true(config.lr == 1e-3);
    assert_int_equal(config.batch_size, 128);
    assert_true(config.diversity == 0);
    assert_true(config.label_noise == 1);
    assert_int_equal(config.seed, 2);
    assert_int_equal(config.train_size, 1000);
    assert_true(config.crop_ratio_max == 4.0 / 3);
    assert_string_equal(config.probes, "");
    assert_int_equal(config.probe_every, 7);
    /* The last of the grid is excluded (mlp, 42); inclusions follow. */
    assert_false(bm_grid_point(sweep.grid, 127, &config));
    assert_string_equal(config.arch, "mlp");
    assert_int_equal(config.width, 256);
    assert_true(isinf(config.diversity));
    assert_int_equal(config.seed, 42);
    assert_true(bm_grid_point(sweep.grid, 129, &config));
    assert_true(config.diversity == 64);
    assert_true(config.label_noise == 0.5);
    assert_int_equal(config.seed, 2);
    assert_string_equal(config.arch, "resnet18");
    assert_int_equal(config.width, 64);
    assert_true(bm_grid_point(sweep.grid, 131, &config));
    assert_int_equal(config.epochs, 2);
    assert_true(isinf(config.diversity));

    FILE *file = fopen("tests/good/full.yaml", "r");
    char text[4096] = "";
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_string_equal(sweep.text, text);
    bm_sweep_fini(&sweep);
}

/* All sweep files of a folder; how many there are. */
static size_t check_sweeps(const char *name)
{
    DIR *folder = opendir(name);
    assert_non_null(folder);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[300];
        struct bm_sweep sweep;
        const char *ending = strrchr(entry->d_name, '.');
        if (ending == NULL || strcmp(ending, ".yaml") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
        expect_success(path, NULL, 0, &sweep);
        for (uint64_t point = 0; point < bm_grid_points(sweep.grid); point++) {
            struct bm_config config;
            struct bm_err err = {0};
            if (bm_grid_point(sweep.grid, point, &config) && bm_config_check(&config, &err) != 0)
                fail_msg("%s: %s", path, err.text);
        }
        bm_sweep_fini(&sweep);
        n++;
    }
    closedir(folder);
    return n;
}

static void committed_sweeps_are_valid(void **state)
{
    (void)state;
    assert_true(check_sweeps("sweeps") > 0);
    assert_true(check_sweeps("sweeps/paper") > 0);
}

/* ---- short texts -----------------------------------------------------------------------------
 */

static char scratch[40]; /* path of a file in memory */

static int make_scratch(void **state)
{
    (void)state;
    int descriptor = memfd_create("sweep", 0);
    snprintf(scratch, sizeof scratch, "/proc/self/fd/%d", descriptor);
    return descriptor < 0 ? -1 : 0;
}

static const char *write_scratch(const char *text, size_t size)
{
    FILE *file = fopen(scratch, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return scratch;
}

static void points_without_axes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned points;
    } cases[] = {
        {"", 1},
        {"grid: {}", 1},
        {"zip: []", 1},
        {"zip: [{}]", 1},
        {"include: []", 1},
        {"exclude: [{seed: 42}]", 1},
        {"include: [{seed: 1}, {}]", 2},
        {"grid: {seed: [7]}\ninclude: [{seed: 1}]", 2},
        {"grid: {seed: [5, 7..9], data_seed: 0..0}", 4},
        {"fixed: {classes: [cat, dog]}", 1},
        {"grid: {classes: [2, 5, [cat, dog], all]}", 4},
        {"grid: {classes: [[cat, dog], [dog, cow]]}\nexclude: [{classes: [dog, cat]}]", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        struct bm_sweep sweep;
        int length = snprintf(text, sizeof text, "name: x\nresults: x.h5\n%s\n", cases[i].text);
        expect_success(write_scratch(text, (size_t)length), NULL, 0, &sweep);
        assert_int_equal(bm_grid_points(sweep.grid), cases[i].points);
        bm_sweep_fini(&sweep);
    }
}

static void other_encodings_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
    } cases[] = {
        {"\xff\xfen\0a\0", 6, "UTF-16"},      {"\xfe\xff\0n\0a", 6, "UTF-16"},
        {"n\0a\0m\0", 6, "UTF-16"},           {"\0n\0a\0m", 6, "UTF-16"},
        {"\xff\xfe\0\0n\0\0\0", 8, "UTF-32"}, {"\0\0\xfe\xff\0\0\0n", 8, "UTF-32"},
        {"n\0\0\0a\0\0\0", 8, "UTF-32"},      {"\0\0\0n\0\0\0a", 8, "UTF-32"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char says[100];
        snprintf(says, sizeof says, "%s:1:1: this is %s: save the file as UTF-8",
                 write_scratch(cases[i].bytes, cases[i].size), cases[i].name);
        expect_failure(scratch, NULL, 0, BM_EXIT_DATA, says);
    }
    static const char hdf5[] = "\x89HDF\r\n\x1a\n";
    expect_failure(write_scratch(hdf5, sizeof hdf5 - 1), NULL, 0, BM_EXIT_DATA,
                   ":1:1: this is an HDF5 file; bm-results looks at results");
    /* another encoding whose first bytes are ASCII's */
    static const char latin1[] = "name: x\nresults: \xe9.h5\n";
    expect_failure(write_scratch(latin1, sizeof latin1 - 1), NULL, 0, BM_EXIT_DATA,
                   ":2:11: not UTF-8 (invalid trailing UTF-8 octet): save the file in that");
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\xef\xbb\xbfname: x\nresults: x.h5\n",
        "\xef\xbb\xbf# a comment\nname: x\nresults: x.h5\n",
        "\xef\xbb\xbf---\r\nname: x\r\nresults: x.h5\r\n",
        "\xef\xbb\xbf{name: x, results: x.h5}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bm_sweep sweep;
        expect_success(write_scratch(texts[i], strlen(texts[i])), NULL, 0, &sweep);
        assert_string_equal(sweep.name, "x");
        assert_string_equal(sweep.text, texts[i]);
        bm_sweep_fini(&sweep);
    }
    static const char wrong[] = "\xef\xbb\xbfnam: x\n";
    expect_failure(write_scratch(wrong, sizeof wrong - 1), NULL, 0, BM_EXIT_DATA,
                   ":1:1: unknown key 'nam'; did you mean 'name'?");
    static const char alone[] = "\xef\xbb\xbf";
    expect_failure(write_scratch(alone, 3), NULL, 0, BM_EXIT_DATA, ":1:1: there is nothing in it");
}

static void emptied_sections_are_empty(void **state)
{
    (void)state;
    static const char start[] = "name: x\nresults: x.h5\n";
    static const struct {
        const char *rest;
        unsigned points;
    } cases[] = {
        {"run:\n", 1},
        {"run:\n#  threads: 2\nfixed:\n  # lr: 1\ngrid:\nzip:\nexclude:\ninclude:\n", 1},
        {"run: ~\nfixed: null\ngrid: {seed: 1..3}\n", 3},
        {"exclude:\n#  - {seed: 1}\ngrid: {seed: 1..3}\n", 3},
        {"grid:\n#  seed: 1..9\ninclude: [{seed: 1..2}]\n", 2},
        {"zip:\n#  - {seed: 1..9}\ngrid: {seed: 1..2}\n", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct bm_sweep sweep;
        int length = snprintf(text, sizeof text, "%s%s", start, cases[i].rest);
        expect_success(write_scratch(text, (size_t)length), NULL, 0, &sweep);
        assert_int_equal(bm_grid_points(sweep.grid), cases[i].points);
        bm_sweep_fini(&sweep);
    }
    static const char *const set[] = {"seed=[1,2]", "threads=2", "lr=1"};
    struct bm_sweep sweep;
    static const char emptied[] = "name: x\nresults: x.h5\nrun:\nfixed:\ngrid:\n";
    expect_success(write_scratch(emptied, sizeof emptied - 1), set, 3, &sweep);
    assert_int_equal(bm_grid_points(sweep.grid), 2);
    bm_sweep_fini(&sweep);
}

/* ---- paths ---- */

static void paths_are_expanded(void **state)
{
    (void)state;
    setenv("HOME", "/home/me", 1);
    setenv("SCRATCH", "/scratch/a b", 1);
    static const struct {
        const char *written, *results;
    } cases[] = {
        {"~/x.h5", "/home/me/x.h5"},
        {"'~'", "/home/me"},
        {"~root/x.h5", "/root/x.h5"},
        {"./~/x.h5", "./~/x.h5"},
        {"a/~/x.h5", "a/~/x.h5"},
        {"$SCRATCH/x.h5", "/scratch/a b/x.h5"},
        {"\"${SCRATCH}/$HOME.h5\"", "/scratch/a b//home/me.h5"},
        {"a$$b$$.h5", "a$b$.h5"},
        {"$$HOME/x.h5", "$HOME/x.h5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct bm_sweep sweep;
        int length = snprintf(text, sizeof text, "name: x\nresults: %s\nrun: {data_dir: %s}\n",
                              cases[i].written, cases[i].written);
        expect_success(write_scratch(text, (size_t)length), NULL, 0, &sweep);
        assert_string_equal(sweep.results, cases[i].results);
        assert_string_equal(sweep.launch.data_dir, cases[i].results);
        assert_string_equal(sweep.text, text); /* what is recorded stays as it is written */
        bm_sweep_fini(&sweep);
    }
    static const char *const set[] = {"results=~/y.h5", "data_dir=$SCRATCH/d"};
    static const char text[] = "name: x\nresults: x.h5\n";
    struct bm_sweep sweep;
    expect_success(write_scratch(text, sizeof text - 1), set, 2, &sweep);
    assert_string_equal(sweep.results, "/home/me/y.h5");
    assert_string_equal(sweep.launch.data_dir, "/scratch/a b/d");
    bm_sweep_fini(&sweep);
}

static void results_are_not_put_over_other_files(void **state)
{
    (void)state;
    static const char signature[] = "\x89HDF\r\n\x1a\n and more";
    char folder[] = "/tmp/bm-results-XXXXXX", path[100], journal[100], text[300], says[300];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.h5", folder);
    snprintf(text, sizeof text, "name: x\nresults: %s\n", path);
    static const struct {
        const char *bytes;
        size_t size;
        bool has_journal, is_refused;
    } cases[] = {
        {"", 0, false, false}, /* somebody's `touch` */
        {"notes\n", 6, false, true},
        {"{\"a\": 1}\n12345678", 17, false, true},
        {signature, 4, false, true},
        {signature, sizeof signature, false, false}, /* the store knows whose it is */
        {"notes\n", 6, true, false},                 /* a damaged one of ours: the store, too */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_sweep sweep;
        FILE *file = fopen(path, "w");
        assert_int_equal(fwrite(cases[i].bytes, 1, cases[i].size, file), cases[i].size);
        fclose(file);
        snprintf(journal, sizeof journal, "%s.d", path);
        if (cases[i].has_journal) {
            assert_int_equal(mkdir(journal, 0777), 0);
            strcat(journal, "/journal.0");
            fclose(fopen(journal, "w"));
        }
        write_scratch(text, strlen(text));
        if (cases[i].is_refused) {
            snprintf(says, sizeof says, ":2:10: results: '%s' is not a results file: it is left",
                     path);
            expect_failure(scratch, NULL, 0, BM_EXIT_DATA, says);
        } else {
            expect_success(scratch, NULL, 0, &sweep);
            bm_sweep_fini(&sweep);
        }
    }
    snprintf(text, sizeof text, "rm -r %s", folder);
    assert_int_equal(system(text), 0);
}

/* The first number of neighbours is the one that there was before there were several. */
static void neighbours_are_a_number_or_a_list(void **state)
{
    (void)state;
    static const struct {
        const char *fixed, *set;
        int64_t k;
        const char *also;
    } cases[] = {
        {"", NULL, 20, ""},
        {"knn_k: 7", NULL, 7, ""},
        {"knn_k: [7]", NULL, 7, ""},
        {"knn_k: [20, 100, 1, 5]", NULL, 20, "1,5,100"},
        {"knn_k: [3, 2e2]", NULL, 3, "200"},
        {"knn_also: [5, 1]", NULL, 20, "1,5"},
        {"knn_k: 7, knn_also: [5, 1]", NULL, 7, "1,5"},
        {"knn_k: [20, 1]", "knn_k=[9,5]", 9, "5"},
        {"knn_k: [20, 1]", "knn_k=9", 9, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        struct bm_sweep sweep;
        struct bm_config config;
        snprintf(text, sizeof text, "name: x\nresults: x.h5\nfixed: {%s}\n", cases[i].fixed);
        write_scratch(text, strlen(text));
        expect_success(scratch, &cases[i].set, cases[i].set != NULL, &sweep);
        assert_true(bm_grid_point(sweep.grid, 0, &config));
        assert_int_equal(config.knn_k, cases[i].k);
        assert_string_equal(config.knn_also, cases[i].also);
        bm_sweep_fini(&sweep);
    }
}

static const char short_file[] = "name: x\nresults: x.h5\nfixed: {lr: 1}\n"
                                 "zip: {arch: [cnn, mlp], width: [1, 2]}\n"
                                 "grid: {seed: [1, 2, 3], epochs: [5, 6]}\n";

static void overrides(void **state)
{
    (void)state;
    static const struct {
        const char *set[3];
        unsigned points;
        const char *axes;
    } cases[] = {
        {{"lr=2"}, 12, "arch width seed epochs "},
        {{"lr=[1,2]"}, 24, "arch width seed epochs lr "},
        {{"seed=9"}, 4, "arch width epochs "},
        {{"seed=5..8"}, 16, "arch width seed epochs "},
        {{"seed=[1,2]", "seed=9"}, 4, "arch width epochs "},
        {{"width=[3, 4]"}, 12, "arch width seed epochs "},
        {{"width=3"}, 12, "arch seed epochs "},
        {{"width=3", "arch=mlp"}, 6, "seed epochs "},
        {{"batch_size=[1,2]"}, 24, "arch width seed epochs batch_size "},
        {{"probes=[]", "threads=3", "knn_k=7"}, 12, "arch width seed epochs "},
        {{"classes=[cat,dog]"}, 12, "arch width seed epochs "},
        {{"classes=[[cat,dog],5]"}, 24, "arch width seed epochs classes "},
        {{"knn_k=[7,1,5]"}, 12, "arch width seed epochs "},
        {{"name=y", "results=other/y.h5", "data_dir=''"}, 12, "arch width seed epochs "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_sweep sweep;
        size_t n_set = 0;
        while (n_set < 3 && cases[i].set[n_set] != NULL)
            n_set++;
        expect_success(write_scratch(short_file, sizeof short_file - 1), cases[i].set, n_set,
                       &sweep);
        assert_int_equal(bm_grid_points(sweep.grid), cases[i].points);
        assert_axes(sweep.grid, cases[i].axes);
        assert_string_equal(sweep.text, short_file);
        bm_sweep_fini(&sweep);
    }
}

static void overrides_reach_their_settings(void **state)
{
    (void)state;
    static const char *const set[] = {"lr=1/8",    "seed=9",    "width=3", "probes=[]",
                                      "threads=3", "results=y", "name=z",  "norm=none"};
    struct bm_sweep sweep;
    struct bm_config config;
    expect_success(write_scratch(short_file, sizeof short_file - 1), set, sizeof set / sizeof *set,
                   &sweep);
    assert_true(bm_grid_point(sweep.grid, 0, &config));
    assert_true(config.lr == 0.125);
    assert_int_equal(config.seed, 9);
    assert_int_equal(config.width, 3);
    assert_string_equal(config.probes, "");
    assert_int_equal(config.norm, BM_NORM_NONE);
    assert_int_equal(sweep.launch.threads, 3);
    assert_string_equal(sweep.results, "y");
    assert_string_equal(sweep.name, "z");
    bm_sweep_fini(&sweep);
}

static void bad_overrides_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        enum bm_exit code;
        const char *says;
    } cases[] = {
        {"lr=fast", BM_EXIT_DATA, "--set lr=fast: lr: 'fast' is not a number (valid: "},
        {"lr=[1,fast]", BM_EXIT_DATA, "--set lr=[1,fast]: lr: 'fast' is not a number"},
        {"lr=", BM_EXIT_DATA, "--set lr=: there is nothing in it"},
        {"lr={a: 1}", BM_EXIT_DATA, "--set lr={a: 1}: lr: expected a value, not a mapping"},
        {"lr=[1", BM_EXIT_DATA, "--set lr=[1: not YAML: "},
        {"lr=*a", BM_EXIT_DATA, "--set lr=*a: aliases (*name) are not supported"},
        {"seed=1,2", BM_EXIT_DATA, "(write --set 'seed=[1, 2]')"},
        {"lr={values: [1, 2]}", BM_EXIT_DATA, "(write --set 'lr=[1, 2]')"},
        {"seed=1 2;3", BM_EXIT_DATA, "seed: '1 2;3' is not a whole number"},
        {"seed=1..3;7", BM_EXIT_DATA, "(write --set 'seed=[1..3, 7]')"},
        {"probes=rank,knn", BM_EXIT_DATA, "not a value (write --set 'probes=[rank, knn]')"},
        {"seed=range(3)", BM_EXIT_DATA, "(write --set 'seed=0..2')"},
        {"probes=kNN", BM_EXIT_DATA, "not a value (write --set 'probes=[knn]')"},
        {"lr=0,5", BM_EXIT_DATA, "(write --set 'lr=0.5')"},
        {"lr=\u201c1\u201d", BM_EXIT_DATA,
         "--set lr=\u201c1\u201d: a quotation mark (U+201C) in the place of '\"': write lr=\"1\""},
        {"s\u0435ed=1", BM_EXIT_DATA,
         "a Cyrillic letter (U+0435) in the place of 'e': write seed=1"},
        {"workers=1", BM_EXIT_DATA, "unknown setting 'workers'; did you mean 'threads'?"},
        {"fixed.lr=1", BM_EXIT_DATA, "unknown setting 'fixed.lr'; did you mean 'lr'?"},
        {"lr =1", BM_EXIT_DATA, "unknown setting 'lr '; did you mean 'lr'?"},
        {"results=", BM_EXIT_DATA, "--set results=: there is nothing in it"},
        {"results=''", BM_EXIT_DATA, "--set results='': results: there is no value"},
        {"results=/dev/null", BM_EXIT_DATA,
         "--set results=/dev/null: results: '/dev/null' is a device or pipe"},
        {"results=$BM_NOT_SET", BM_EXIT_DATA, "$BM_NOT_SET is not set"},
        {"sed=1", BM_EXIT_DATA, "--set sed=1: unknown setting 'sed'; did you mean 'seed'?"},
        {"thread=1", BM_EXIT_DATA, "unknown setting 'thread'; did you mean 'threads'?"},
        {"threads=0", BM_EXIT_DATA, "--set threads=0: threads: '0' is out of bounds"},
        {"threads=[1,2]", BM_EXIT_DATA, "threads: expected a value, not a list"},
        {"probe_pool=[1,2]", BM_EXIT_DATA,
         "probe_pool: expected one value; what is measured is the same"},
        {"knn_k=[1,4]", BM_EXIT_DATA, "--set knn_k=[1,4]: knn_k: '4' cannot stand behind"},
        {"width=[1,2,3]", BM_EXIT_DATA, "width: 3 values advance together with the 2 of arch"},
        {"name=a b", BM_EXIT_DATA, "--set name=a b: name: 'a b' has other characters"},
        {"results=[1]", BM_EXIT_DATA, "--set results=[1]: results: expected a value, not a list"},
        {"lr", BM_EXIT_USAGE, "--set lr: expected key=value"},
        {"=1", BM_EXIT_USAGE, "--set =1: expected key=value"},
    };
    write_scratch(short_file, sizeof short_file - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_failure(scratch, &cases[i].set, 1, cases[i].code, cases[i].says);
}

/* ---- damage ----------------------------------------------------------------------------------
 */

/* Reads what may be good or bad; either way the outcome has to be whole. */
static void read_damaged(const char *text, size_t size)
{
    struct bm_sweep sweep;
    struct bm_err err = {0};
    if (bm_sweep_read(write_scratch(text, size), NULL, 0, &sweep, &err) != 0) {
        assert_int_equal(err.code, BM_EXIT_DATA);
        assert_int_equal(strncmp(err.text, scratch, strlen(scratch)), 0);
        return;
    }
    uint64_t points = bm_grid_points(sweep.grid);
    for (uint64_t point = 0; point < points; point += 1 + points / 50) {
        struct bm_config config;
        bm_grid_point(sweep.grid, point, &config);
    }
    bm_sweep_fini(&sweep);
}

static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    char text[4096], damaged[sizeof text];
    FILE *file = fopen("tests/good/full.yaml", "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(size > 500 && size < sizeof text);
    for (size_t prefix = 0; prefix < size; prefix++)
        read_damaged(text, prefix);
    static const char bytes[] = "\0\n\t :,.-#&*!|>'\"%@[]{}9a\xff";
    for (size_t i = 0; i < size; i++)
        for (size_t b = 0; b < 6; b++) {
            memcpy(damaged, text, size);
            damaged[i] = bytes[(i + 4 * b) % (sizeof bytes - 1)];
            read_damaged(damaged, size);
        }
}

/* What looks for reasons reads text that is no YAML. */
static void damaged_bad_files_do_no_harm(void **state)
{
    (void)state;
    static const char bytes[] = "\0 :=-#/,{[(}\"'9\xff";
    DIR *folder = opendir("tests/bad");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[300], text[2048];
        snprintf(path, sizeof path, "tests/bad/%s", entry->d_name);
        bool is_large = strncmp(entry->d_name, "points-", 7) == 0 || /* grids of millions */
                        strcmp(entry->d_name, "range-large.yaml") == 0;
        FILE *file = entry->d_name[0] != '.' && !is_large ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        size_t size = fread(text, 1, sizeof text, file);
        fclose(file);
        const char *begin = memchr(text, '\n', size); /* behind what is expected */
        size_t head = begin != NULL ? (size_t)(begin + 1 - text) : 0;
        for (size_t i = head + size % 5; i < size; i += 5) {
            char was = text[i];
            read_damaged(text + head, i - head);
            text[i] = bytes[(i * 7 + size) % (sizeof bytes - 1)];
            read_damaged(text + head, size - head);
            text[i] = was;
        }
    }
    closedir(folder);
}

int main(void)
{
    setenv("HOME", "/home/me", 1); /* files name it, and it need not be there */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(no_files_are_refused),
        cmocka_unit_test(a_file_with_everything),
        cmocka_unit_test(committed_sweeps_are_valid),
        cmocka_unit_test(points_without_axes),
        cmocka_unit_test(other_encodings_are_refused),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(emptied_sections_are_empty),
        cmocka_unit_test(paths_are_expanded),
        cmocka_unit_test(results_are_not_put_over_other_files),
        cmocka_unit_test(neighbours_are_a_number_or_a_list),
        cmocka_unit_test(overrides),
        cmocka_unit_test(overrides_reach_their_settings),
        cmocka_unit_test(bad_overrides_are_refused),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(damaged_bad_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, make_scratch, NULL);
}
