/* Sheets as wide as the terminal: which columns there is room for, and what is said of the others.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"

enum { USUAL_WIDTH = 80, WIDEST = 100000, GAP = 2 };

/* What COLUMNS says is for pipes as well. A terminal may say 0. */
static int width_of(FILE *out)
{
    const char *text = getenv("COLUMNS");
    char *end = NULL;
    long columns = text != NULL ? strtol(text, &end, 10) : 0;
    struct winsize size;
    if (columns > 0 && *end == '\0')
        return columns < WIDEST ? (int)columns : WIDEST;
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return USUAL_WIDTH;
}

/* The lowest rank above `rank`; `rank` itself where there is none. */
static int next_rank(const struct bm_sheet *sheet, int rank)
{
    int next = rank;
    for (size_t c = 0; c < sheet->n_columns; c++)
        if (sheet->columns[c].rank > rank && (next == rank || sheet->columns[c].rank < next))
            next = sheet->columns[c].rank;
    return next;
}

static bool is_lost(const struct bm_sheet *sheet, size_t c)
{
    return sheet->columns[c].name == NULL && c > 0 && !sheet->columns[c - 1].is_shown;
}

/* Shows the columns of this rank; how much room they take. */
static int show(struct bm_sheet *sheet, const int *widths, int rank)
{
    int room = 0;
    for (size_t c = 0; c < sheet->n_columns; c++)
        if (sheet->columns[c].rank == rank && !(rank > 0 && is_lost(sheet, c))) {
            sheet->columns[c].is_shown = true;
            room += widths[c] + GAP;
        }
    return room;
}

static void hide(struct bm_sheet *sheet, int rank)
{
    for (size_t c = 0; c < sheet->n_columns; c++)
        if (sheet->columns[c].rank == rank)
            sheet->columns[c].is_shown = false;
}

void bm_sheet_fit(struct bm_sheet *sheet, const int *widths, FILE *out)
{
    int room = width_of(out) + GAP, last = -1;
    for (int rank = 0; rank != last; last = rank, rank = next_rank(sheet, rank)) {
        int wanted = show(sheet, widths, rank);
        if (rank > 0 && wanted > room)
            hide(sheet, rank);
        else
            room -= wanted;
    }
}

int bm_tap_rank(const char *tap, size_t place, size_t n)
{
    enum { END = 1, BEGINNING, COARSEST, LEVELS = 5 };
    if (strcmp(tap, "embedding") == 0)
        return 0;
    if (place == n - 1 || place == 0)
        return (int)n * (place == 0 ? BEGINNING : END);
    int level = LEVELS; /* 0: a multiple of 32, 1: of 16, … */
    for (size_t rest = place; level > 0 && rest % 2 == 0; rest /= 2)
        level--;
    return (int)n * (COARSEST + level) + (int)place;
}

void bm_sheet_say_rest(const struct bm_sheet *sheet, const int *widths, FILE *out)
{
    enum { MOST_NAMED = 6 };
    int all = -GAP, n = 0;
    for (size_t c = 0; c < sheet->n_columns; c++) {
        const struct bm_heading *column = &sheet->columns[c];
        all += widths[c] + GAP;
        if (column->is_shown || is_lost(sheet, c) || n++ >= MOST_NAMED)
            continue;
        if (n == 1)
            fprintf(stderr, "bm-results: left out to fit %d columns: ", width_of(out));
        fprintf(stderr, "%s%s%s", n > 1 ? ", " : "",
                column->name == NULL ? "differences of " : column->name,
                column->name == NULL ? sheet->columns[c - 1].name : "");
    }
    if (n > MOST_NAMED)
        fprintf(stderr, " and %d more", n - MOST_NAMED);
    if (n > 0)
        fprintf(stderr, "; %sCOLUMNS=%d shows all\n",
                sheet->has_choice ? "--columns chooses, " : "", all);
}
