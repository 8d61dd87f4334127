/* bm-results json: an array of objects, one a run; null is undefined. */
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
            putc(c, out);
    }
    putc('"', out);
}

static void print_run(const struct bm_columns *columns, const struct bm_run *run, FILE *out)
{
    char text[BM_CELL_SIZE];
    putc('{', out);
    for (size_t c = 0; c < columns->n; c++) {
        fputs(c ? ", " : "", out);
        bm_columns_name(columns, c, text);
        print_string(text, out);
        fputs(": ", out);
        switch (bm_columns_value(columns, c, run, text)) {
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

int bm_results_json(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_columns columns;
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    int status = bm_columns_init(&columns, &report.results, err);
    if (status == 0) {
        putc('[', out);
        for (size_t i = 0; i < report.results.n_runs; i++) {
            fputs(i ? ",\n " : "", out);
            print_run(&columns, &report.results.runs[i], out);
        }
        fputs("]\n", out);
        bm_columns_fini(&columns);
    }
    bm_report_fini(&report);
    return status;
}
