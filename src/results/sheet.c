/* Sheets: cells are kept as text until all widths are known. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bm/brief.h"
#include "bm/text.h"
#include "report.h"

/* A cell is one line, as wide as it is counted: nothing in it is obeyed. Aborts when memory runs
 * out, as byte buffers do. */
static void add(struct bm_sheet *sheet, const char *text)
{
    size_t n = sheet->n_cells;
    if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, … */
        sheet->cells = reallocarray(sheet->cells, n ? 2 * n : 1, sizeof *sheet->cells);
        if (sheet->cells == NULL)
            abort();
    }
    sheet->cells[n] = sheet->text.size;
    bm_text_add_shown(&sheet->text, text, strlen(text), true);
    bm_bytes_add_u8(&sheet->text, 0);
    sheet->n_cells++;
}

void bm_sheet_spare_column(struct bm_sheet *sheet, const char *heading, bool left, int rank,
                           const char *name)
{
    assert(sheet->n_cells == sheet->n_columns);
    sheet->columns = reallocarray(sheet->columns, sheet->n_columns + 1, sizeof *sheet->columns);
    if (sheet->columns == NULL)
        abort();
    sheet->columns[sheet->n_columns++] =
        (struct bm_heading){.is_left = left, .rank = rank, .name = name};
    add(sheet, heading);
}

void bm_sheet_column(struct bm_sheet *sheet, const char *heading, bool left)
{
    bm_sheet_spare_column(sheet, heading, left, 0, "");
}

void bm_sheet_text(struct bm_sheet *sheet, const char *text)
{
    add(sheet, text[0] != '\0' ? text : "-");
}

void bm_sheet_int(struct bm_sheet *sheet, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    add(sheet, text);
}

/* As "%.*f" prints it; false: it is large, or near the middle between two numbers. Most cells of
 * long tables are made here. */
static bool print_decimals(double value, int decimals, char text[32])
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
    double parts = fabs(value) * powers[decimals], nearest = rint(parts);
    if (!(parts < 1e6) || fabs(parts - nearest) > 0.49999)
        return false;
    unsigned rest = (unsigned)nearest;
    char digits[16], *to = digits + sizeof digits;
    *--to = '\0';
    for (int place = 0; place <= decimals || rest > 0; place++, rest /= 10) {
        if (place == decimals && place > 0)
            *--to = '.';
        *--to = (char)('0' + rest % 10);
    }
    if (signbit(value))
        *--to = '-';
    strcpy(text, to);
    return true;
}

/* As "%.4g" prints it; false as well where it is not between 0.0001 and 1000. */
static bool print_four(double value, char text[32])
{
    int decimals = 3;
    double size = fabs(value);
    if (!(size >= 1e-4 && size < 999))
        return false;
    for (double limit = 1; size < limit; limit /= 10)
        decimals++;
    for (double limit = 10; size >= limit; limit *= 10)
        decimals--;
    if (!print_decimals(value, decimals, text))
        return false;
    char *end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return true;
}

static void add_number(struct bm_sheet *sheet, const char *format, double value)
{
    char text[BM_CELL_SIZE]; /* all digits of the largest double */
    if (isnan(value))
        snprintf(text, sizeof text, "-");
    else
        snprintf(text, sizeof text, format, value);
    add(sheet, text);
}

void bm_sheet_real(struct bm_sheet *sheet, double value)
{
    char text[32];
    if (print_four(value, text))
        add(sheet, text);
    else
        add_number(sheet, "%.4g", value);
}

void bm_sheet_percent(struct bm_sheet *sheet, double value)
{
    char text[40];
    if (print_decimals(100 * value, 1, text))
        add(sheet, strcat(text, "%"));
    else
        add_number(sheet, "%.1f%%", 100 * value);
}

void bm_sheet_number(struct bm_sheet *sheet, const struct bm_field *field, double value)
{
    if (bm_field_is_fraction(field))
        bm_sheet_percent(sheet, value);
    else
        bm_sheet_real(sheet, value);
}

void bm_sheet_duration(struct bm_sheet *sheet, double value)
{
    const double most = 1e9; /* a file's damage may say anything */
    char text[32];
    if (!(value >= 59.95) || value > most) { /* NaN, too */
        add_number(sheet, value > most ? "%.3gs" : "%.1fs", value);
        return;
    }
    long s = lround(value);
    if (s < 3600)
        snprintf(text, sizeof text, "%ldm%02lds", s / 60, s % 60);
    else
        snprintf(text, sizeof text, "%ldh%02ldm", s / 3600, s % 3600 / 60);
    add(sheet, text);
}

void bm_sheet_run_columns(struct bm_sheet *sheet, const struct bm_report *report, bool are_spare)
{
    bm_sheet_column(sheet, "id", true);
    for (size_t i = 0; i < report->n_varying; i++) {
        enum bm_type type = report->varying[i]->type;
        const char *name = bm_field_column(report->varying[i]);
        bm_sheet_spare_column(sheet, name, type != BM_INT && type != BM_REAL,
                              are_spare ? BM_RANK_SETTINGS + (int)i : 0, name);
    }
}

void bm_sheet_run(struct bm_sheet *sheet, const struct bm_report *report, const struct bm_run *run)
{
    char text[BM_CELL_SIZE];
    bm_sheet_text(sheet, bm_report_id(report, run));
    for (size_t i = 0; i < report->n_varying; i++)
        bm_sheet_text(sheet, bm_field_text(report->varying[i], &run->config, text, sizeof text));
}

static const char *cell(const struct bm_sheet *sheet, size_t i)
{
    return (const char *)sheet->text.data + sheet->cells[i];
}

static void print_cell(const char *text, int width, bool left, bool last, FILE *out)
{
    int space = width - bm_columns(text);
    for (int i = 0; i < space && !left; i++)
        putc_unlocked(' ', out);
    fputs_unlocked(text, out);
    for (int i = 0; i < space && left && !last; i++)
        putc_unlocked(' ', out);
    fputs_unlocked(last ? "\n" : "  ", out);
}

static void print(struct bm_sheet *sheet, FILE *out)
{
    size_t n = sheet->n_columns, last = n;
    int *widths = calloc(n + 1, sizeof *widths);
    if (widths == NULL)
        abort();
    for (size_t i = 0; i < sheet->n_cells; i++)
        if (bm_columns(cell(sheet, i)) > widths[i % n])
            widths[i % n] = bm_columns(cell(sheet, i));
    bm_sheet_fit(sheet, widths, out);
    while (last > 1 && !sheet->columns[last - 1].is_shown)
        last--;
    for (size_t i = 0; i < sheet->n_cells; i++)
        if (sheet->columns[i % n].is_shown)
            print_cell(cell(sheet, i), widths[i % n], sheet->columns[i % n].is_left,
                       i % n == last - 1, out);
    fflush(out);
    bm_sheet_say_rest(sheet, widths, out);
    free(widths);
}

void bm_sheet_print(struct bm_sheet *sheet, FILE *out)
{
    if (out != NULL)
        print(sheet, out);
    free(sheet->columns);
    free(sheet->cells);
    bm_bytes_fini(&sheet->text);
    *sheet = (struct bm_sheet){0};
}
