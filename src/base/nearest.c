/* The nearest valid word, for "did you mean": the same one in another spelling, a synonym, or one
 * that is a few letters away. */
#include "bm/field.h"

#include <ctype.h>
#include <string.h>

#include "synonyms.h"

enum { LONGEST = 63 };

/* ---- the words to choose from ---- */

struct choice {
    const char *const *words; /* or NULL: */
    const struct bm_table *table;
    unsigned roles;
};

/* Word i, NULL behind the last; "" for one of another role. */
static const char *word_at(const struct choice *choice, size_t i)
{
    if (choice->words != NULL)
        return choice->words[i];
    if (i == choice->table->n_fields)
        return NULL;
    const struct bm_field *field = &choice->table->fields[i];
    return choice->roles & 1u << field->role ? field->key : "";
}

/* ---- other spellings and synonyms ---- */

/* Letters and digits alone, in lower case: "--batch-size", "batchSize" and "batch_size" are one.
 * Letters of other scripts stay. */
static void simplify(const char *text, char simple[LONGEST + 1])
{
    size_t used = 0;
    for (; *text != '\0' && used < LONGEST; text++)
        if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80)
            simple[used++] = (char)tolower((unsigned char)*text);
    simple[used] = '\0';
}

static const char *find_spelling(const struct choice *choice, const char *simple)
{
    const char *word;
    char other[LONGEST + 1];
    for (size_t i = 0; simple[0] != '\0' && (word = word_at(choice, i)) != NULL; i++) {
        simplify(word, other);
        if (strcmp(simple, other) == 0)
            return word;
    }
    return NULL;
}

static bool has_other(const char *others, const char *simple)
{
    size_t length = strlen(simple);
    for (const char *at = others; length > 0 && (at = strstr(at, simple)) != NULL; at += length)
        if ((at == others || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static const char *find_synonym(const struct choice *choice, const char *simple)
{
    const char *word;
    for (const struct bm_synonyms *row = bm_synonyms; row->word != NULL; row++)
        for (size_t i = 0; has_other(row->others, simple) && (word = word_at(choice, i)) != NULL;
             i++)
            if (strcmp(word, row->word) == 0)
                return word;
    return NULL;
}

/* ---- a few letters away ---- */

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

static const char *find_near(const struct choice *choice, const char *text)
{
    const char *best = NULL, *word;
    size_t least = SIZE_MAX;
    for (size_t i = 0; (word = word_at(choice, i)) != NULL; i++) {
        size_t distance = edit_distance(text, word), length = strlen(word);
        if (distance <= 3 && 2 * distance < length + 1 && distance < least) {
            best = word;
            least = distance;
        }
    }
    return best;
}

/* ---- all of it ---- */

static const char *nearest(const struct choice *choice, const char *text)
{
    char simple[LONGEST + 1];
    const char *part = strrchr(text, '.') != NULL ? strrchr(text, '.') : strrchr(text, '/');
    const char *found = part != NULL ? nearest(choice, part + 1) : NULL;
    simplify(text, simple);
    if (found == NULL)
        found = find_spelling(choice, simple);
    if (found == NULL)
        found = find_synonym(choice, simple);
    return found != NULL ? found : find_near(choice, text);
}

const char *bm_nearest(const char *text, const char *const *words)
{
    return nearest(&(const struct choice){.words = words}, text);
}

const char *bm_table_nearest(const struct bm_table *table, unsigned roles, const char *text)
{
    return nearest(&(const struct choice){.table = table, .roles = roles}, text);
}
