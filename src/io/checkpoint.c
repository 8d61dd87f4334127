/* A checkpoint's file: a header with the sizes and checksums of all parts, then the parts, one
 * behind the other. */
#include "bm/checkpoint.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bm/map.h"
#include "checkpoint_names.h"

enum { FORMAT_VERSION = 2, KEPT = 2 /* checkpoints of a run */ };
static const char magic[16] = "bm-checkpoint\n";

struct header {
    char magic[sizeof magic];
    uint32_t version, n; /* parts: the spans, then the records */
    struct bm_id run, settings, data, format;
    int64_t step;
    uint64_t sizes[BM_MOST_SPANS + 1], checksums[BM_MOST_SPANS + 1];
    uint64_t checksum; /* of all before */
};

static uint64_t check_header(const struct header *header)
{
    return bm_checksum(header, offsetof(struct header, checksum));
}

/* ---- writing ---- */

int bm_checkpoint_write(const struct bm_checkpoint_of *of, int64_t step,
                        const struct bm_span *spans, size_t n, const struct bm_bytes *records,
                        struct bm_err *err)
{
    char folder[BM_PATH_SIZE], path[BM_PATH_SIZE];
    struct header header = {
        .version = FORMAT_VERSION,
        .n = (uint32_t)n + 1,
        .run = of->run,
        .settings = of->settings,
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
    if (bm_checkpoint_folder(of->results, folder, err) != 0 || bm_folder_make(folder, err) != 0)
        return -1;
    bm_checkpoint_path(folder, &of->run, step, path);
    struct bm_span parts[BM_MOST_SPANS + 2] = {{&header, sizeof header}};
    memcpy(parts + 1, spans, n * sizeof *spans);
    parts[n + 1] = (struct bm_span){records->data, records->size};
    if (bm_file_put_spans(path, parts, n + 2, err) != 0)
        return -1;
    return bm_checkpoint_remove_before(folder, &of->run, step, KEPT - 1, err);
}

/* ---- reading ---- */

/* Why a file has no header to believe; NULL: it has. */
static const char *look_at_header(const struct bm_map *map, struct header *header)
{
    size_t there = map->size < sizeof *header ? map->size : sizeof *header;
    memcpy(header, map->data, there);
    if (there < offsetof(struct header, n) || memcmp(header->magic, magic, sizeof magic) != 0)
        return "is damaged";
    if (header->version != FORMAT_VERSION)
        return "is of another version of this program";
    return there < sizeof *header || header->checksum != check_header(header) ? "is damaged" : NULL;
}

/* Why a file is of no use here; NULL: it is. Nothing in it is trusted. */
static const char *look(const struct bm_map *map, const struct bm_checkpoint_of *of, int64_t step,
                        const struct bm_span *spans, size_t n, struct header *header)
{
    const char *why = look_at_header(map, header);
    if (why != NULL)
        return why;
    if (bm_id_compare(&header->format, &of->format) != 0)
        return "is of another version of this program";
    if (bm_id_compare(&header->run, &of->run) != 0)
        return "is another run's";
    if (header->step != step)
        return "is of another step than its name says";
    if (bm_id_compare(&header->data, &of->data) != 0)
        return "is of other data";
    bool is_alike = header->n == n + 1 && bm_id_compare(&header->settings, &of->settings) == 0;
    for (size_t i = 0; i < n && is_alike; i++)
        is_alike = header->sizes[i] == spans[i].size;
    if (!is_alike)
        return "is of other settings";
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
static bool read_file(const char *path, const struct bm_checkpoint_of *of, int64_t step,
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
    const char *why = look(&map, of, step, spans, n, &header);
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
    struct bm_checkpoint_steps steps;
    struct bm_err err = {0};
    note[0] = '\0';
    if (bm_checkpoint_folder(of->results, folder, &err) != 0 ||
        bm_checkpoint_find(folder, &of->run, &steps, &err) != 0) {
        snprintf(note, 500, "%s", err.text);
        return 0;
    }
    for (size_t i = 0; i < steps.n; i++) {
        bm_checkpoint_path(folder, &of->run, steps.steps[i], path);
        if (read_file(path, of, steps.steps[i], spans, n, records, note))
            return 1;
    }
    return 0;
}

/* ---- looking ---- */

static bool read_header(const char *path, struct header *header)
{
    struct bm_map map = {0};
    if (bm_file_find(path, NULL, NULL) <= 0 || bm_map_open(&map, path, NULL) != 0)
        return false;
    bool is_whole = look_at_header(&map, header) == NULL;
    bm_map_close(&map);
    return is_whole;
}

bool bm_checkpoint_is_of_others(const char *results, const struct bm_id *run,
                                const struct bm_id *settings)
{
    char folder[BM_PATH_SIZE], path[BM_PATH_SIZE];
    struct bm_checkpoint_steps steps;
    struct header header;
    bool any = false;
    if (bm_checkpoint_folder(results, folder, NULL) != 0 ||
        bm_checkpoint_find(folder, run, &steps, NULL) != 0)
        return false;
    for (size_t i = 0; i < steps.n; i++) {
        bm_checkpoint_path(folder, run, steps.steps[i], path);
        if (!read_header(path, &header))
            continue;
        if (bm_id_compare(&header.settings, settings) == 0)
            return false;
        any = true;
    }
    return any;
}
