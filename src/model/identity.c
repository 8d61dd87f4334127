/* A run's id. Golden ids are tested: what changes them loses users their results. */
#include "bm/config.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bm_config_has_effect(const struct bm_config *config, const struct bm_field *field,
                          const char *const *arch_settings)
{
    if (field->has_effect != NULL && !field->has_effect(config))
        return false;
    if (!field->of_architecture)
        return true;
    for (; *arch_settings != NULL; arch_settings++)
        if (strcmp(*arch_settings, field->key) == 0)
            return true;
    return false;
}

bool bm_config_is_seen(const struct bm_config *config, const struct bm_field *field,
                       const char *const *arch_settings)
{
    if (bm_config_has_effect(config, field, arch_settings))
        return true;
    if (!bm_config_uses_probe(config, "invariance"))
        return false;
    struct bm_config augmented = *config;
    augmented.diversity = INFINITY;
    return bm_config_has_effect(&augmented, field, arch_settings);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const struct bm_field *const *)a)->key,
                  (*(const struct bm_field *const *)b)->key);
}

/* The rows of identity in the order of their keys; sorted once. */
static const struct bm_field *const *sorted_fields(size_t *n)
{
    static const struct bm_field *sorted[BM_MOST_SETTINGS];
    static size_t count;
    if (count == 0) {
        for (size_t i = 0; i < bm_config_table.n_fields; i++)
            if (bm_config_table.fields[i].role == BM_IDENTITY) {
                assert(count < BM_MOST_SETTINGS);
                sorted[count++] = &bm_config_table.fields[i];
            }
        qsort(sorted, count, sizeof *sorted, compare_keys);
    }
    *n = count;
    return sorted;
}

/* Shortest round-trip text of a real costs microseconds, and a grid repeats few values a hundred
 * thousand times: each row remembers the last one. */
static const char *value_text(const struct bm_field *field, const void *record)
{
    static struct {
        double value;
        char text[32];
    } last[BM_MOST_SETTINGS];
    static char other[1024];
    if (field->type != BM_REAL)
        return bm_field_text(field, record, other, sizeof other);
    size_t row = (size_t)(field - bm_config_table.fields);
    double value = bm_field_number(field, record);
    if (last[row].text[0] == '\0' || memcmp(&last[row].value, &value, sizeof value) != 0) {
        bm_field_text(field, record, last[row].text, sizeof last[row].text);
        last[row].value = value;
    }
    return last[row].text;
}

static void add_identity(const struct bm_config *config, const char *const *arch_settings,
                         int algorithm, struct bm_bytes *out)
{
    size_t n;
    const struct bm_field *const *sorted = sorted_fields(&n);
    bm_bytes_printf(out, "algorithm=%d\n", algorithm);
    for (size_t i = 0; i < n; i++) {
        const struct bm_field *field = sorted[i];
        if (!bm_config_has_effect(config, field, arch_settings))
            continue;
        const char *text = value_text(field, config);
        if (field->absent != NULL && strcmp(field->absent, text) == 0)
            continue;
        bm_bytes_add(out, field->key, strlen(field->key));
        bm_bytes_add(out, "=", 1);
        bm_bytes_add(out, text, strlen(text));
        bm_bytes_add(out, "\n", 1);
    }
}

void bm_config_identity(const struct bm_config *config, const char *const *arch_settings,
                        struct bm_bytes *out)
{
    add_identity(config, arch_settings, BM_ALGORITHM_VERSION, out);
}

static struct bm_id id_by(const struct bm_config *config, const char *const *arch_settings,
                          int algorithm)
{
    struct bm_bytes text = {0};
    add_identity(config, arch_settings, algorithm, &text);
    struct bm_id id = bm_digest(text.data, text.size);
    bm_bytes_fini(&text);
    return id;
}

struct bm_id bm_config_id(const struct bm_config *config, const char *const *arch_settings)
{
    return id_by(config, arch_settings, BM_ALGORITHM_VERSION);
}

/* ---- what an id tells ---- */

/* The keys of the rows `of_architecture` whose bit is set in `subset`; their number. */
static size_t choose_keys(unsigned long subset, const char *keys[BM_MOST_SETTINGS + 1])
{
    size_t n = 0, chosen = 0;
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        if (!bm_config_table.fields[i].of_architecture)
            continue;
        if (subset >> n & 1)
            keys[chosen++] = bm_config_table.fields[i].key;
        n++;
    }
    keys[chosen] = NULL;
    return n;
}

/* The algorithm by which these keys give the id; 0: none. */
static int algorithm_of(const struct bm_config *config, const struct bm_id *id,
                        const char *const *keys)
{
    int algorithm = BM_ALGORITHM_VERSION;
    for (; algorithm > 0; algorithm--) {
        struct bm_id own = id_by(config, keys, algorithm);
        if (bm_id_compare(&own, id) == 0)
            break;
    }
    return algorithm;
}

int bm_config_algorithm(const struct bm_config *config, const struct bm_id *id,
                        const char *arch_settings[BM_MOST_SETTINGS + 1])
{
    static unsigned long last; /* neighbours are mostly of one architecture */
    unsigned long end = 1ul << choose_keys(last, arch_settings);
    int algorithm = algorithm_of(config, id, arch_settings);
    for (unsigned long subset = 0; algorithm == 0 && subset < end; subset++) {
        choose_keys(subset, arch_settings);
        if ((algorithm = algorithm_of(config, id, arch_settings)) != 0)
            last = subset;
    }
    return algorithm;
}

bool bm_config_has_id(const struct bm_config *config, const struct bm_id *id)
{
    const char *arch_settings[BM_MOST_SETTINGS + 1];
    return bm_config_algorithm(config, id, arch_settings) != 0;
}
