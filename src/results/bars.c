/* Bars of text. */
#include "bars.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/shown.h"

static bool has_colours(void)
{
    const char *no_color = getenv("NO_COLOR");
    return bm_shown_is_obeyed() && (no_color == NULL || no_color[0] == '\0');
}

void bm_bars_find(struct bm_bars *bars)
{
    setlocale(LC_CTYPE, "");
    *bars = (struct bm_bars){.has_blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
                             .has_colours = has_colours()};
}

int bm_bars_width(int n)
{
    return n > 0 ? (BM_BARS_WIDTH - BM_BARS_NAME) / n - BM_BARS_NUMBER - 2 : 0;
}

/* Past `out`, which shows what terminals obey in words. NULL: the usual colour. */
static void set_colour(const struct bm_bars *bars, const char *colour, FILE *out)
{
    char text[16];
    if (!bars->has_colours)
        return;
    fflush(out);
    int size = snprintf(text, sizeof text, "\033[%sm", colour ? colour : "0");
    if (write(STDOUT_FILENO, text, (size_t)size) < size)
        return; /* what is printed next says so */
}

static const char *cell_of(const struct bm_bars *bars, int column, int length, int mark)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int parts = bars->has_blocks ? 8 : 1;
    if (column == mark)
        return bars->has_blocks ? "│" : "|";
    if (column < length / parts)
        return bars->has_blocks ? "█" : "#";
    return column == length / parts ? eighths[length % parts] : " ";
}

void bm_bars_put(const struct bm_bars *bars, double share, double mark, size_t colour, FILE *out)
{
    static const char *const colours[] = {"34", "33", "35", "36"}; /* neither red nor green */
    int parts = bars->has_blocks ? 8 : 1;
    int length = isnan(share) || share < 0 ? 0 : (int)lround(fmin(share, 1) * bars->width * parts);
    int at = isnan(mark) || mark < 0 ? -1 : (int)(fmin(mark, 1) * bars->width);
    set_colour(bars, colours[colour % (sizeof colours / sizeof *colours)], out);
    for (int column = 0; column < bars->width; column++)
        fputs(cell_of(bars, column, length, at < bars->width ? at : bars->width - 1), out);
    set_colour(bars, NULL, out);
}

void bm_bars_number(const struct bm_field *field, double value, FILE *out)
{
    if (isnan(value))
        fprintf(out, "%*s", BM_BARS_NUMBER, "-");
    else
        fprintf(out, bm_field_is_fraction(field) ? "%*.1f" : "%*.2f", BM_BARS_NUMBER,
                bm_field_is_fraction(field) ? 100 * value : value);
}

void bm_bars_titles(const struct bm_bars *bars, const char *first, char titles[][60], size_t n,
                    FILE *out)
{
    int width = bars->width + BM_BARS_NUMBER;
    fprintf(out, "%-*s", BM_BARS_NAME, first);
    for (size_t i = 0; i < n; i++) {
        int length = (int)strlen(titles[i]) < width ? (int)strlen(titles[i]) : width;
        fprintf(out, "  %.*s%*s", width, titles[i], i + 1 < n ? width - length : 0, "");
    }
    putc('\n', out);
}
