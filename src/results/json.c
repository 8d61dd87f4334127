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

static void print_run(const struct bm_flat *flat, const struct bm_run *run, FILE *out)
{
    char text[BM_CELL_SIZE];
    putc('{', out);
    for (size_t c = 0; c < flat->n; c++) {
        fputs(c ? ", " : "", out);
        bm_flat_name(flat, c, text);
        print_string(text, out);
        fputs(": ", out);
        switch (bm_flat_value(flat, c, run, text)) {
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

int bm_command_json(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    struct bm_flat flat;
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    int status = bm_flat_init(&flat, &report, err);
    if (status == 0) {
        putc('[', out);
        for (size_t i = 0; i < report.results.n_runs; i++) {
            fputs(i ? ",\n " : "", out);
            print_run(&flat, &report.results.runs[i], out);
        }
        fputs("]\n", out);
        bm_flat_fini(&flat);
    }
    bm_report_fini(&report);
    return status;
}
