#include "strangers.h"

#include <stdlib.h>
#include <string.h>

size_t *bm_strangers(const struct bm_points *points, const struct bm_results *results, size_t *n)
{
    bool *is_point = calloc(results->n_runs + 1, sizeof *is_point);
    size_t *strangers = calloc(results->n_runs + 1, sizeof *strangers);
    if (is_point == NULL || strangers == NULL)
        abort();
    for (size_t i = 0; i < points->n; i++) {
        const struct bm_run *run = bm_results_find(results, &points->points[i].id);
        if (run != NULL)
            is_point[run - results->runs] = true;
    }
    *n = 0;
    for (size_t i = 0; i < results->n_runs; i++)
        if (!is_point[i])
            strangers[(*n)++] = i;
    free(is_point);
    return strangers;
}

char *bm_strangers_text(const struct bm_points *points, const char *lead, char *text, size_t size)
{
    text[0] = '\0';
    if (points->n_strangers > 0)
        snprintf(text, size, "%s %zu run%s that this sweep does not have", lead,
                 points->n_strangers, points->n_strangers == 1 ? "" : "s");
    return text;
}

void bm_strangers_print(const struct bm_points *points, const struct bm_results *results,
                        size_t most, FILE *file)
{
    size_t n, *strangers = bm_strangers(points, results, &n);
    if (n > 0)
        fprintf(file, "\nin the results, and not in this sweep ('bm-results drop' takes them "
                      "away):\n");
    for (size_t i = 0; i < n && i < most; i++) {
        const struct bm_run *run = &results->runs[strangers[i]];
        char id[BM_ID_TEXT], text[400];
        fprintf(file, "%8s  %.8s  %10s  %-6s  %s\n", "-", bm_id_text(&run->id, id), "-",
                bm_status_words[run->result.status],
                bm_points_text(points, &run->config, text, sizeof text));
    }
    if (n > most)
        fprintf(file, "%8s  and %zu more (--all lists them)\n", "…", n - most);
    free(strangers);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Their ids in order, or "none". */
static void name_all(const struct bm_points *points, const struct bm_results *results,
                     struct bm_bytes *text)
{
    size_t n, *strangers = bm_strangers(points, results, &n);
    char(*ids)[BM_ID_TEXT] = calloc(n + 1, sizeof *ids);
    if (ids == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        bm_id_text(&results->runs[strangers[i]].id, ids[i]);
    qsort(ids, n, sizeof *ids, by_text);
    for (size_t i = 0; i < n; i++)
        bm_bytes_printf(text, "%s%s", i > 0 ? " " : "", ids[i]);
    if (n == 0)
        bm_bytes_printf(text, "none");
    free(ids);
    free(strangers);
}

int bm_strangers_record(const struct bm_points *points, struct bm_store *store, struct bm_err *err)
{
    const struct bm_results *results = bm_store_results(store);
    const char *stored = bm_results_meta(results, BM_META_STRANGERS);
    struct bm_bytes text = {0}, frame = {0};
    int status = 0;
    name_all(points, results, &text);
    if (strcmp(stored != NULL ? stored : "none", (const char *)text.data) != 0) {
        bm_frame_add_meta(&frame, BM_META_STRANGERS, (const char *)text.data);
        status = bm_store_append(store, frame.data, frame.size, err) == 0 ? 1 : -1;
    }
    bm_bytes_fini(&frame);
    bm_bytes_fini(&text);
    return status;
}
