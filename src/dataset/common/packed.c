#include "packed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bm/codec.h"
#include "bm/file.h"
#include "bm/machine.h"

_Static_assert(sizeof((struct bm_packing *)0)->path == BM_PATH_SIZE, "any path");

enum { PIXELS_AT = 4096 }; /* a page */

static const char magic[8] = "bm-pack";

struct prefix {
    char magic[8];
    uint64_t size, header_size, header_checksum;
};

/* Part of the header: files that others have made are made anew. */
static char *version_text(char *text, size_t size)
{
    snprintf(text, size, "1, %s, %s", bm_jpeg_version(), bm_png_version());
    return text;
}

size_t bm_packed_image_bytes(struct bm_image_shape shape)
{
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

/* ---- the header ---- */

struct numbers {
    uint64_t stamp, n_train, n_test;
    uint32_t channels, height, width, n_classes;
};

static void add_header(const struct bm_packed_header *header, struct bm_bytes *out)
{
    char version[200];
    struct bm_image_shape shape = header->shape;
    const struct numbers numbers = {header->stamp,
                                    header->n_train,
                                    header->n_test,
                                    (uint32_t)shape.channels,
                                    (uint32_t)shape.height,
                                    (uint32_t)shape.width,
                                    (uint32_t)header->n_classes};
    bm_bytes_add_text(out, version_text(version, sizeof version));
    bm_bytes_add(out, &header->digest, sizeof header->digest);
    bm_bytes_add(out, &header->pixels, sizeof header->pixels);
    bm_bytes_add(out, &numbers, sizeof numbers);
    bm_bytes_add_text(out, header->remarks);
    for (int c = 0; c < header->n_classes; c++)
        bm_bytes_add_text(out, header->class_names[c]);
    bm_bytes_add(out, header->labels, (header->n_train + header->n_test) * sizeof *header->labels);
}

static bool take(struct bm_cursor *in, void *to, size_t size)
{
    const unsigned char *from = bm_cursor_take(in, size);
    if (from != NULL)
        memcpy(to, from, size);
    return from != NULL;
}

/* A copy of the next text; `memory` may count. */
static const char *take_text(struct bm_cursor *in, struct bm_arena *memory)
{
    size_t length;
    const char *text = bm_cursor_text(in, &length);
    char *copy = bm_arena_take(memory, length + 1);
    if (copy != NULL && text != NULL)
        memcpy(copy, text, length);
    return copy;
}

/* Takes the header apart; false where it is of another version. `memory` may count. */
static bool take_header(struct bm_cursor in, struct bm_packed_header *header,
                        struct bm_arena *memory)
{
    char version[200];
    size_t length;
    struct numbers numbers;
    const char *text = bm_cursor_text(&in, &length);
    version_text(version, sizeof version);
    if (text == NULL || length != strlen(version) || memcmp(text, version, length) != 0 ||
        !take(&in, &header->digest, sizeof header->digest) ||
        !take(&in, &header->pixels, sizeof header->pixels) || !take(&in, &numbers, sizeof numbers))
        return false;
    header->stamp = numbers.stamp;
    header->shape =
        (struct bm_image_shape){(int)numbers.channels, (int)numbers.height, (int)numbers.width};
    header->n_train = numbers.n_train;
    header->n_test = numbers.n_test;
    header->n_classes = (int)numbers.n_classes;
    header->remarks = take_text(&in, memory);
    const char **names = bm_arena_take(memory, ((size_t)header->n_classes + 1) * sizeof *names);
    for (int c = 0; c < header->n_classes && !in.overrun; c++) {
        const char *name = take_text(&in, memory);
        if (names != NULL)
            names[c] = name;
    }
    header->class_names = names;
    size_t n = header->n_train + header->n_test;
    uint16_t *labels = bm_arena_take(memory, n * sizeof *labels);
    const unsigned char *stored = bm_cursor_take(&in, n * sizeof *labels);
    if (labels != NULL && stored != NULL)
        memcpy(labels, stored, n * sizeof *labels);
    header->labels = labels;
    return !in.overrun && in.at == in.size;
}

/* ---- reading ---- */

/* The header's bytes where prefix, sizes and checksum agree. */
static bool find_header(const struct bm_map *map, struct bm_cursor *header)
{
    struct prefix prefix;
    if (map->size < PIXELS_AT)
        return false;
    memcpy(&prefix, map->data, sizeof prefix);
    if (memcmp(prefix.magic, magic, sizeof magic) != 0 || prefix.size != map->size ||
        prefix.header_size > map->size - PIXELS_AT)
        return false;
    const unsigned char *at = map->data + map->size - prefix.header_size;
    *header = bm_cursor_of(at, prefix.header_size);
    return bm_checksum(at, prefix.header_size) == prefix.header_checksum;
}

static bool has_all_pixels(const struct bm_packed *packed, const struct bm_cursor *header)
{
    const struct bm_packed_header *h = &packed->header;
    return packed->map.size - header->size - PIXELS_AT ==
           (h->n_train + h->n_test) * bm_packed_image_bytes(h->shape);
}

int bm_packed_open(struct bm_packed *packed, const char *path, struct bm_err *err)
{
    struct bm_cursor header;
    struct bm_arena count = {0};
    *packed = (struct bm_packed){0};
    if (bm_map_open(&packed->map, path, NULL) != 0)
        return 0;
    if (!find_header(&packed->map, &header) || !take_header(header, &packed->header, &count) ||
        !has_all_pixels(packed, &header)) {
        bm_packed_close(packed);
        return 0;
    }
    if (bm_arena_init(&packed->memory, count.used, "a header", err) != 0) {
        bm_packed_close(packed);
        return -1;
    }
    take_header(header, &packed->header, &packed->memory);
    packed->pixels = packed->map.data + PIXELS_AT;
    return 1;
}

bool bm_packed_is_whole(const struct bm_packed *packed)
{
    const struct bm_packed_header *header = &packed->header;
    size_t n = header->n_train + header->n_test, bytes = bm_packed_image_bytes(header->shape);
    size_t n_blocks = (n + BM_PACKED_BLOCK - 1) / BM_PACKED_BLOCK;
    struct bm_id *blocks = calloc(n_blocks + 1, sizeof *blocks);
    if (blocks == NULL)
        return false;
    bm_map_expect(&packed->map);
    for (size_t b = 0; b < n_blocks; b++) {
        size_t first = b * BM_PACKED_BLOCK;
        size_t images = n - first < BM_PACKED_BLOCK ? n - first : BM_PACKED_BLOCK;
        blocks[b] = bm_digest(packed->pixels + first * bytes, images * bytes);
    }
    struct bm_id found = bm_digest_join(blocks, n_blocks);
    free(blocks);
    return bm_id_compare(&found, &header->pixels) == 0;
}

void bm_packed_close(struct bm_packed *packed)
{
    bm_map_close(&packed->map);
    bm_arena_fini(&packed->memory);
    *packed = (struct bm_packed){0};
}

/* ---- writing ---- */

static int check_room(const char *folder, double bytes, struct bm_err *err)
{
    struct statvfs info;
    if (statvfs(folder, &info) != 0)
        return 0; /* writing will tell */
    double room = (double)info.f_bavail * (double)info.f_frsize;
    if (room >= bytes)
        return 0;
    return bm_fail(
        err, BM_EXIT_IO,
        "the decoded images take %.4g MB, and '%s' has room for %.4g MB: cache_dir names "
        "the folder that they go to",
        bytes / 1e6, folder, room / 1e6);
}

int bm_packing_begin(struct bm_packing *packing, const char *path, struct bm_image_shape shape,
                     size_t n_images, struct bm_err *err)
{
    char folder[BM_PATH_SIZE], host[64];
    *packing = (struct bm_packing){.file = -1, .at = PIXELS_AT, .shape = shape};
    snprintf(packing->path, sizeof packing->path, "%s", path);
    /* Where file locks end at the machine, another one may be at it, too. */
    snprintf(packing->temporary, sizeof packing->temporary, "%.4000s.%s.new", path,
             bm_host(host, sizeof host));
    bm_folder_of(path, folder);
    packing->blocks = calloc(n_images / BM_PACKED_BLOCK + 1, sizeof *packing->blocks);
    if (packing->blocks == NULL)
        return bm_fail_errno(err, "no memory for %zu images", n_images);
    if (check_room(folder, (double)n_images * (double)bm_packed_image_bytes(shape), err) != 0)
        return -1;
    packing->file = bm_file_create(packing->temporary, err);
    return packing->file < 0 ? -1 : 0;
}

int bm_packing_add(struct bm_packing *packing, const unsigned char *pixels, size_t n,
                   struct bm_err *err)
{
    size_t size = n * bm_packed_image_bytes(packing->shape);
    if (bm_file_write_at(packing->file, packing->temporary, pixels, size, packing->at, err) != 0)
        return -1;
    packing->blocks[packing->n_blocks++] = bm_digest(pixels, size);
    packing->at += size;
    return 0;
}

static int write_ends(struct bm_packing *packing, const struct bm_bytes *header, struct bm_err *err)
{
    struct prefix prefix = {.size = packing->at + header->size,
                            .header_size = header->size,
                            .header_checksum = bm_checksum(header->data, header->size)};
    memcpy(prefix.magic, magic, sizeof magic);
    if (bm_file_write_at(packing->file, packing->temporary, header->data, header->size, packing->at,
                         err) != 0 ||
        bm_file_write_at(packing->file, packing->temporary, &prefix, sizeof prefix, 0, err) != 0)
        return -1;
    return TEMP_FAILURE_RETRY(fsync(packing->file)) == 0
               ? 0
               : bm_fail_errno(err, "cannot write to %s", packing->temporary);
}

int bm_packing_end(struct bm_packing *packing, struct bm_packed_header *header, struct bm_err *err)
{
    struct bm_bytes bytes = {0};
    header->shape = packing->shape;
    header->pixels = bm_digest_join(packing->blocks, packing->n_blocks);
    add_header(header, &bytes);
    int status = write_ends(packing, &bytes, err);
    bm_bytes_fini(&bytes);
    return status == 0 ? bm_file_replace(packing->temporary, packing->path, err) : -1;
}

void bm_packing_fini(struct bm_packing *packing)
{
    if (packing->file >= 0) {
        close(packing->file);
        unlink(packing->temporary); /* nothing is there where it has its own name */
    }
    free(packing->blocks);
    *packing = (struct bm_packing){.file = -1};
}
