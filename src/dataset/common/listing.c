#include "listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "bm/file.h"

/* ---- names ---- */

static void *grown(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    *capacity = *capacity > 0 ? 2 * *capacity : 64;
    array = realloc(array, *capacity * size);
    if (array == NULL)
        abort();
    return array;
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        abort();
    return copy;
}

void bm_names_add(struct bm_names *names, const char *name)
{
    names->names = grown(names->names, names->n, &names->capacity, sizeof *names->names);
    names->names[names->n++] = copy_of(name);
}

/* Byte order: strcmp compares unsigned characters, whatever the locale. */
static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void bm_names_sort(struct bm_names *names)
{
    if (names->n > 1)
        qsort(names->names, names->n, sizeof *names->names, by_bytes);
}

int bm_names_find(const struct bm_names *names, const char *name)
{
    char **found =
        names->n > 0 ? bsearch(&name, names->names, names->n, sizeof name, by_bytes) : NULL;
    return found != NULL ? (int)(found - names->names) : -1;
}

void bm_names_fini(struct bm_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct bm_names){0};
}

/* ---- folders ---- */

static int join(const char *root, const char *folder, const char *name, char path[BM_PATH_SIZE],
                struct bm_err *err)
{
    int length = snprintf(path, BM_PATH_SIZE, "%s/%s%s%s", root, folder, name[0] ? "/" : "", name);
    return length < BM_PATH_SIZE
               ? 0
               : bm_fail(err, BM_EXIT_DATA, "'%s/%.100s…' is too long", root, folder);
}

bool bm_folder_is_there(const char *root, const char *folder)
{
    char path[BM_PATH_SIZE];
    struct stat info;
    return join(root, folder, "", path, NULL) == 0 && stat(path, &info) == 0 &&
           S_ISDIR(info.st_mode);
}

static bool is_folder(const char *path, const struct dirent *entry)
{
    char whole[BM_PATH_SIZE];
    struct stat info;
    if (entry->d_type == DT_DIR || entry->d_type == DT_REG)
        return entry->d_type == DT_DIR;
    snprintf(whole, sizeof whole, "%.3800s/%s", path, entry->d_name);
    return stat(whole, &info) == 0 && S_ISDIR(info.st_mode);
}

int bm_folder_read(const char *root, const char *folder, struct bm_names *folders,
                   struct bm_names *files, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    if (join(root, folder, "", path, err) != 0)
        return -1;
    DIR *opened = opendir(path);
    if (opened == NULL)
        return bm_fail(err, BM_EXIT_DATA, "cannot open the folder '%s': %s", path, strerror(errno));
    errno = 0;
    for (struct dirent *entry; (entry = readdir(opened)) != NULL; errno = 0) {
        struct bm_names *to = entry->d_name[0] == '.'  ? NULL
                              : is_folder(path, entry) ? folders
                                                       : files;
        if (to != NULL)
            bm_names_add(to, entry->d_name);
    }
    int error = errno;
    closedir(opened);
    if (error != 0)
        return bm_fail(err, BM_EXIT_DATA, "cannot read the folder '%s': %s", path, strerror(error));
    if (folders != NULL)
        bm_names_sort(folders);
    if (files != NULL)
        bm_names_sort(files);
    return 0;
}

/* ---- images ---- */

static const char *ending_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && dot != name ? dot : "";
}

bool bm_is_image_name(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending_of(name), endings[i]) == 0)
            return true;
    return false;
}

static void skip(struct bm_listing *listing, const char *ending)
{
    size_t i = 0;
    while (i < BM_MOST_ENDINGS - 1 && listing->skipped[i].n > 0 &&
           strncmp(listing->skipped[i].ending, ending, sizeof listing->skipped[i].ending - 1) != 0)
        i++;
    if (listing->skipped[i].n++ == 0)
        snprintf(listing->skipped[i].ending, sizeof listing->skipped[i].ending, "%s", ending);
}

void bm_listing_skip(struct bm_listing *listing, const struct bm_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        skip(listing, ending_of(names->names[i]));
}

