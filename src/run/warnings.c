#include "warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/arch.h"
#include "bm/data.h"
#include "bm/train.h"

struct speaker {
    void (*say)(void *context, const char *sentence);
    void *context;
};

static void say(const struct speaker *speaker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct speaker *speaker, const char *format, ...)
{
    char sentence[1500];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    speaker->say(speaker->context, sentence);
}

/* ---- items ---- */

static void of_exclusions(const struct bm_points *points, const struct speaker *speaker)
{
    struct bm_grid_idle idle;
    for (size_t at = 0; bm_grid_idle_exclusion(points->sweep->grid, &at, &idle);) {
        char value[128];
        if (idle.field == NULL)
            say(speaker, "%s: exclude: no point of the grid has all of these together", idle.place);
        else
            say(speaker, "%s: exclude: no point of the grid has %s: %s", idle.place,
                idle.field->key, bm_field_text(idle.field, idle.values, value, sizeof value));
    }
}

static int by_index(const void *key, const void *point)
{
    uint64_t index = *(const uint64_t *)key, other = ((const struct bm_point *)point)->index;
    return (index > other) - (index < other);
}

static void of_points(const struct bm_grid_inclusion *inclusion, uint64_t some, const char *what,
                      const struct speaker *speaker)
{
    if (some > 0 && inclusion->n == 1)
        say(speaker, "%s: include: the point is there already%s", inclusion->place, what);
    else if (some > 0)
        say(speaker, "%s: include: %llu of the %llu points are there already%s", inclusion->place,
            (unsigned long long)some, (unsigned long long)inclusion->n, what);
}

/* Points that were merged with earlier ones, and those that match an earlier one but have an id of
 * their own. */
static void of_inclusions(const struct bm_points *points, const struct speaker *speaker)
{
    const struct bm_grid *grid = points->sweep->grid;
    struct bm_grid_inclusion inclusion;
    for (size_t i = 0; bm_grid_inclusion(grid, i, &inclusion); i++) {
        uint64_t merged = 0, matching = 0;
        for (uint64_t at = inclusion.first; at < inclusion.first + inclusion.n; at++) {
            struct bm_config config;
            bm_grid_point(grid, at, &config);
            if (bsearch(&at, points->points, points->n, sizeof *points->points, by_index) == NULL)
                merged++;
            else
                matching += bm_grid_has(grid, &config, inclusion.first);
        }
        of_points(&inclusion, merged, "", speaker);
        of_points(&inclusion, matching, " to 12 digits, and would run again", speaker);
    }
}

/* ---- settings ---- */

/* How deep an example is, is asked of nearest neighbours, whatever the probes are. */
static bool asks_depth(const struct bm_launch *launch, const struct bm_field *field)
{
    return launch->save_examples != BM_SAVE_NONE && strcmp(field->key, "knn_k") == 0;
}

static bool has_effect_somewhere(const struct bm_points *points, const struct bm_field *field)
{
    if (asks_depth(&points->sweep->launch, field))
        return true;
    for (size_t i = 0; i < points->n; i++) {
        struct bm_config config;
        bm_points_config(points, i, &config);
        if (bm_config_is_seen(&config, field, bm_arch_find(config.arch)->settings))
            return true;
    }
    return false;
}

static void of_effects(const struct bm_points *points, const struct speaker *speaker)
{
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        const char *place = bm_sweep_place(points->sweep, field);
        if (place != NULL && !has_effect_somewhere(points, field))
            say(speaker, "%s: %s has no effect in any of these runs", place, field->key);
    }
}

/* How many points bm_train_idle says one kind of sentence of, and the first of these. */
struct idle {
    size_t points;
    struct bm_idle first;
};

static void count_idle(const struct bm_points *points, const struct bm_config *config,
                       struct idle kinds[BM_IDLE_KINDS])
{
    struct bm_idle idle[BM_IDLE_KINDS];
    size_t n = bm_train_idle(config, &points->sweep->launch, idle);
    for (size_t i = 0; i < n; i++)
        if (kinds[idle[i].kind].points++ == 0)
            kinds[idle[i].kind].first = idle[i];
}

static const char *place_of(const struct bm_sweep *sweep, const char *key)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    return bm_sweep_place(sweep, field != NULL ? field : bm_table_find(&bm_launch_table, key));
}

static bool is_worth_saying(const struct idle *idle, size_t n_points, bool is_given)
{
    switch (idle->first.when) {
    case BM_IDLE_ALWAYS:
        break;
    case BM_IDLE_IF_GIVEN:
        return is_given;
    case BM_IDLE_IF_GIVEN_AND_IN_ALL_RUNS:
        return is_given && idle->points == n_points;
    }
    return true;
}

static void of_sizes(const struct bm_points *points, const struct speaker *speaker)
{
    struct idle kinds[BM_IDLE_KINDS] = {0};
    for (size_t i = 0; i < points->n; i++) {
        struct bm_config config;
        bm_points_config(points, i, &config);
        count_idle(points, &config, kinds);
    }
    for (size_t k = 0; k < BM_IDLE_KINDS; k++) {
        const struct bm_idle *first = &kinds[k].first;
        char share[80] = "";
        if (kinds[k].points == 0)
            continue;
        const char *place = place_of(points->sweep, first->key);
        if (!is_worth_saying(&kinds[k], points->n, place != NULL))
            continue;
        if (place == NULL)
            place = place_of(points->sweep, first->because);
        if (kinds[k].points < points->n)
            snprintf(share, sizeof share, " (in %zu of %zu runs)", kinds[k].points, points->n);
        say(speaker, "%s%s%s%s", place ? place : "", place ? ": " : "", first->sentence, share);
    }
}

