#include "checkpoint_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* ---- names ---- */

int bm_checkpoint_folder(const char *results, char folder[BM_PATH_SIZE], struct bm_err *err)
{
    return bm_paths_part(results, "checkpoints", folder, err);
}

void bm_checkpoint_path(const char *folder, const struct bm_id *run, int64_t step,
                        char path[BM_PATH_SIZE])
{
    char text[BM_ID_TEXT];
    snprintf(path, BM_PATH_SIZE, "%s/%s.%" PRId64, folder, bm_id_text(run, text), step);
}

/* Takes "ID.STEP" apart. */
static bool parse_name(const char *name, struct bm_id *run, int64_t *step)
{
    char id[BM_ID_TEXT], *end;
    if (strlen(name) < BM_ID_TEXT + 1 || name[BM_ID_TEXT - 1] != '.')
        return false;
    snprintf(id, sizeof id, "%s", name);
    *step = strtoll(name + BM_ID_TEXT, &end, 10);
    return *end == '\0' && *step >= 0 && bm_id_parse(id, run);
}

static bool is_unfinished(const char *name)
{
    size_t length = strlen(name);
    return name[0] == '.' && length > 4 && strcmp(name + length - 4, ".new") == 0;
}

/* Of this run, and a step before this one. */
static bool is_unfinished_of(const char *name, const struct bm_id *run, int64_t before)
{
    char text[BM_ID_TEXT];
    return is_unfinished(name) && strncmp(name + 1, bm_id_text(run, text), sizeof text - 1) == 0 &&
           strtoll(name + sizeof text + 1, NULL, 10) < before;
}

static int take_step(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct bm_checkpoint_steps *steps = context;
    struct bm_id run;
    int64_t step;
    const size_t room = sizeof steps->steps / sizeof *steps->steps;
    if (!parse_name(name, &run, &step) || bm_id_compare(&run, &steps->run) != 0 || steps->n == room)
        return 0;
    size_t at = steps->n++;
    for (; at > 0 && steps->steps[at - 1] < step; at--)
        steps->steps[at] = steps->steps[at - 1];
    steps->steps[at] = step;
    return 0;
}

int bm_checkpoint_find(const char *folder, const struct bm_id *run,
                       struct bm_checkpoint_steps *steps, struct bm_err *err)
{
    *steps = (struct bm_checkpoint_steps){.run = *run};
    return bm_folder_each(folder, take_step, steps, err);
}

/* ---- removing ---- */

struct removing {
    const char *folder;
    const struct bm_id *run;
    int64_t before;
};

static int remove_unfinished(void *context, const char *name, struct bm_err *err)
{
    const struct removing *removing = context;
    char path[BM_PATH_SIZE];
    if (!is_unfinished_of(name, removing->run, removing->before))
        return 0;
    snprintf(path, sizeof path, "%s/%s", removing->folder, name);
    return bm_file_remove(path, err);
}

int bm_checkpoint_remove_before(const char *folder, const struct bm_id *run, int64_t step,
                                size_t kept, struct bm_err *err)
{
    struct bm_checkpoint_steps steps;
    struct removing removing = {folder, run, step};
    if (bm_checkpoint_find(folder, run, &steps, err) != 0)
        return -1;
    for (size_t i = 0; i < steps.n; i++) {
        char path[BM_PATH_SIZE];
        if (steps.steps[i] >= step)
            continue;
        if (kept > 0) {
            kept--;
            continue;
        }
        bm_checkpoint_path(folder, run, steps.steps[i], path);
        if (bm_file_remove(path, err) != 0)
            return -1;
    }
    return bm_folder_each(folder, remove_unfinished, &removing, err);
}

int bm_checkpoint_remove(const char *results, const struct bm_id *run, struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    if (bm_checkpoint_folder(results, folder, err) != 0)
        return -1;
    return bm_checkpoint_remove_before(folder, run, INT64_MAX, 0, err);
}

struct clearing {
    bool (*is_wanted)(void *context, const struct bm_id *run);
    void *context;
    char folder[BM_PATH_SIZE];
};

static int clear_name(void *context, const char *name, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    const struct clearing *clearing = context;
    struct bm_id run;
    int64_t step;
    bool is_ours = parse_name(name, &run, &step);
    if (!is_unfinished(name) && (!is_ours || clearing->is_wanted(clearing->context, &run)))
        return 0; /* others' files are theirs */
    snprintf(path, sizeof path, "%s/%s", clearing->folder, name);
    return bm_file_remove(path, err);
}

int bm_checkpoint_clear(const char *results,
                        bool (*is_wanted)(void *context, const struct bm_id *run), void *context,
                        struct bm_err *err)
{
    struct clearing clearing = {.is_wanted = is_wanted, .context = context};
    if (bm_checkpoint_folder(results, clearing.folder, err) != 0)
        return -1;
    return bm_folder_each(clearing.folder, clear_name, &clearing, err);
}

/* ---- how far runs have come ---- */

struct marking {
    const char *folder;
    struct bm_checkpoint_marks *marks;
};

static int add_mark(void *context, const char *name, struct bm_err *err)
{
    const struct marking *marking = context;
    struct bm_checkpoint_marks *marks = marking->marks;
    struct bm_checkpoint_mark mark;
    struct stat info;
    char path[BM_PATH_SIZE];
    (void)err;
    if (!parse_name(name, &mark.run, &mark.step))
        return 0;
    snprintf(path, sizeof path, "%s/%s", marking->folder, name);
    mark.bytes = lstat(path, &info) == 0 ? (double)info.st_size : 0;
    marks->marks = realloc(marks->marks, (marks->n + 1) * sizeof *marks->marks);
    if (marks->marks == NULL)
        abort();
    marks->marks[marks->n++] = mark;
    return 0;
}

/* Other machines write there, too: that this one does makes a network file system look again. */
static void touch(const char *folder)
{
    char path[BM_PATH_SIZE];
    snprintf(path, sizeof path, "%s/.looked.new", folder);
    if (bm_file_put_spans(path, NULL, 0, NULL) == 0)
        bm_file_remove(path, NULL);
}

int bm_checkpoint_mark(const char *results, struct bm_checkpoint_marks *marks, struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    *marks = (struct bm_checkpoint_marks){0};
    if (bm_checkpoint_folder(results, folder, err) != 0)
        return -1;
    if (access(folder, F_OK) == 0)
        touch(folder);
    struct marking marking = {folder, marks};
    return bm_folder_each(folder, add_mark, &marking, err);
}

void bm_checkpoint_marks_fini(struct bm_checkpoint_marks *marks)
{
    free(marks->marks);
    *marks = (struct bm_checkpoint_marks){0};
}

bool bm_checkpoint_is_further(const struct bm_checkpoint_marks *before,
                              const struct bm_checkpoint_marks *now)
{
    for (size_t i = 0; i < now->n; i++) {
        const struct bm_checkpoint_mark *mark = &now->marks[i];
        bool is_further = true;
        for (size_t j = 0; j < before->n && is_further; j++)
            is_further = bm_id_compare(&before->marks[j].run, &mark->run) != 0 ||
                         before->marks[j].step < mark->step;
        if (is_further)
            return true;
    }
    return false;
}