void bm_listing_skipped(const struct bm_listing *listing, struct bm_bytes *sentence)
{
    size_t total = 0;
    for (size_t i = 0; i < BM_MOST_ENDINGS; i++)
        total += listing->skipped[i].n;
    if (total == 0)
        return;
    bm_bytes_printf(sentence, "%zu entr%s no image%s:", total, total == 1 ? "y is" : "ies are",
                    total == 1 ? "" : "s");
    for (size_t i = 0; i < BM_MOST_ENDINGS && listing->skipped[i].n > 0; i++) {
        const char *ending = listing->skipped[i].ending;
        bm_bytes_printf(sentence, "%s %zu %s", i > 0 ? "," : "", listing->skipped[i].n,
                        i == BM_MOST_ENDINGS - 1 ? "others"
                        : ending[0] != '\0'      ? ending
                                                 : "without ending");
    }
}

int bm_listing_classes(struct bm_listing *listing, const char *root, struct bm_names *names,
                       struct bm_err *err)
{
    listing->root = copy_of(root);
    if (names->n < 2 || names->n > UINT16_MAX)
        return bm_fail(err, BM_EXIT_DATA, "'%s' has folders of %zu classes (valid: 2 to %d)", root,
                       names->n, UINT16_MAX);
    listing->n_classes = (int)names->n;
    bm_names_add(names, ""); /* becomes the NULL at the end */
    free(names->names[names->n - 1]);
    names->names[names->n - 1] = NULL;
    listing->names = names->names;
    *names = (struct bm_names){0};
    return 0;
}

int bm_listing_add(struct bm_listing *listing, enum bm_half half, int class, const char *folder,
                   const char *name, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    struct stat info;
    if (join(listing->root, folder, name, path, err) != 0)
        return -1;
    if (stat(path, &info) != 0)
        return bm_fail(err, BM_EXIT_DATA, "cannot open '%s': %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return bm_fail(err, BM_EXIT_DATA, "'%s' is not a file", path);
    const char *below = path + strlen(listing->root) + 1;
    const int64_t trace[] = {half, class, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    bm_bytes_add(&listing->traces, trace, sizeof trace);
    bm_bytes_add(&listing->traces, below, strlen(below) + 1);
    listing->halves[half].images =
        grown(listing->halves[half].images, listing->halves[half].n,
              &listing->halves[half].capacity, sizeof *listing->halves[half].images);
    listing->halves[half].images[listing->halves[half].n++] =
        (struct bm_listed){copy_of(below), class};
    return 0;
}

int bm_listing_add_folder(struct bm_listing *listing, enum bm_half half, int class,
                          const char *folder, struct bm_err *err)
{
    struct bm_names files = {0}, folders = {0};
    size_t before = listing->halves[half].n;
    int status = bm_folder_read(listing->root, folder, &folders, &files, err);
    for (size_t i = 0; i < folders.n; i++)
        skip(listing, "folders");
    for (size_t i = 0; i < files.n && status == 0; i++) {
        if (bm_is_image_name(files.names[i]))
            status = bm_listing_add(listing, half, class, folder, files.names[i], err);
        else
            skip(listing, ending_of(files.names[i]));
    }
    if (status == 0 && listing->halves[half].n == before)
        status = bm_fail(err, BM_EXIT_DATA,
                         "'%s/%s' has no image: a class has one at least in each half",
                         listing->root, folder);
    bm_names_fini(&files);
    bm_names_fini(&folders);
    return status;
}

void bm_listing_fini(struct bm_listing *listing)
{
    for (int half = 0; half < 2; half++) {
        for (size_t i = 0; i < listing->halves[half].n; i++)
            free(listing->halves[half].images[i].path);
        free(listing->halves[half].images);
    }
    for (int c = 0; c < listing->n_classes; c++)
        free(listing->names[c]);
    free(listing->names);
    free(listing->root);
    bm_bytes_fini(&listing->traces);
    *listing = (struct bm_listing){0};
}
