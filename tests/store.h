/* What tests of results on disk share: a folder of their own with a results file in it, and the
 * runs of tests/sample.h. Included once, by the test itself. */
#ifndef TESTS_STORE_H
#define TESTS_STORE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/file.h"
#include "results/report.h"
#include "sample.h"

enum { SYNC_POINT = 16 }; /* bytes of one, at the end of a journal */

static char folder[64], path[128], journal[160], sum[160];

static int new_folder(void **state)
{
    (void)state;
    if (fcntl(STDIN_FILENO, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != STDIN_FILENO)
        return -1;
    snprintf(folder, sizeof folder, "/tmp/bm-store-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/results/x.h5", folder);
    snprintf(journal, sizeof journal, "%s.d/journal.0", path);
    snprintf(sum, sizeof sum, "%s.d/snapshot.sum", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (fcntl(STDIN_FILENO, F_GETFD) < 0) {
        fprintf(stderr, "descriptor 0 was closed, which was nobody's here\n");
        return -1;
    }
    return system(command);
}

/* All that the store had to say since it was opened. */
static char told[4000];
static void tell(const char *sentence)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", sentence);
}

static inline struct bm_store *open_at(const char *name)
{
    struct bm_err err = {0};
    struct bm_store *store;
    told[0] = '\0';
    if (bm_store_open(name, 0, tell, &store, &err) != 0)
        fail_msg("%s", err.text);
    return store;
}

static inline struct bm_store *open_store(void)
{
    return open_at(path);
}

/* The sentence with which opening fails. */
static inline const char *refusal(void)
{
    static struct bm_err err;
    struct bm_store *store;
    err = (struct bm_err){0};
    assert_int_equal(bm_store_open(path, 0, NULL, &store, &err), -1);
    assert_null(store);
    assert_int_equal(err.code, BM_EXIT_IO);
    return err.text;
}

static inline void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("expected '%s': %s", part, text);
}

static inline void append_runs(struct bm_store *store, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(sample_run(i, true, sample_append, store), 0);
    assert_int_equal(bm_store_sync(store, NULL), 0);
}

/* Finished runs 0 … n - 1, in the snapshot as well. */
static inline void make_results(size_t n)
{
    struct bm_store *store = open_store();
    append_runs(store, 0, n);
    assert_int_equal(bm_store_snapshot(store, NULL), 0);
    bm_store_close(store);
}

static inline size_t count_finished(const struct bm_results *results)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++)
        n += results->runs[i].finished;
    return n;
}

/* Finished runs that a start finds. */
static inline size_t finished_now(void)
{
    struct bm_store *store = open_store();
    size_t n = count_finished(bm_store_results(store));
    bm_store_close(store);
    return n;
}

/* Finished runs that --plan finds. */
static inline size_t finished_peeked(void)
{
    struct bm_results results;
    struct bm_err err = {0};
    if (bm_store_peek(path, NULL, &results, &err) != 0)
        fail_msg("%s", err.text);
    size_t n = count_finished(&results);
    bm_results_fini(&results);
    return n;
}

static inline void read_file(const char *name, unsigned char **data, size_t *size)
{
    assert_int_equal(bm_file_read(name, data, size, NULL), 0);
}

static inline void write_file(const char *name, const void *data, size_t size)
{
    assert_int_equal(bm_file_put(name, data, size, NULL), 0);
}

static inline bool file_is(const char *name, const unsigned char *data, size_t size)
{
    unsigned char *now;
    size_t now_size;
    read_file(name, &now, &now_size);
    bool same = size == now_size && memcmp(data, now, size) == 0;
    free(now);
    return same;
}

static inline bool is_there(const char *name)
{
    struct stat info;
    return lstat(name, &info) == 0;
}

static inline size_t size_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(name, &info), 0);
    return (size_t)info.st_size;
}

static inline void assert_same(const struct bm_results *a, const struct bm_results *b)
{
    struct bm_comparison comparison = {.roles = ~0u, .unfinished = true, .out = stderr, .most = 9};
    bm_compare(&comparison, a, b);
    assert_int_equal(comparison.differences, 0);
    for (size_t i = 0; i < a->n_runs; i++) {
        const char *log = bm_results_find(b, &a->runs[i].id)->log;
        assert_true((log == NULL) == (a->runs[i].log == NULL));
        assert_true(log == NULL || strcmp(log, a->runs[i].log) == 0);
    }
    assert_int_equal(a->n_meta, b->n_meta);
    for (size_t i = 0; i < a->n_meta; i++)
        assert_string_equal(a->meta[i].text, bm_results_meta(b, a->meta[i].name));
}

#endif
