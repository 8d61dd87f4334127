/* The nearest valid word, for "did you mean". */
#include "bm/field.h"

#include <string.h>

enum { LONGEST = 63 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein distance; words longer than LONGEST are compared by their beginnings. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    size_t width = strnlen(b, LONGEST), height = strnlen(a, LONGEST);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; i <= height; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[width];
}

struct best {
    const char *word;
    size_t distance;
};

static void consider(struct best *best, const char *text, const char *word)
{
    size_t distance = edit_distance(text, word), length = strlen(word);
    if (distance <= 3 && 2 * distance < length + 1 && distance < best->distance)
        *best = (struct best){word, distance};
}

const char *bm_nearest(const char *text, const char *const *words)
{
    struct best best = {NULL, SIZE_MAX};
    for (; *words != NULL; words++)
        consider(&best, text, *words);
    return best.word;
}

const char *bm_table_nearest(const struct bm_table *table, unsigned roles, const char *text)
{
    struct best best = {NULL, SIZE_MAX};
    for (size_t i = 0; i < table->n_fields; i++)
        if (roles & 1u << table->fields[i].role)
            consider(&best, text, table->fields[i].key);
    return best.word;
}
