/* bm-results csv: a row a run, RFC 4180; an empty field is undefined. */
#include <string.h>

#include "report.h"

static void print_cell(const char *text, bool first, FILE *out)
{
    if (!first)
        putc(',', out);
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

int bm_command_csv(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_flat flat;
    char text[BM_CELL_SIZE];
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    int status = bm_flat_init(&flat, &report, err);
    if (status == 0) {
        for (size_t c = 0; c < flat.n; c++) {
            bm_flat_name(&flat, c, text);
            print_cell(text, c == 0, out);
        }
        putc('\n', out);
        for (size_t i = 0; i < report.results.n_runs; i++) {
            for (size_t c = 0; c < flat.n; c++) {
                bm_flat_value(&flat, c, &report.results.runs[i], text);
                print_cell(text, c == 0, out);
            }
            putc('\n', out);
        }
        bm_flat_fini(&flat);
    }
    bm_report_fini(&report);
    return status;
}
