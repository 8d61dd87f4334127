/* The texts of two results files as those of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/results.h"

/* What stands between two of them, in lines of its own for sweep files: they are documents of YAML.
 */
static const char between_sweeps[] = "---\n", between_others[] = " + ";

/* Parts of texts that were joined, each once and in order. */
struct parts {
    size_t n;
    char **parts; /* owned, as they are */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void add_part(struct parts *parts, const char *text, size_t size)
{
    if (size == 0)
        return;
    parts->parts = must(realloc(parts->parts, (parts->n + 1) * sizeof *parts->parts));
    parts->parts[parts->n++] = must(strndup(text, size));
}

/* Where the next separator begins, or the text's end: that of sweeps at the beginning of a line. */
static size_t part_length(const char *text, const char *separator)
{
    for (const char *at = text; (at = strstr(at, separator)) != NULL; at++)
        if (separator != between_sweeps || at == text || at[-1] == '\n')
            return (size_t)(at - text);
    return strlen(text);
}

static void split(struct parts *parts, const char *text, const char *separator)
{
    for (;;) {
        size_t length = part_length(text, separator);
        add_part(parts, text, length);
        if (text[length] == '\0')
            return;
        text += length + strlen(separator);
    }
}

static void join(struct parts *parts, const char *separator, struct bm_bytes *out)
{
    const char *last = NULL;
    if (parts->n > 0)
        qsort(parts->parts, parts->n, sizeof *parts->parts, by_text);
    for (size_t i = 0; i < parts->n; i++) {
        const char *part = parts->parts[i];
        if (last != NULL && strcmp(last, part) == 0)
            continue;
        bool is_open = out->size > 0 && out->data[out->size - 1] != '\n';
        bm_bytes_printf(out, "%s%s%s", is_open && separator == between_sweeps ? "\n" : "",
                        last != NULL ? separator : "", part);
        last = part;
    }
    for (size_t i = 0; i < parts->n; i++)
        free(parts->parts[i]);
    free(parts->parts);
}

static int replace(struct bm_results *results, const char *name, const struct bm_bytes *text,
                   struct bm_err *err)
{
    struct bm_frame frame = {.kind = BM_FRAME_META,
                             .text = text->size > 0 ? (const char *)text->data : "",
                             .text_size = text->size};
    snprintf(frame.name, sizeof frame.name, "%s", name);
    return bm_results_apply(results, &frame, err);
}

static int join_text(struct bm_results *into, const char *name, const char *a, const char *b,
                     struct bm_err *err)
{
    const char *separator = strcmp(name, "sweep") == 0 ? between_sweeps : between_others;
    struct parts parts = {0};
    struct bm_bytes joined = {0};
    split(&parts, a, separator);
    split(&parts, b, separator);
    join(&parts, separator, &joined);
    int status = replace(into, name, &joined, err);
    bm_bytes_fini(&joined);
    return status;
}

/* ---- runs that no sweep has ---- */

static bool is_listed(const char *list, const char *id)
{
    return list != NULL && strstr(list, id) != NULL;
}

/* Adds the runs of `a` that are in no sweep: neither in that of `a` nor in that of `b`. */
static void add_strangers(const struct bm_results *a, const struct bm_results *b,
                          struct parts *strangers)
{
    const char *in_a = bm_results_meta(a, BM_META_STRANGERS),
               *in_b = bm_results_meta(b, BM_META_STRANGERS);
    for (size_t i = 0; i < a->n_runs && in_a != NULL; i++) {
        char id[BM_ID_TEXT];
        bm_id_text(&a->runs[i].id, id);
        if (is_listed(in_a, id) &&
            (bm_results_find(b, &a->runs[i].id) == NULL || is_listed(in_b, id)))
            add_part(strangers, id, strlen(id));
    }
}

static int join_strangers(struct bm_results *into, const struct bm_results *from,
                          struct bm_err *err)
{
    struct parts strangers = {0};
    struct bm_bytes text = {0};
    if (bm_results_meta(into, BM_META_STRANGERS) == NULL &&
        bm_results_meta(from, BM_META_STRANGERS) == NULL)
        return 0;
    add_strangers(into, from, &strangers);
    add_strangers(from, into, &strangers);
    join(&strangers, " ", &text);
    if (text.size == 0)
        bm_bytes_printf(&text, "none");
    int status = replace(into, BM_META_STRANGERS, &text, err);
    bm_bytes_fini(&text);
    return status;
}

int bm_results_join_texts(struct bm_results *into, const struct bm_results *from,
                          struct bm_err *err)
{
    if (join_strangers(into, from, err) != 0)
        return -1;
    for (size_t i = 0; i < from->n_meta; i++) {
        const char *name = from->meta[i].name, *text = bm_results_meta(into, name);
        bool is_own = strcmp(name, BM_META_STRANGERS) == 0;
        if (is_own || text == NULL || strcmp(text, from->meta[i].text) == 0 ||
            bm_meta_is_data_digest(name))
            continue;
        if (join_text(into, name, text, from->meta[i].text, err) != 0)
            return -1;
    }
    return 0;
}
