#include "points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/arch.h"
#include "bm/names.h"
#include "bm/train.h"
#include "strangers.h"

/* ---- making them ---- */

/* Where the setting is given that a sentence begins with; NULL: there is none. */
static const char *place_of(const struct bm_sweep *sweep, const char *sentence)
{
    size_t length = strcspn(sentence, ":");
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const char *key = bm_config_table.fields[i].key;
        if (strlen(key) == length && strncmp(key, sentence, length) == 0)
            return bm_sweep_place(sweep, &bm_config_table.fields[i]);
    }
    return NULL;
}

static int check_and_cost(const struct bm_points *points, const struct bm_config *config,
                          struct bm_cost *cost, struct bm_err *err)
{
    if (bm_config_check(config, err) == 0 &&
        bm_cost_of(config, &points->sweep->launch, cost, err) == 0)
        return 0;
    char text[400];
    const char *place = err != NULL ? place_of(points->sweep, err->text) : NULL;
    bm_points_text(points, config, text, sizeof text);
    if (text[0] != '\0')
        bm_fail_at(err, "the point %s", text);
    return place != NULL ? bm_fail_at(err, "%s", place) : -1;
}

enum { PRECISIONS = BM_PRECISION_BF16 + 1 };

size_t bm_points_kind(const struct bm_config *config)
{
    size_t arch = 0;
    while (strcmp(bm_arch_names[arch], config->arch) != 0)
        arch++;
    return PRECISIONS * arch + (size_t)config->precision;
}

char *bm_points_kind_text(size_t kind, char *text, size_t size)
{
    enum bm_precision precision = (enum bm_precision)(kind % PRECISIONS);
    snprintf(text, size, "%s%s%s", bm_arch_names[kind / PRECISIONS],
             precision == BM_PRECISION_FP32 ? "" : " in ",
             precision == BM_PRECISION_FP32 ? "" : bm_precision_words[precision]);
    return text;
}

static int add_point(struct bm_points *points, uint64_t index, struct bm_err *err)
{
    struct bm_config config;
    struct bm_cost cost;
    if (!bm_grid_point(points->sweep->grid, index, &config))
        return 0;
    if (check_and_cost(points, &config, &cost, err) != 0)
        return -1;
    struct bm_point *point = &points->points[points->n++];
    point->id = bm_config_id(&config, bm_arch_find(config.arch)->settings);
    point->index = index;
    point->kind = bm_points_kind(&config);
    point->needs_bf16 = bm_train_needs_bf16(&config);
    point->cost = cost.flops;
    point->memory = cost.memory;
    point->state = BM_POINT_TODO;
    points->disk += cost.disk;
    points->state = cost.state > points->state ? cost.state : points->state;
    return 0;
}

static int by_id(const void *a, const void *b)
{
    const struct bm_point *x = a, *y = b;
    int order = bm_id_compare(&x->id, &y->id);
    return order != 0 ? order : x->index < y->index ? -1 : 1;
}

static int by_index(const void *a, const void *b)
{
    const struct bm_point *x = a, *y = b;
    return x->index < y->index ? -1 : 1;
}

/* Keeps the first of the points with one id. */
static void merge(struct bm_points *points)
{
    struct bm_point *all = points->points;
    size_t kept = 0;
    qsort(all, points->n, sizeof *all, by_id);
    for (size_t i = 0; i < points->n; i++)
        if (kept == 0 || bm_id_compare(&all[kept - 1].id, &all[i].id) != 0)
            all[kept++] = all[i];
    points->n_merged = points->n - kept;
    if (points->n > 0)
        points->disk *= (double)kept / (double)points->n;
    points->n = kept;
    qsort(all, points->n, sizeof *all, by_index);
}

