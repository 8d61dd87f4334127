/* bm-data fetch: what a data set is made of, from where it was published: with curl, which goes on
 * where an earlier try has ended; compared with the published digest; unpacked by tar or unzip. A
 * file that is there already is taken, so that it can be brought by other means where there is no
 * network. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bm/data.h"
#include "bm/file.h"
#include "look.h"

extern char **environ;

/* ---- other programs ---- */

/* The last line of what a program says in its error output, which is read to its end. */
static void read_last_line(int from, char *line, size_t size)
{
    char all[4000];
    size_t n = 0;
    ssize_t got;
    while ((got = read(from, all + n, sizeof all - 1 - n)) > 0 || (got < 0 && errno == EINTR)) {
        n += got > 0 ? (size_t)got : 0;
        if (n == sizeof all - 1) { /* the end is what counts */
            memmove(all, all + n / 2, n - n / 2);
            n -= n / 2;
        }
    }
    while (n > 0 && all[n - 1] == '\n')
        n--;
    all[n] = '\0';
    const char *last = strrchr(all, '\n');
    snprintf(line, size, "%s", last != NULL ? last + 1 : all);
}

/* Runs a program; its exit code, 127 where there is none. `said`: the last line of its error
 * output, which is left to a terminal where `is_shown`. */
static int run(char *const *words, bool is_shown, char *said, size_t size)
{
    int ends[2], status = 0;
    pid_t child;
    posix_spawn_file_actions_t actions;
    said[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 127;
    posix_spawn_file_actions_init(&actions);
    if (!is_shown)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int error = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0)
        read_last_line(ends[0], said, size);
    else
        snprintf(said, size, "%s: %s", words[0], strerror(error));
    close(ends[0]);
    while (error == 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            error = errno;
    return error != 0 || !WIFEXITED(status) ? 127 : WEXITSTATUS(status);
}

/* ---- a file ---- */

struct target {
    const struct bm_dataset *dataset;
    const struct bm_data_download *download;
    char url[BM_PATH_SIZE], folder[BM_PATH_SIZE], path[BM_PATH_SIZE], part[BM_PATH_SIZE];
};

static int find_target(const struct bm_dataset *dataset, const struct bm_data_download *download,
                       const char *data_dir, const char *from, struct target *target,
                       struct bm_err *err)
{
    *target = (struct target){.dataset = dataset, .download = download};
    bool is_archive = dataset->archive != NULL;
    const char *address = from != NULL ? from : download->address;
    size_t length = strlen(address);
    if (length == 0)
        return bm_fail(err, BM_EXIT_USAGE, "--from: the address is empty");
    snprintf(target->url, sizeof target->url, "%.2000s%s%s", address,
             address[length - 1] == '/' ? "" : "/", download->name);
    snprintf(target->folder, sizeof target->folder, "%.2000s%s%s", data_dir, is_archive ? "" : "/",
             is_archive ? "" : dataset->folder);
    snprintf(target->path, sizeof target->path, "%.3000s/%s", target->folder, download->name);
    snprintf(target->part, sizeof target->part, "%.3500s.part", target->path);
    return length > 2000 || strlen(data_dir) > 2000
               ? bm_fail(err, BM_EXIT_USAGE, "an address or data_dir is too long")
               : 0;
}

/* 1: it is there and the published one, 0: it is not there, -1: it is another one. */
static int compare(const struct target *target, const char *path, char md5[BM_MD5_TEXT])
{
    if (access(path, F_OK) != 0 || bm_md5_file(path, md5, NULL) != 0)
        return 0;
    return strcmp(md5, target->download->md5) == 0 ? 1 : -1;
}

static int fail_fetch(const struct target *target, int code, const char *said, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_IO,
                   "cannot fetch %s (%s, exit code %d): by other means, put %s (MD5 %s) into '%s', "
                   "and the same command goes on from there",
                   target->url, said[0] != '\0' ? said : "curl says nothing", code,
                   target->download->name, target->download->md5, target->folder);
}

