/* Sets of image files: which entries are classes and images, what they are numbered by, what is
 * refused, and the packed file between the files and the trainers. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "dataset/common/packed.h"
#include "scratch.h"

enum { SIDE = 6 };

/* Three classes, of which C is the first in byte order; red tells where an image comes from: 10
 * times the class's number, and the number of the image; 100 more in the test half. */
static void make_folder(void)
{
    static const char *const classes[] = {"Cow", "ant", "b d"};
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 3; i++) {
            int red = 10 * c + i;
            put_image(path_of("train/%s/%d.%s", classes[c], i, i == 1 ? "PNG" : "png"), SIDE, SIDE,
                      (unsigned char)red);
        }
        put_image(path_of("test/%s/x.jpeg", classes[c]), SIDE, SIDE, (unsigned char)(100 + 10 * c));
    }
}

static int packed_files(char *first, size_t size)
{
    char command[300];
    int n = 0;
    snprintf(command, sizeof command, "ls '%s/cache'", root);
    FILE *list = popen(command, "r");
    char line[300];
    while (fgets(line, sizeof line, list) != NULL)
        if (strstr(line, ".pack\n") != NULL) {
            line[strlen(line) - 1] = '\0';
            snprintf(first, size, "%s/cache/%s", root, line);
            n++;
        }
    pclose(list);
    return n;
}

/* ---- names ---- */

static void classes_are_numbered_by_the_training_half(void **state)
{
    (void)state;
    make_folder();
    struct bm_data data = opened("folder", 0, NULL);
    assert_int_equal(data.facts.classes, 3);
    assert_string_equal(data.class_names[0], "Cow");
    assert_string_equal(data.class_names[1], "ant");
    assert_string_equal(data.class_names[2], "b d");
    assert_int_equal(data.facts.shape.channels, 3);
    assert_int_equal(data.facts.shape.height, SIDE);
    assert_int_equal(data.train.n, 9);
    assert_int_equal(data.test.n, 3);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(data.train.index[i], i);
        assert_int_equal(data.train.truth[i], i / 3);
        assert_int_equal(data.train.pixels[i][0], 10 * (i / 3) + i % 3);
        assert_int_equal(data.train.pixels[i][SIDE * SIDE + 5], 5);
        assert_int_equal(data.train.pixels[i][2 * SIDE * SIDE], 200);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(data.test.truth[i], i);
        assert_int_equal(data.test.pixels[i][0], 100 + 10 * i);
    }
    bm_data_close(&data);
}

static void what_is_no_image_is_counted(void **state)
{
    (void)state;
    make_folder();
    put_image(path_of("train/Cow/.hidden.png"), SIDE, SIDE, 99);
    put_image(path_of("train/.ipynb_checkpoints/a.png"), SIDE, SIDE, 99);
    put(path_of("train/Cow/notes.txt"), "x", 1);
    put(path_of("train/Cow/more.txt"), "x", 1);
    put(path_of("test/ant/README"), "x", 1);
    put(path_of("test/list.csv"), "x", 1);
    put_image(path_of("train/Cow/below/a.png"), SIDE, SIDE, 99);
    assert_int_equal(symlink("0.png", path_of("train/Cow/link.png")), 0);
    struct bm_data data = opened("folder", 0, NULL);
    assert_int_equal(data.train.n, 10); /* the link is one more */
    assert_string_equal(data.facts.catalog->remarks,
                        "5 entries are no images: 1 folders, 2 .txt, 1 without ending, 1 .csv\n");
    bm_data_close(&data);
}

static void halves_that_do_not_agree_are_refused(void **state)
{
    (void)state;
    assert_refused("folder", 0, "train");
    make_folder();
    put_image(path_of("test/dog/a.png"), SIDE, SIDE, 1);
    assert_refused("folder", 0, "/test' has a class 'dog', which");
    put_image(path_of("train/dog/a.png"), SIDE, SIDE, 1);
    assert_int_equal(unlink(path_of("test/dog/a.png")), 0);
    assert_refused("folder", 0, "test/dog' has no image");
    assert_int_equal(rmdir(path_of("test/dog")), 0);
    assert_refused("folder", 0, "/train' has a class 'dog', which");
}

/* ---- content ---- */

static void what_is_no_picture_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *says;
    } cases[] = {
        {"", "/train/ant/9.png': neither JPEG nor PNG: it is empty"},
        {"GIF89a", "it is a GIF"},
        {"BM6", "it is a BMP"},
        {"RIFF1234WEBPVP8 ", "it is a WebP"},
        {" \n<!DOCTYPE html>", "it is a web page or SVG"},
        {"version https://git-lfs", "it is a pointer of Git LFS"},
        {"hello", "it is something else"},
        {"\377\330\377\340", "a damaged JPEG (libjpeg: "},
        {"\211PNG\r\n\032\n", "a damaged PNG (libpng: it is cut off)"},
    };
    make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(path_of("train/ant/9.png"), cases[i].bytes, strlen(cases[i].bytes));
        assert_refused("folder", 0, cases[i].says);
    }
}