static bool is_axis(const struct bm_points *points, const char *key)
{
    const char *const *axis = bm_grid_axes(points->sweep->grid);
    while (*axis != NULL && strcmp(*axis, key) != 0)
        axis++;
    return *axis != NULL;
}

/* A number that is the one that a word stands for, in a sweep that has both: the same is computed
 * twice, under two ids. */
static void of_twins(const struct bm_points *points, const struct speaker *speaker)
{
    static const char *const keys[] = {"train_size", "test_size", "image_size"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const struct bm_field *field = bm_table_find(&bm_config_table, keys[k]);
        for (size_t i = 0; is_axis(points, keys[k]) && i < points->n; i++) {
            struct bm_config config;
            bm_points_config(points, i, &config);
            struct bm_data_facts data;
            if (bm_data_facts(&config, &points->sweep->launch, &data, NULL) != 0)
                continue;
            const int64_t sizes[] = {(int64_t)data.n_train, (int64_t)data.n_test,
                                     data.shape.height};
            if (bm_field_integer(field, &config) != sizes[k])
                continue;
            bm_field_set(field, &config, field->named->name, NULL);
            if (!bm_grid_has(points->sweep->grid, &config, UINT64_MAX))
                continue;
            say(speaker, "%s: %s: %lld is '%s' for %s: the same runs twice",
                bm_sweep_place(points->sweep, field), keys[k], (long long)sizes[k],
                field->named->name, config.dataset);
            break;
        }
    }
}

/* All classes, asked for by their number or by their names. */
static void of_all_classes(const struct bm_points *points, const struct speaker *speaker)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, "classes");
    for (size_t i = 0; is_axis(points, field->key) && i < points->n; i++) {
        struct bm_config config, all;
        struct bm_data_facts data;
        bm_points_config(points, i, &config);
        all = config;
        bm_field_set(field, &all, field->initial, NULL);
        if (bm_field_matches(field, &config, &all) ||
            bm_data_facts(&config, &points->sweep->launch, &data, NULL) != 0 ||
            data.classes != data.catalog->classes ||
            !bm_grid_has(points->sweep->grid, &all, UINT64_MAX))
            continue;
        say(speaker, "%s: classes: %.80s is '%s' for %s: the same runs twice",
            bm_sweep_place(points->sweep, field), config.classes, field->initial, config.dataset);
        return;
    }
}

/* Settings that vary where nothing is trained: the same network under several ids. */
static void of_untrained(const struct bm_points *points, const struct speaker *speaker)
{
    static const char *const keys[] = {
        "loss",           "label_smoothing", "optimizer",        "lr",
        "momentum",       "weight_decay",    "lars_exclude_1d",  "batch_size",
        "stop_memorized", "precision",       "saved_activations"};
    for (size_t i = 0; i < points->n; i++) {
        struct bm_config config;
        bm_points_config(points, i, &config);
        if (config.epochs > 0)
            return;
    }
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (is_axis(points, keys[k]))
            say(speaker, "%s: %s: with epochs: 0 nothing is trained: the same runs again",
                place_of(points->sweep, keys[k]), keys[k]);
}

/* Fractions of noise that are the same number of images. `others`: all values of the axis. */
static bool find_same_noise(const struct bm_points *points, const struct bm_config *config,
                            const double *others, size_t n_others, const struct speaker *speaker)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, "label_noise");
    struct bm_data_facts data;
    size_t n_train, n_test;
    if (bm_data_facts(config, &points->sweep->launch, &data, NULL) != 0 ||
        bm_data_sizes(config, &data, &n_train, &n_test, NULL) != 0)
        return false;
    size_t noisy = bm_noisy_images(n_train, config->label_noise);
    if (noisy == 0 || noisy == n_train) /* told of each by itself */
        return false;
    for (size_t i = 0; i < n_others; i++) {
        struct bm_config other = *config;
        other.label_noise = others[i];
        if (bm_field_matches(field, &other, config)) /* told of by itself */
            continue;
        if (others[i] <= config->label_noise || bm_noisy_images(n_train, others[i]) != noisy ||
            !bm_grid_has(points->sweep->grid, &other, UINT64_MAX))
            continue;
        say(speaker,
            "%s: label_noise: %.12g and %.12g of %zu images are both %zu: the same runs "
            "twice",
            place_of(points->sweep, "label_noise"), config->label_noise, others[i], n_train, noisy);
        return true;
    }
    return false;
}

static void of_noise(const struct bm_points *points, const struct speaker *speaker)
{
    enum { MOST_VALUES = 64 };
    double values[MOST_VALUES];
    size_t n = 0;
    for (size_t i = 0; is_axis(points, "label_noise") && i < points->n; i++) {
        struct bm_config config;
        size_t v = 0;
        bm_points_config(points, i, &config);
        while (v < n && values[v] != config.label_noise)
            v++;
        if (v == n && n < MOST_VALUES)
            values[n++] = config.label_noise;
    }
    for (size_t i = 0; n > 1 && i < points->n; i++) {
        struct bm_config config;
        bm_points_config(points, i, &config);
        if (find_same_noise(points, &config, values, n, speaker))
            return; /* one shows the kind */
    }
}

void bm_warnings(const struct bm_points *points, void (*to)(void *context, const char *sentence),
                 void *context)
{
    const struct speaker speaker = {to, context};
    of_exclusions(points, &speaker);
    of_inclusions(points, &speaker);
    of_effects(points, &speaker);
    of_sizes(points, &speaker);
    of_twins(points, &speaker);
    of_all_classes(points, &speaker);
    of_noise(points, &speaker);
    of_untrained(points, &speaker);
}