static int download(const struct target *target, struct bm_err *err)
{
    enum { NO_RANGES = 33, NO_RANGE_HERE = 36 };
    bool is_shown = isatty(STDERR_FILENO);
    char said[500];
    char *words[] = {"curl",
                     "--fail",
                     "--location",
                     "--retry",
                     "3",
                     "--continue-at",
                     "-",
                     "--output",
                     (char *)target->part,
                     is_shown ? "--progress-bar" : "--silent",
                     "--show-error",
                     (char *)target->url,
                     NULL};
    printf("fetching %s\n", target->url);
    fflush(stdout);
    int code = run(words, is_shown, said, sizeof said);
    if (code == NO_RANGES || code == NO_RANGE_HERE) { /* from the beginning, then */
        unlink(target->part);
        code = run(words, is_shown, said, sizeof said);
    }
    return code == 0 ? 0 : fail_fetch(target, code, said, err);
}

static int fetch_file(const struct target *target, struct bm_err *err)
{
    char md5[BM_MD5_TEXT];
    int found = compare(target, target->path, md5);
    if (found < 0)
        return bm_fail(err, BM_EXIT_DATA,
                       "'%s' is not the published file (MD5 %s, published %s): remove it first",
                       target->path, md5, target->download->md5);
    if (found > 0)
        return 0;
    if (compare(target, target->part, md5) <= 0 && download(target, err) != 0)
        return -1;
    found = compare(target, target->part, md5);
    if (found <= 0) {
        unlink(target->part);
        return bm_fail(err, BM_EXIT_DATA,
                       "%s is not the published file (MD5 %s, published %s), and was removed",
                       target->url, found < 0 ? md5 : "none", target->download->md5);
    }
    return bm_file_replace(target->part, target->path, err);
}

/* ---- unpacking ---- */

/* Into a folder of its own first: what has its name is whole. */
static int unpack(const struct target *target, const char *data_dir, struct bm_err *err)
{
    const char *archive = target->download->name;
    char place[BM_PATH_SIZE], from[BM_PATH_SIZE], to[BM_PATH_SIZE], said[500];
    bool is_zip = strstr(archive, ".zip") != NULL;
    snprintf(place, sizeof place, "%.2000s/.%s.unpacking", data_dir, target->dataset->name);
    snprintf(from, sizeof from, "%.3000s/%s", place, target->dataset->folder);
    snprintf(to, sizeof to, "%.2000s/%s", data_dir, target->dataset->folder);
    char *const clear[] = {"rm", "-rf", place, NULL};
    char *const zip[] = {"unzip", "-q", (char *)target->path, "-d", place, NULL};
    char *const tar[] = {"tar", "-xf", (char *)target->path, "-C", place, NULL};
    if (access(to, F_OK) == 0)
        return 0;
    run(clear, false, said, sizeof said);
    if (bm_folder_make(place, err) != 0)
        return -1;
    int code = run(is_zip ? zip : tar, false, said, sizeof said);
    int status = code == 0 ? bm_file_replace(from, to, err)
                           : bm_fail(err, BM_EXIT_IO, "cannot unpack '%s' (%s, exit code %d)",
                                     target->path, said, code);
    run(clear, false, said, sizeof said);
    return status;
}

int bm_look_fetch(const struct bm_dataset *dataset, const char *data_dir, const char *from,
                  struct bm_err *err)
{
    if (dataset->downloads == NULL)
        return bm_fail(err, BM_EXIT_USAGE, "%s: there is nothing to fetch: %s", dataset->name,
                       dataset->help);
    for (const struct bm_data_download *d = dataset->downloads; d->name != NULL; d++) {
        struct target target;
        if (find_target(dataset, d, data_dir, from, &target, err) != 0 ||
            bm_folder_make(target.folder, err) != 0 || fetch_file(&target, err) != 0 ||
            (dataset->archive != NULL && unpack(&target, data_dir, err) != 0))
            return -1;
    }
    printf("%s is in %s/%s\n", dataset->name, data_dir, dataset->folder);
    return 0;
}
