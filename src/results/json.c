/* bm-results json: an array of objects, one a run or a group; null is undefined, or infinite. A run
 * has its evaluations, which have what was found at their taps, as arrays. */
#include <stdlib.h>
#include <string.h>

#include "bm/text.h"
#include "report.h"

/* How much of the text stands for itself. */
static size_t plain_length(const char *text, size_t size)
{
    size_t plain = bm_text_plain(text, size), quoted = strcspn(text, "\"\\");
    return quoted < plain ? quoted : plain;
}

/* Controls of terminals are escaped, too: what is valid is not always safe to look at. */
static void print_string(const char *text, FILE *out)
{
    uint32_t character;
    putc_unlocked('"', out);
    for (size_t size = strlen(text); size > 0;) {
        size_t plain = plain_length(text, size);
        fwrite_unlocked(text, 1, plain, out);
        text += plain;
        size -= plain;
        if (size == 0)
            break;
        size_t length = bm_text_next(text, size, &character);
        if (length == 0)
            fputs("\\ufffd", out);
        else if (character == '"' || character == '\\')
            fprintf(out, "\\%c", (int)character);
        else if (character < 0x20 || bm_text_is_control(character))
            fprintf(out, "\\u%04x", (unsigned)character);
        else
            fwrite_unlocked(text, 1, length, out);
        text += length > 0 ? length : 1;
        size -= length > 0 ? length : 1;
    }
    putc_unlocked('"', out);
}

enum { MOST_LISTS = 2 };

/* Records at one depth: what stands before each column's value, put together once. */
struct level {
    size_t n_columns;
    char **names;
    struct level *below[MOST_LISTS];
};

/* What stands before a column's value in each row. */
static char *print_name(const struct bm_records *records, size_t column)
{
    char text[BM_CELL_SIZE], *name = NULL;
    size_t size;
    FILE *out = open_memstream(&name, &size);
    if (out == NULL)
        abort(); /* as sheets do */
    records->name(records->context, column, text);
    fputs(column ? ", " : "", out);
    print_string(text, out);
    fputs(": ", out);
    if (fclose(out) != 0)
        abort();
    return name;
}

static struct level *level_new(const struct bm_records *records)
{
    struct level *level = calloc(1, sizeof *level);
    if (level == NULL || (level->names = calloc(records->n_columns + 1, sizeof(char *))) == NULL)
        abort();
    level->n_columns = records->n_columns;
    for (size_t c = 0; c < records->n_columns; c++)
        level->names[c] = print_name(records, c);
    return level;
}

static void level_free(struct level *level)
{
    if (level == NULL)
        return;
    for (size_t k = 0; k < MOST_LISTS; k++)
        level_free(level->below[k]);
    for (size_t c = 0; c < level->n_columns; c++)
        free(level->names[c]);
    free(level->names);
    free(level);
}

static void print_rows(const struct bm_records *records, struct level **level, const char *between,
                       FILE *out);

static void print_row(const struct bm_records *records, size_t row, struct level *level, FILE *out)
{
    char text[BM_CELL_SIZE];
    putc_unlocked('{', out);
    for (size_t c = 0; c < records->n_columns; c++) {
        fputs_unlocked(level->names[c], out);
        switch (records->value(records->context, row, c, text)) {
        case BM_CELL_NONE:
        case BM_CELL_INFINITE:
            fputs_unlocked("null", out);
            break;
        case BM_CELL_NUMBER:
            fputs_unlocked(text, out);
            break;
        case BM_CELL_TEXT:
            print_string(text, out);
            break;
        }
    }
    for (size_t k = 0; k < records->n_below; k++) {
        struct bm_records below;
        records->below(records->context, row, k, &below);
        fprintf(out, ", \"%s\": ", records->below_names[k]);
        print_rows(&below, &level->below[k], ", ", out);
    }
    putc_unlocked('}', out);
}

static void print_rows(const struct bm_records *records, struct level **level, const char *between,
                       FILE *out)
{
    if (*level == NULL)
        *level = level_new(records);
    putc_unlocked('[', out);
    for (size_t r = 0; r < records->n_rows; r++) {
        fputs_unlocked(r ? between : "", out);
        print_row(records, r, *level, out);
    }
    putc_unlocked(']', out);
}

static void print(const struct bm_records *records, FILE *out)
{
    struct level *level = NULL;
    print_rows(records, &level, ",\n ", out);
    putc('\n', out);
    level_free(level);
}

int bm_command_json(char **args, FILE *out, struct bm_err *err)
{
    return bm_records_command(args, "json", print, true, out, err);
}
