#include "bar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum {
    ID_WIDTH = 8,
    MOST_COLUMNS = 120, /* of a row; wider terminals leave the rest empty */
    LONGEST_LINE = 600, /* bytes */
    NARROW = 60,        /* columns, below which a row has but the epoch */
    SHORTEST_BAR = 6,   /* columns, as is the next */
    LONGEST_BAR = 40,
};

void bm_bar_init(struct bm_bar *bar, size_t n_slots)
{
    *bar = (struct bm_bar){.n_rows = n_slots, .rows = calloc(n_slots, sizeof *bar->rows)};
    if (bar->rows == NULL)
        abort();
}

void bm_bar_fini(struct bm_bar *bar)
{
    free(bar->rows);
    *bar = (struct bm_bar){0};
}

void bm_bar_begin(struct bm_bar *bar, size_t slot, const struct bm_id *id, const char *settings)
{
    struct bm_bar_row *row = &bar->rows[slot];
    *row = (struct bm_bar_row){.is_busy = true};
    bm_id_text(id, row->id);
    snprintf(row->settings, sizeof row->settings, "%s", settings);
}

void bm_bar_progress(struct bm_bar *bar, size_t slot, const struct bm_progress *progress)
{
    bar->rows[slot].progress = *progress;
}

void bm_bar_end(struct bm_bar *bar, size_t slot)
{
    bar->rows[slot].is_busy = false;
}

static bool has_progress(const struct bm_bar_row *row)
{
    return row->is_busy && row->progress.epoch > 0;
}

/* ---- layout ---- */

/* One line: cut to the width, and ended. */
static void add_line(struct bm_bytes *out, const char *line, int width)
{
    bm_bytes_printf(out, "%.*s\n", (int)bm_fitting(line, width), line);
}

/* "id settings", then the columns of figures at the right end, in all rows alike. Settings that
 * are too long lose their beginning: the last one varies fastest. */
static void add_row(const char *id, const char *settings, const char *figures, int width,
                    struct bm_bytes *out)
{
    char line[LONGEST_LINE + 1], shown[sizeof(((struct bm_bar_row *)0)->settings) + 4];
    if (width > MOST_COLUMNS)
        width = MOST_COLUMNS;
    int room = width - ID_WIDTH - 1 - (int)strlen(figures);
    bm_shorten(settings, room, shown, sizeof shown);
    snprintf(line, sizeof line, "%-*.*s %s%*s%s", ID_WIDTH, ID_WIDTH, id, shown,
             room > 0 ? room - bm_columns(shown) : 0, "", figures);
    add_line(out, line, width);
}

/* Narrow terminals show the epoch alone. */
static void figures_text(const char *epoch, const char *loss, const char *speed, int width,
                         char *text, size_t size)
{
    if (width < NARROW)
        snprintf(text, size, " %11s", epoch);
    else
        snprintf(text, size, " %11s %9s %7s", epoch, loss, speed);
}

static void add_run(const struct bm_bar_row *row, int width, struct bm_bytes *out)
{
    const struct bm_progress *progress = &row->progress;
    char figures[100], epoch[50] = "begins", loss[40] = "", speed[40] = "";
    if (has_progress(row)) {
        snprintf(epoch, sizeof epoch, "%lld/%lld", (long long)progress->epoch,
                 (long long)progress->epochs);
        snprintf(loss, sizeof loss, "%#.3g", progress->loss);
        snprintf(speed, sizeof speed, "%.0f", progress->images_per_s);
    }
    figures_text(epoch, loss, speed, width, figures, sizeof figures);
    add_row(row->id, row->settings, figures, width, out);
}

static void add_header(int width, struct bm_bytes *out)
{
    char figures[100];
    figures_text("epoch", "loss", "img/s", width, figures, sizeof figures);
    add_row("run", "", figures, width, out);
}

/* ---- the totals ---- */

/* What is said behind the bar, the less the higher the level: 0 … LEVELS - 1. */
enum { LEVELS = 5 };
static void totals_text(const struct bm_bar *bar, const struct bm_bar_totals *totals, int level,
                        char *text, size_t size)
{
    size_t busy = 0;
    double speed = 0;
    char counts[100] = "", elapsed[40] = "", remaining[40] = "", sum[40] = "", time[32];
    for (size_t i = 0; i < bar->n_rows; i++) {
        busy += bar->rows[i].is_busy;
        speed += has_progress(&bar->rows[i]) ? bar->rows[i].progress.images_per_s : 0;
    }
    if (level < 2)
        snprintf(counts, sizeof counts, "  %zu/%zu done, %zu failed, %zu running", totals->done,
                 totals->runs, totals->failed, busy);
    else if (level < 3)
        snprintf(counts, sizeof counts, "  %zu/%zu", totals->done + totals->failed, totals->runs);
    if (level < 2)
        snprintf(elapsed, sizeof elapsed, "  %s,",
                 bm_duration_text(totals->elapsed, time, sizeof time));
    if (isfinite(totals->remaining))
        bm_duration_text(totals->remaining, time, sizeof time);
    if (level < 4)
        snprintf(remaining, sizeof remaining, "%s ETA %s%s", level < 2 ? "" : " ",
                 totals->is_guess ? "~" : "", isfinite(totals->remaining) ? time : "?");
    if (level < 1)
        snprintf(sum, sizeof sum, "  %.0f img/s", speed);
    snprintf(text, size, " %3.0f%%%s%s%s%s", floor(100 * totals->share), counts, elapsed, remaining,
             sum);
}

/* "[=====>     ]" of so many columns, at least 3. */
static void bar_text(double share, int columns, char *text)
{
    int inside = columns - 2, full = (int)(share * inside);
    text[0] = '[';
    for (int i = 0; i < inside; i++)
        text[1 + i] = (char)(i < full ? '=' : i == full ? '>' : ' ');
    text[1 + inside] = ']';
    text[2 + inside] = '\0';
}

static void add_totals(const struct bm_bar *bar, const struct bm_bar_totals *totals, int width,
                       struct bm_bytes *out)
{
    char line[LONGEST_LINE + 1], text[300], drawn[LONGEST_BAR + 1];
    int room = 0;
    for (int level = 0; level < LEVELS && room < SHORTEST_BAR; level++) {
        totals_text(bar, totals, level, text, sizeof text);
        room = width - bm_columns(text);
    }
    bar_text(totals->share,
             room > LONGEST_BAR    ? LONGEST_BAR
             : room > SHORTEST_BAR ? room
                                   : SHORTEST_BAR,
             drawn);
    snprintf(line, sizeof line, "%s%s", drawn, text);
    add_line(out, line, width);
}

void bm_bar_layout(const struct bm_bar *bar, const struct bm_bar_totals *totals, int width,
                   int height, struct bm_bytes *out)
{
    size_t busy = 0, shown = 0, room = height > 1 ? (size_t)height - 1 : 0; /* above the totals */
    for (size_t i = 0; i < bar->n_rows; i++)
        busy += bar->rows[i].is_busy;
    if (busy > 0 && room > 1) {
        add_header(width, out);
        room--;
    }
    size_t most = busy <= room || room == 0 ? room : room - 1; /* one line says how many more */
    for (size_t i = 0; i < bar->n_rows && shown < most; i++) {
        if (!bar->rows[i].is_busy)
            continue;
        add_run(&bar->rows[i], width, out);
        shown++;
    }
    if (shown < busy && room > 0) {
        char line[60];
        snprintf(line, sizeof line, "... and %zu more", busy - shown);
        add_line(out, line, width);
    }
    add_totals(bar, totals, width, out);
}
