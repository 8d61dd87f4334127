/* bm-results json: an array of objects, one a run or a group; null is undefined. */
#include <stdlib.h>

#include "report.h"

static void print_string(const char *text, FILE *out)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc_unlocked(c, out);
    }
    putc('"', out);
}

static void print_row(const struct bm_records *records, size_t row, char *const *names, FILE *out)
{
    char text[BM_CELL_SIZE];
    putc('{', out);
    for (size_t c = 0; c < records->n_columns; c++) {
        fputs(names[c], out);
        switch (records->value(records->context, row, c, text)) {
        case BM_CELL_NONE:
            fputs("null", out);
            break;
        case BM_CELL_NUMBER:
            fputs(text, out);
            break;
        case BM_CELL_TEXT:
            print_string(text, out);
            break;
        }
    }
    putc('}', out);
}

/* What stands before a column's value in each row. */
static char *print_name(const struct bm_records *records, size_t column)
{
    char text[BM_CELL_SIZE], *name = NULL;
    size_t size;
    FILE *out = open_memstream(&name, &size);
    if (out == NULL)
        abort();
    records->name(records->context, column, text);
    fputs(column ? ", " : "", out);
    print_string(text, out);
    fputs(": ", out);
    if (fclose(out) != 0)
        abort();
    return name;
}

static void print(const struct bm_records *records, FILE *out)
{
    char **names = calloc(records->n_columns + 1, sizeof *names);
    if (names == NULL)
        abort(); /* as sheets do */
    for (size_t c = 0; c < records->n_columns; c++)
        names[c] = print_name(records, c);
    putc('[', out);
    for (size_t r = 0; r < records->n_rows; r++) {
        fputs(r ? ",\n " : "", out);
        print_row(records, r, names, out);
    }
    fputs("]\n", out);
    for (size_t c = 0; c < records->n_columns; c++)
        free(names[c]);
    free(names);
}

int bm_command_json(char **args, FILE *out, struct bm_err *err)
{
    return bm_records_command(args, "json", print, out, err);
}
