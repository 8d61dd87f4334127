/* A results file of what is in memory, and what is kept of its runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/lock.h"
#include "store_state.h"

/* ---- the file ---- */

static int refuse_what_is_there(const char *path, struct bm_err *err)
{
    int is_there = bm_file_find(path, NULL, err);
    return is_there <= 0 ? is_there
                         : bm_fail(err, BM_EXIT_IO,
                                   "%s is there already: nothing is written over it; choose "
                                   "another name",
                                   path);
}

static int write_parts(struct bm_store *store, struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    char kept[BM_PATH_SIZE];
    if (refuse_what_is_there(paths->snapshot, err) != 0 ||
        refuse_what_is_there(paths->journal, err) != 0)
        return -1;
    bm_publisher_init(&store->publisher, paths, NULL, false);
    if (bm_store_write_journal(store, false, err) == 0 &&
        bm_publish(&store->publisher, &store->results, &store->journal.end, kept, err) == 0)
        return 0;
    bm_file_remove(paths->journal, NULL);
    bm_file_remove(paths->sum, NULL);
    return -1;
}

static int create(struct bm_store *store, struct bm_err *err)
{
    const struct bm_paths *paths = &store->paths;
    if (refuse_what_is_there(paths->snapshot, err) != 0)
        return -1;
    bool is_new = access(paths->folder, F_OK) != 0;
    if (bm_folder_make(paths->folder, err) != 0 ||
        bm_lock_take(paths->lock, paths->snapshot, 0, store->tell, &store->lock, err) != 0)
        return -1;
    int status = write_parts(store, err); /* whoever had the lock may have written */
    if (status != 0 && is_new)
        bm_store_remove_made(paths);
    return status;
}

int bm_store_create(const char *path, struct bm_results *results, bm_store_tell *tell,
                    struct bm_err *err)
{
    struct bm_store *store = bm_store_new(path, tell, err);
    if (store == NULL)
        return -1;
    store->results = *results;
    int status = create(store, err);
    store->results = (struct bm_results){0};
    bm_store_close(store);
    return status;
}

/* ---- what is kept of runs ---- */

struct keeping {
    char from[BM_PATH_SIZE], to[BM_PATH_SIZE]; /* folders */
    const struct bm_results *results;
};

/* Whether the file's name begins with the id of a run that is there. */
static bool is_of_run(const struct bm_results *results, const char *name)
{
    char text[BM_ID_TEXT];
    struct bm_id id;
    snprintf(text, sizeof text, "%s", name);
    return strlen(text) == BM_ID_TEXT - 1 && bm_id_parse(text, &id) &&
           bm_results_find(results, &id) != NULL;
}

/* Files that are kept are never written to, so that a second name will do. */
static int keep(void *context, const char *name, struct bm_err *err)
{
    const struct keeping *keeping = context;
    char from[BM_PATH_SIZE], to[BM_PATH_SIZE];
    if (!is_of_run(keeping->results, name))
        return 0;
    snprintf(from, sizeof from, "%s/%s", keeping->from, name);
    snprintf(to, sizeof to, "%s/%s", keeping->to, name);
    int is_there = bm_file_find(to, NULL, err);
    if (is_there != 0)
        return is_there < 0 ? -1 : 0;
    if (bm_file_find(from, NULL, err) < 0 || bm_folder_make(keeping->to, err) != 0)
        return -1;
    return link(from, to) == 0 ? 0 : bm_file_copy(from, to, err);
}

int bm_store_copy_kept(const char *from, const char *to, const struct bm_results *results,
                       struct bm_err *err)
{
    static const char *const kinds[] = {"weights", "examples", "checkpoints"};
    struct keeping keeping = {.results = results};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (bm_paths_part(from, kinds[i], keeping.from, err) != 0 ||
            bm_paths_part(to, kinds[i], keeping.to, err) != 0 ||
            bm_folder_each(keeping.from, keep, &keeping, err) != 0)
            return -1;
    return 0;
}