static void cut_off_pictures_are_refused(void **state)
{
    (void)state;
    unsigned char *data;
    size_t size;
    make_folder();
    assert_int_equal(bm_file_read(path_of("train/ant/1.PNG"), &data, &size, NULL), 0);
    for (size_t left = 8; left < size; left += 7) {
        put(path_of("train/ant/1.PNG"), data, left);
        assert_refused("folder", 0, "train/ant/1.PNG': a damaged PNG");
    }
    free(data);
}

static void sizes_that_differ_need_one(void **state)
{
    (void)state;
    make_folder();
    put_image(path_of("train/ant/1.PNG"), 8, 12, 77);
    assert_refused("folder", 0, "image_size has to say");
    struct bm_data data = opened("folder", 8, NULL), small = opened("folder", 5, NULL);
    assert_int_equal(data.facts.shape.height, 8);
    assert_int_equal(small.facts.shape.height, 5);
    assert_int_equal(data.train.pixels[4][0], 77);
    assert_int_equal(data.train.pixels[4][64], 2); /* the centre: columns 2 to 9 */
    assert_non_null(
        strstr(data.facts.catalog->remarks, "12 of another size or not square, resized to 8 x 8"));
    assert_int_equal(bm_id_compare(&data.seal.digest, &small.seal.digest), 0);
    bm_data_close(&data);
    bm_data_close(&small);
}

static void images_of_one_size_stay_as_stored(void **state)
{
    (void)state;
    make_folder();
    struct bm_data data = opened("folder", 4, NULL);
    assert_int_equal(data.facts.shape.height, SIDE);
    bm_data_close(&data);
}

/* ---- the packed file ---- */

static void flip(const char *path, long at)
{
    int file = open(path, O_RDWR);
    unsigned char byte;
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

/* In a process of its own, which does not know what was found before; its inode, 0: failed. */
static ino_t opened_apart(const struct bm_seal *seal)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct bm_data data;
        struct bm_err err = {0};
        if (open_set("folder", 0, seal, &data, &err) != 0)
            fprintf(stderr, "%s\n", err.text);
        _exit(err.text[0] != '\0' || data.train.n != 9 || data.train.pixels[3][0] != 10);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    char path[400];
    struct stat info;
    return status == 0 && packed_files(path, sizeof path) == 1 && stat(path, &info) == 0
               ? info.st_ino
               : 0;
}

static void the_packed_file_is_made_once(void **state)
{
    (void)state;
    enum { N = 8 };
    pid_t children[N];
    ino_t *seen =
        mmap(NULL, N * sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(seen != MAP_FAILED);
    make_folder();
    for (int i = 0; i < N; i++)
        if ((children[i] = fork()) == 0) {
            struct bm_data data;
            struct bm_err err = {0};
            char path[400];
            struct stat info;
            if (open_set("folder", 0, NULL, &data, &err) != 0)
                fprintf(stderr, "%s\n", err.text);
            else if (packed_files(path, sizeof path) == 1 && stat(path, &info) == 0)
                seen[i] = info.st_ino;
            _exit(0);
        }
    for (int i = 0; i < N; i++)
        assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
    for (int i = 0; i < N; i++)
        assert_true(seen[i] != 0 && seen[i] == seen[0]);
    assert_true(opened_apart(NULL) == seen[0]);
    munmap(seen, N * sizeof *seen);
}

static void damaged_and_stale_files_are_made_anew(void **state)
{
    (void)state;
    make_folder();
    ino_t made = opened_apart(NULL);
    char path[400];
    struct stat info;
    assert_int_equal(packed_files(path, sizeof path), 1);
    assert_int_equal(stat(path, &info), 0);
    const long places[] = {0, 8, 4096, 4096 + 12 * 3 * SIDE * SIDE - 1, (long)info.st_size - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        flip(path, places[i]);
        ino_t again = opened_apart(NULL);
        assert_true(again != 0 && again != made);
        made = again;
    }
    assert_int_equal(truncate(path, info.st_size - 10), 0);
    assert_true(opened_apart(NULL) != made);
    made = opened_apart(NULL);
    put_image(path_of("train/ant/1.PNG"), SIDE, SIDE, 50); /* other times */
    assert_true(opened_apart(NULL) != made);
    struct bm_data data = opened("folder", 0, NULL);
    assert_int_equal(data.train.pixels[4][0], 50);
    bm_data_close(&data);
}

/* What others wrote, whose program or decoders were of another version, with sums that are right.
 */
static void files_of_another_version_are_made_anew(void **state)
{
    (void)state;
    make_folder();
    assert_true(opened_apart(NULL) != 0);
    char path[400];
    unsigned char *data;
    size_t size;
    uint64_t header_size;
    struct stat info;
    assert_int_equal(packed_files(path, sizeof path), 1);
    assert_int_equal(bm_file_read(path, &data, &size, NULL), 0);
    memcpy(&header_size, data + 16, sizeof header_size);
    unsigned char *header = data + size - header_size;
    unsigned char *version = memmem(header, header_size, "1, libjpeg", 10);
    assert_non_null(version);
    *version = '0';
    const uint64_t checksum = bm_checksum(header, header_size);
    memcpy(data + 24, &checksum, sizeof checksum);
    put(path, data, size);
    free(data);
    assert_int_equal(stat(path, &info), 0);
    ino_t again = opened_apart(NULL);
    assert_true(again != 0 && again != info.st_ino);
    assert_true(opened_apart(NULL) == again);
}

static void stop_packing(int signal)
{
    (void)signal;
    kill(getpid(), SIGKILL);
}

/* Killed at any moment: a limit of the CPU's time would be too coarse, one of the size of files
 * comes at a byte. */
static void a_builder_that_is_killed_leaves_nothing_that_counts(void **state)
{
    (void)state;
    make_folder();
    for (rlim_t bytes = 1; bytes < 7000; bytes += 700) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            struct bm_data data;
            const struct rlimit limit = {bytes, bytes};
            signal(SIGXFSZ, stop_packing);
            setrlimit(RLIMIT_FSIZE, &limit);
            open_set("folder", 0, NULL, &data, NULL);
            _exit(0);
        }
        char path[400];
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status)) {
            assert_true(bytes > 4096); /* it was long enough */
            break;
        }
        assert_int_equal(packed_files(path, sizeof path), 0);
    }
    assert_true(opened_apart(NULL) != 0);
    char command[300];
    snprintf(command, sizeof command, "ls -A '%s/cache' | grep -v lock | wc -l", root);
    FILE *list = popen(command, "r");
    int entries;
    assert_int_equal(fscanf(list, "%d", &entries), 1);
    pclose(list);
    assert_int_equal(entries, 1); /* what the killed ones left is gone */
}

