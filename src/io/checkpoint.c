/* A checkpoint's file: a header with the sizes and checksums of all parts, then the parts, one
 * behind the other. */
#include "bm/checkpoint.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/map.h"
#include "paths.h"

enum { FORMAT_VERSION = 1, KEPT = 2 /* checkpoints of a run */ };
static const char magic[16] = "bm-checkpoint\n";

struct header {
    char magic[sizeof magic];
    uint32_t version, n; /* parts: the spans, then the records */
    struct bm_id run, data, format;
    int64_t step;
    uint64_t sizes[BM_MOST_SPANS + 1], checksums[BM_MOST_SPANS + 1];
    uint64_t checksum; /* of all before */
};

static uint64_t check_header(const struct header *header)
{
    return bm_checksum(header, offsetof(struct header, checksum));
}

/* ---- names ---- */

static int name_folder(const char *results, char folder[BM_PATH_SIZE], struct bm_err *err)
{
    struct bm_paths paths;
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    snprintf(folder, BM_PATH_SIZE, "%s/checkpoints", paths.folder);
    return 0;
}

static void name_file(const char *folder, const struct bm_id *run, int64_t step,
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

/* The steps of a run's checkpoints, the last ones first. */
struct steps {
    struct bm_id run;
    size_t n;
    int64_t steps[32]; /* more are never there, unless somebody put them there */
};

static int take_step(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct steps *steps = context;
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

static int find_steps(const char *folder, const struct bm_id *run, struct steps *steps,
                      struct bm_err *err)
{
    *steps = (struct steps){.run = *run};
    return bm_folder_each(folder, take_step, steps, err);
}

/* Removes all but the last `kept` of them. */
static int remove_steps(const char *folder, const struct steps *steps, size_t kept,
                        struct bm_err *err)
{
    for (size_t i = kept; i < steps->n; i++) {
        char path[BM_PATH_SIZE];
        name_file(folder, &steps->run, steps->steps[i], path);
        if (bm_file_remove(path, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- writing ---- */

int bm_checkpoint_write(const struct bm_checkpoint_of *of, int64_t step,
                        const struct bm_span *spans, size_t n, const struct bm_bytes *records,
                        struct bm_err *err)
{
    char folder[BM_PATH_SIZE], path[BM_PATH_SIZE];
    struct steps steps;
    struct header header = {
        .version = FORMAT_VERSION,
        .n = (uint32_t)n + 1,
        .run = of->run,
        .data = of->data,
        .format = of->format,
        .step = step,
    };
    assert(n <= BM_MOST_SPANS);
    memcpy(header.magic, magic, sizeof magic);
    for (size_t i = 0; i < n; i++) {
        header.sizes[i] = spans[i].size;
        header.checksums[i] = bm_checksum(spans[i].data, spans[i].size);
    }
    header.sizes[n] = records->size;
    header.checksums[n] = bm_checksum(records->data, records->size);
    header.checksum = check_header(&header);
    if (name_folder(of->results, folder, err) != 0 || bm_folder_make(folder, err) != 0)
        return -1;
    name_file(folder, &of->run, step, path);
    struct bm_span parts[BM_MOST_SPANS + 2] = {{&header, sizeof header}};
    memcpy(parts + 1, spans, n * sizeof *spans);
    parts[n + 1] = (struct bm_span){records->data, records->size};
    if (bm_file_put_spans(path, parts, n + 2, err) != 0 ||
        find_steps(folder, &of->run, &steps, err) != 0)
        return -1;
    return remove_steps(folder, &steps, KEPT, err);
}

/* ---- reading ---- */

/* Why a file is of no use here; NULL: it is. Nothing in it is trusted. */
static const char *look(const struct bm_map *map, const struct bm_checkpoint_of *of,
                        const struct bm_span *spans, size_t n, struct header *header)
{
    if (map->size < sizeof *header)
        return "is damaged";
    memcpy(header, map->data, sizeof *header);
    if (memcmp(header->magic, magic, sizeof magic) != 0 || header->checksum != check_header(header))
        return "is damaged";
    if (header->version != FORMAT_VERSION || bm_id_compare(&header->format, &of->format) != 0)
        return "is of another version of this program";
    if (bm_id_compare(&header->run, &of->run) != 0)
        return "is another run's";
    if (bm_id_compare(&header->data, &of->data) != 0)
        return "is of other data";
    if (header->n != n + 1)
        return "is of another version of this program";
    for (size_t i = 0; i < n; i++)
        if (header->sizes[i] != spans[i].size)
            return "is of another version of this program";
    uint64_t at = sizeof *header;
    for (size_t i = 0; i <= n; at += header->sizes[i++])
        if (header->sizes[i] > map->size - at ||
            bm_checksum(map->data + at, header->sizes[i]) != header->checksums[i])
            return "is damaged";
    return at == map->size ? NULL : "is damaged";
}

static void take(const struct bm_map *map, const struct bm_span *spans, size_t n,
                 struct bm_bytes *records)
{
    size_t at = sizeof(struct header);
    for (size_t i = 0; i < n; at += spans[i++].size)
        if (spans[i].size > 0)
            memcpy(spans[i].data, map->data + at, spans[i].size);
    bm_bytes_add(records, map->data + at, map->size - at);
}

/* True: taken from this file. */
static bool read_file(const char *path, const struct bm_checkpoint_of *of,
                      const struct bm_span *spans, size_t n, struct bm_bytes *records,
                      char note[500])
{
    struct header header;
    struct bm_map map = {0};
    struct bm_err err = {0};
    if (bm_file_find(path, NULL, &err) <= 0 || bm_map_open(&map, path, &err) != 0) {
        snprintf(note, 500, "%s", err.text);
        return false;
    }
    const char *why = look(&map, of, spans, n, &header);
    if (why == NULL)
        take(&map, spans, n, records);
    else
        snprintf(note, 500, "the checkpoint %.400s %s: it is not used", path, why);
    bm_map_close(&map);
    return why == NULL;
}

int bm_checkpoint_read(const struct bm_checkpoint_of *of, const struct bm_span *spans, size_t n,
                       struct bm_bytes *records, char note[500])
{
    char folder[BM_PATH_SIZE], path[BM_PATH_SIZE];
    struct steps steps;
    struct bm_err err = {0};
    note[0] = '\0';
    if (name_folder(of->results, folder, &err) != 0 ||
        find_steps(folder, &of->run, &steps, &err) != 0) {
        snprintf(note, 500, "%s", err.text);
        return 0;
    }
    for (size_t i = 0; i < steps.n; i++) {
        name_file(folder, &of->run, steps.steps[i], path);
        if (read_file(path, of, spans, n, records, note))
            return 1;
    }
    return 0;
}

/* ---- removing ---- */

struct unfinished {
    const char *folder;
    char begins[BM_ID_TEXT + 2]; /* ".ID." */
};

static int remove_unfinished(void *context, const char *name, struct bm_err *err)
{
    const struct unfinished *unfinished = context;
    char path[BM_PATH_SIZE];
    if (strncmp(name, unfinished->begins, strlen(unfinished->begins)) != 0)
        return 0;
    snprintf(path, sizeof path, "%s/%s", unfinished->folder, name);
    return bm_file_remove(path, err);
}

int bm_checkpoint_remove(const char *results, const struct bm_id *run, struct bm_err *err)
{
    char folder[BM_PATH_SIZE], text[BM_ID_TEXT];
    struct steps steps;
    struct unfinished unfinished = {.folder = folder};
    snprintf(unfinished.begins, sizeof unfinished.begins, ".%s.", bm_id_text(run, text));
    if (name_folder(results, folder, err) != 0 || find_steps(folder, run, &steps, err) != 0 ||
        remove_steps(folder, &steps, 0, err) != 0)
        return -1;
    return bm_folder_each(folder, remove_unfinished, &unfinished, err);
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
    size_t length = strlen(name);
    bool is_unfinished = name[0] == '.' && length > 4 && strcmp(name + length - 4, ".new") == 0;
    bool is_ours = parse_name(name, &run, &step);
    if (!is_unfinished && (!is_ours || clearing->is_wanted(clearing->context, &run)))
        return 0; /* others' files are theirs */
    snprintf(path, sizeof path, "%s/%s", clearing->folder, name);
    return bm_file_remove(path, err);
}

int bm_checkpoint_clear(const char *results,
                        bool (*is_wanted)(void *context, const struct bm_id *run), void *context,
                        struct bm_err *err)
{
    struct clearing clearing = {.is_wanted = is_wanted, .context = context};
    if (name_folder(results, clearing.folder, err) != 0)
        return -1;
    return bm_folder_each(clearing.folder, clear_name, &clearing, err);
}

/* ---- how far runs have come ---- */

static int add_mark(void *context, const char *name, struct bm_err *err)
{
    struct bm_checkpoint_marks *marks = context;
    struct bm_checkpoint_mark mark;
    (void)err;
    if (!parse_name(name, &mark.run, &mark.step))
        return 0;
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
    if (name_folder(results, folder, err) != 0)
        return -1;
    if (access(folder, F_OK) == 0)
        touch(folder);
    return bm_folder_each(folder, add_mark, marks, err);
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
