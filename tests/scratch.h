/* For tests of data sets that are made of files: a folder of its own for each test, with its cache,
 * and opening the set there. */
#ifndef BM_TESTS_SCRATCH_H
#define BM_TESTS_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/codec.h"
#include "bm/data.h"
#include "bm/file.h"

static char root[200];

static inline char *path_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline char *path_of(const char *format, ...)
{
    static char paths[4][600];
    static int turn;
    char *path = paths[turn = (turn + 1) % 4];
    int length = snprintf(path, sizeof paths[0], "%s/", root);
    va_list args;
    va_start(args, format);
    vsnprintf(path + length, sizeof paths[0] - (size_t)length, format, args);
    va_end(args);
    return path;
}

static inline void put(const char *path, const void *data, size_t size)
{
    char folder[BM_PATH_SIZE];
    bm_folder_of(path, folder);
    assert_int_equal(bm_folder_make(folder, NULL), 0);
    assert_int_equal(bm_file_put(path, data, size, NULL), 0);
}

/* An image whose pixels are all of one colour. */
static inline void put_image(const char *path, int height, int width, unsigned char red)
{
    unsigned char rgb[64 * 64 * 3];
    void *data;
    size_t size;
    for (int i = 0; i < height * width; i++) {
        rgb[3 * i] = red;
        rgb[3 * i + 1] = (unsigned char)i;
        rgb[3 * i + 2] = 200;
    }
    assert_int_equal(bm_png_encode(rgb, height, width, &data, &size, NULL), 0);
    put(path, data, size);
    free(data);
}

static inline int make_root(void **state)
{
    (void)state;
    const char *temporary = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/bm-folder-XXXXXX", temporary ? temporary : "/tmp");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static inline int remove_root(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

static inline struct bm_launch launch_here(void)
{
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    snprintf(launch.data_dir, sizeof launch.data_dir, "%s", root);
    snprintf(launch.cache_dir, sizeof launch.cache_dir, "%s/cache", root);
    return launch;
}

static inline int open_set(const char *name, int image_size, const struct bm_seal *seal,
                           struct bm_data *data, struct bm_err *err)
{
    struct bm_config config;
    struct bm_launch launch = launch_here();
    bm_table_init(&bm_config_table, &config);
    snprintf(config.dataset, sizeof config.dataset, "%s", name);
    config.image_size = image_size;
    config.label_noise = 0;
    return bm_data_open(data, &config, &launch, seal, err);
}

static inline struct bm_data opened(const char *name, int image_size, const struct bm_seal *seal)
{
    struct bm_data data;
    struct bm_err err = {0};
    if (open_set(name, image_size, seal, &data, &err) != 0)
        fail_msg("%s", err.text);
    return data;
}

static inline void assert_refused(const char *name, int image_size, const char *says)
{
    struct bm_data data;
    struct bm_err err = {0};
    if (open_set(name, image_size, NULL, &data, &err) == 0)
        fail_msg("'%s' was expected", says);
    assert_int_equal(err.code, BM_EXIT_DATA);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
}

#endif
