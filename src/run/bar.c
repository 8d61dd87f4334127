#include "bar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum {
    ID_WIDTH = 8,
    LONGEST_LINE = 500, /* bytes; wider terminals leave the rest empty */
};
/* Texts over the columns of figures. */
#define FIGURES " %8s    %9s %7s"

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
    bm_bytes_printf(out, "%.*s\n", width, line);
}

/* "id settings", then the columns of figures at the right end, in all rows alike. Settings that
 * are too long lose their beginning: the last one varies fastest. */
static void add_row(const char *id, const char *settings, const char *figures, int width,
                    struct bm_bytes *out)
{
    char line[LONGEST_LINE + 1];
    int length = (int)strlen(settings);
    int room = (width < LONGEST_LINE ? width : LONGEST_LINE) - ID_WIDTH - 1 - (int)strlen(figures);
    if (room < 0)
        room = 0;
    bool is_cut = length > room;
    int skipped = !is_cut ? 0 : room > 3 ? length - room + 3 : length; /* dots take three */
    snprintf(line, sizeof line, "%-*.*s %s%-*s%s", ID_WIDTH, ID_WIDTH, id,
             is_cut && room > 3 ? "..." : "", is_cut && room > 3 ? room - 3 : room,
             settings + skipped, figures);
    add_line(out, line, width);
}

static void add_run(const struct bm_bar_row *row, int width, struct bm_bytes *out)
{
    const struct bm_progress *progress = &row->progress;
    char figures[100];
    if (has_progress(row))
        snprintf(figures, sizeof figures, " %5lld/%-5lld %#9.3g %7.0f", (long long)progress->epoch,
                 (long long)progress->epochs, progress->loss, progress->images_per_s);
    else
        snprintf(figures, sizeof figures, FIGURES, "begins", "", "");
    add_row(row->id, row->settings, figures, width, out);
}

static void add_header(int width, struct bm_bytes *out)
{
    char figures[100];
    snprintf(figures, sizeof figures, FIGURES, "epoch", "loss", "img/s");
    add_row("run", "", figures, width, out);
}

static void add_totals(const struct bm_bar *bar, const struct bm_bar_totals *totals, int width,
                       struct bm_bytes *out)
{
    size_t busy = 0;
    double speed = 0;
    char line[LONGEST_LINE + 1], elapsed[32], remaining[32] = "?";
    for (size_t i = 0; i < bar->n_rows; i++) {
        busy += bar->rows[i].is_busy;
        speed += has_progress(&bar->rows[i]) ? bar->rows[i].progress.images_per_s : 0;
    }
    if (isfinite(totals->remaining))
        bm_duration_text(totals->remaining, remaining, sizeof remaining);
    snprintf(line, sizeof line, "%zu/%zu done, %zu failed, %zu running  %s, ETA %s  %.0f img/s",
             totals->done, totals->runs, totals->failed, busy,
             bm_duration_text(totals->elapsed, elapsed, sizeof elapsed), remaining, speed);
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