/* 3 PB for a million images: before any of them is decoded. */
static void a_lack_of_room_is_said_before(void **state)
{
    (void)state;
    struct bm_packing packing;
    struct bm_err err = {0};
    const struct bm_image_shape huge = {3, 32000, 32000};
    assert_int_equal(bm_packing_begin(&packing, path_of("x.pack"), huge, 1000000, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_non_null(strstr(err.text, "cache_dir names the folder that they go to"));
    bm_packing_fini(&packing);
    assert_int_equal(rmdir(root), 0); /* nothing was made */
    assert_int_equal(mkdir(root, 0777), 0);
}

/* Whoever has the seal takes the packed file without a look at the files. */
static void a_seal_needs_no_files(void **state)
{
    (void)state;
    make_folder();
    struct bm_data data = opened("folder", 0, NULL);
    struct bm_seal seal = data.seal, other = data.seal;
    ino_t made = opened_apart(&seal);
    assert_int_equal(rename(path_of("train"), path_of("gone")), 0);
    assert_true(made != 0 && opened_apart(&seal) == made);
    assert_int_equal(data.train.pixels[8][0], 22); /* the old one is still mapped */
    other.digest.bytes[3] ^= 1;
    assert_true(opened_apart(&other) == 0);
    assert_int_equal(rename(path_of("gone"), path_of("train")), 0);
    assert_true(opened_apart(&other) == 0); /* not what the seal is of */
    bm_data_close(&data);
}

/* … and is not told what the files held when somebody looked before. */
static void a_seal_is_of_the_files_of_now(void **state)
{
    (void)state;
    make_folder();
    struct bm_data data = opened("folder", 0, NULL), other;
    const struct bm_launch launch = launch_here();
    const struct bm_dataset_request request = {.data_dir = launch.data_dir,
                                               .cache_dir = launch.cache_dir};
    struct bm_seal seal;
    assert_int_equal(data.train.n, 9);
    put_image(path_of("train/Cow/more.png"), SIDE, SIDE, 5);
    put_image(path_of("train/ant/1.PNG"), SIDE, SIDE, 50);
    assert_int_equal(bm_dataset_seal(data.dataset, &request, &seal, NULL), 0);
    assert_int_not_equal(bm_id_compare(&seal.digest, &data.seal.digest), 0);
    other = opened("folder", 0, &seal);
    assert_int_equal(other.train.n, 10);
    assert_int_equal(other.facts.n_train, 10);
    assert_int_equal(other.train.pixels[5][0], 50);
    for (size_t i = 0; i < 9; i++) /* who has the old ones mapped keeps them */
        assert_int_equal(data.train.pixels[i][0], 10 * (i / 3) + i % 3);
    bm_data_close(&other);
    bm_data_close(&data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        TEST(classes_are_numbered_by_the_training_half),
        TEST(what_is_no_image_is_counted),
        TEST(halves_that_do_not_agree_are_refused),
        TEST(what_is_no_picture_is_named),
        TEST(cut_off_pictures_are_refused),
        TEST(sizes_that_differ_need_one),
        TEST(images_of_one_size_stay_as_stored),
        TEST(the_packed_file_is_made_once),
        TEST(damaged_and_stale_files_are_made_anew),
        TEST(files_of_another_version_are_made_anew),
        TEST(a_builder_that_is_killed_leaves_nothing_that_counts),
        TEST(a_lack_of_room_is_said_before),
        TEST(a_seal_needs_no_files),
        TEST(a_seal_is_of_the_files_of_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
