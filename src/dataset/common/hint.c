/* What is where a data set should be: the mistakes that people make with folders and archives. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bm/file.h"
#include "files.h"

/* A place that is looked at, and the words for what is found. */
struct place {
    const struct bm_dataset *dataset;
    const char *data_dir;
    char *text;
    size_t size;
};

static bool say(const struct place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool say(const struct place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(place->text, place->size, format, args);
    va_end(args);
    return true;
}

/* Whether there is something below data_dir: name, or name/below. */
static bool has(const struct place *place, const char *name, const char *below)
{
    char path[BM_PATH_SIZE];
    struct stat status;
    int length = snprintf(path, sizeof path, "%s/%s%s%s", place->data_dir, name,
                          below[0] == '\0' ? "" : "/", below);
    return length < (int)sizeof path && stat(path, &status) == 0;
}

static bool is_a_file(const struct place *place)
{
    struct stat status;
    return stat(place->data_dir, &status) == 0 && !S_ISDIR(status.st_mode) &&
           say(place, "that is a file, not a folder");
}

/* A file that only this data set has; NULL: none is known. */
static const char *mark_of(const struct bm_dataset *dataset)
{
    return dataset->mark != NULL    ? dataset->mark
           : dataset->files != NULL ? dataset->files[0].name
                                    : NULL;
}

static bool is_the_folder_itself(const struct place *place)
{
    const char *mark = mark_of(place->dataset);
    return mark != NULL && has(place, mark, "") &&
           say(place,
               "its files are there, but they have to be in a folder %s, and data_dir is the one "
               "above it",
               place->dataset->folder);
}

/* 1: the set, or its files, are in this folder of data_dir. */
static int look_into(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    const struct place *place = context;
    const char *mark = mark_of(place->dataset), *folder = place->dataset->folder;
    if (name[0] == '.')
        return 0;
    if (has(place, name, folder))
        return say(place, "it is in '%s/%s'", place->data_dir, name);
    return mark != NULL && strcmp(name, folder) != 0 && has(place, name, mark) &&
           say(place, "its files are in '%s/%s': name that folder %s", place->data_dir, name,
               folder);
}

static bool is_below(const struct place *place)
{
    return bm_folder_each(place->data_dir, look_into, (void *)place, NULL) == 1;
}

static bool is_packed(const struct place *place)
{
    const char *archive = place->dataset->archive;
    char unzipped[200]; /* some browsers do that */
    if (archive == NULL)
        return false;
    bool is_zip = strstr(archive, ".zip") != NULL;
    snprintf(unzipped, sizeof unzipped, "%s", archive);
    char *ending = strstr(unzipped, ".gz");
    if (ending != NULL)
        *ending = '\0';
    const char *names[] = {archive, unzipped};
    for (int i = 0; i < 2; i++)
        if (has(place, names[i], ""))
            return say(place, "it is packed: %s '%s/%s' %s '%s'", is_zip ? "unzip -q" : "tar -xf",
                       place->data_dir, names[i], is_zip ? "-d" : "-C", place->data_dir);
    return false;
}

static bool is_another_form(const struct place *place)
{
    const struct bm_dataset *dataset = place->dataset;
    const struct bm_data_form *form = dataset->other_forms;
    for (; form != NULL && form->name != NULL; form++)
        if (has(place, form->name, ""))
            return say(place, "'%s/%s' is %s; it takes %s, from %s", place->data_dir, form->name,
                       form->what, dataset->archive ? dataset->archive : dataset->files[0].name,
                       dataset->source);
    return false;
}

char *bm_dataset_hint(const struct bm_dataset *dataset, const char *data_dir, char *text,
                      size_t size)
{
    const struct place place = {dataset, data_dir, text, size};
    text[0] = '\0';
    if (is_a_file(&place) || is_the_folder_itself(&place) || is_below(&place))
        return text;
    /* Where the folder is there, something else is wrong with it. */
    (void)(has(&place, dataset->folder, "") || is_packed(&place) || is_another_form(&place));
    return text;
}
