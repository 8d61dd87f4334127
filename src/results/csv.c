/* bm-results csv: a row a run, a group or (--curves) an evaluation, RFC 4180; an empty field is
 * undefined. */
#include <string.h>

#include "report.h"

static void print_cell(const char *text, bool first, FILE *out)
{
    if (!first)
        putc_unlocked(',', out);
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs_unlocked(text, out);
        return;
    }
    putc_unlocked('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc_unlocked('"', out);
        putc_unlocked(*text, out);
    }
    putc_unlocked('"', out);
}

static void print(const struct bm_records *records, FILE *out)
{
    char text[BM_CELL_SIZE];
    for (size_t c = 0; c < records->n_columns; c++) {
        records->name(records->context, c, text);
        print_cell(text, c == 0, out);
    }
    putc_unlocked('\n', out);
    for (size_t r = 0; r < records->n_rows; r++) {
        for (size_t c = 0; c < records->n_columns; c++) {
            bool is_empty = records->value(records->context, r, c, text) == BM_CELL_NONE;
            print_cell(is_empty ? "" : text, c == 0, out);
        }
        putc_unlocked('\n', out);
    }
}

int bm_command_csv(char **args, FILE *out, struct bm_err *err)
{
    return bm_records_command(args, "csv", print, false, out, err);
}