int bm_points_init(struct bm_points *points, const struct bm_sweep *sweep, struct bm_err *err)
{
    *points = (struct bm_points){.sweep = sweep};
    uint64_t n = bm_grid_points(sweep->grid);
    points->points = calloc(n ? n : 1, sizeof *points->points);
    if (points->points == NULL)
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for a sweep of %llu points",
                       (unsigned long long)n);
    for (uint64_t index = 0; index < n; index++)
        if (add_point(points, index, err) != 0) {
            bm_points_fini(points);
            return -1;
        }
    if (points->n == 0) {
        bm_points_fini(points);
        return bm_fail(err, BM_EXIT_DATA,
                       "%s: exclude: leaves 0 of %llu points, so nothing would run", sweep->name,
                       (unsigned long long)n);
    }
    merge(points);
    points->count[BM_POINT_TODO] = points->n;
    return 0;
}

void bm_points_fini(struct bm_points *points)
{
    free(points->points);
    *points = (struct bm_points){0};
}

/* ---- states ---- */

void bm_points_set_state(struct bm_points *points, size_t i, enum bm_point_state state)
{
    struct bm_point *point = &points->points[i];
    points->count[point->state]--;
    points->count[state]++;
    points->asked[point->state] -= point->is_asked;
    points->asked[state] += point->is_asked;
    point->state = state;
}

void bm_points_ask(struct bm_points *points, size_t i)
{
    points->points[i].is_asked = true;
    points->asked[points->points[i].state]++;
    points->n_asked++;
}

void bm_points_match(struct bm_points *points, const struct bm_results *results)
{
    memset(points->asked, 0, sizeof points->asked);
    points->n_asked = 0;
    for (size_t i = 0; i < points->n; i++) {
        const struct bm_run *run = bm_results_find(results, &points->points[i].id);
        bool finished = run != NULL && run->finished;
        bool done = finished && run->result.status == BM_STATUS_DONE;
        points->points[i].is_asked = false;
        points->points[i].timed_out = finished && run->result.status == BM_STATUS_TIMEOUT;
        bm_points_set_state(points, i,
                            done       ? BM_POINT_DONE
                            : finished ? BM_POINT_FAILED
                                       : BM_POINT_TODO);
    }
    free(bm_strangers(points, results, &points->n_strangers));
}

/* ---- finding and naming ---- */

static int find_index(const struct bm_points *points, const char *text, size_t *found)
{
    uint64_t index = strtoull(text, NULL, 10);
    for (size_t i = 0; i < points->n; i++)
        if (points->points[i].index == index) {
            *found = i;
            return 0;
        }
    return -1;
}

int bm_points_find(const struct bm_points *points, const char *text, size_t *found,
                   struct bm_err *err)
{
    size_t matches = 0, length = strlen(text);
    if (length > 0 && length < 9 && strspn(text, "0123456789") == length &&
        find_index(points, text, found) == 0)
        return 0;
    for (size_t i = 0; length > 0 && i < points->n; i++) {
        char id[BM_ID_TEXT];
        if (strncasecmp(bm_id_text(&points->points[i].id, id), text, length) == 0) {
            *found = i;
            matches++;
        }
    }
    if (matches == 1)
        return 0;
    if (matches > 1)
        return bm_fail(err, BM_EXIT_USAGE, "'%s' is the beginning of %zu ids: write more of it",
                       text, matches);
    return bm_fail(err, BM_EXIT_USAGE,
                   "the sweep has no run '%s': give an index or the beginning of an id, as "
                   "--plan lists them",
                   text);
}

char *bm_points_text(const struct bm_points *points, const struct bm_config *config, char *text,
                     size_t size)
{
    const struct bm_arch *arch = bm_arch_find(config->arch);
    size_t used = 0;
    text[0] = '\0';
    for (const char *const *key = bm_grid_axes(points->sweep->grid); *key != NULL; key++) {
        const struct bm_field *field = bm_table_find(&bm_config_table, *key);
        char value[128];
        if (arch != NULL && !bm_config_has_effect(config, field, arch->settings))
            continue;
        bm_field_text(field, config, value, sizeof value);
        int n = snprintf(text + used, size - used, "%s%s=%s", used ? " " : "", *key, value);
        used += (size_t)n;
        if (used >= size)
            return text;
    }
    return text;
}

void bm_points_config(const struct bm_points *points, size_t i, struct bm_config *config)
{
    bm_grid_point(points->sweep->grid, points->points[i].index, config);
}
