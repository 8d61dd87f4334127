#include "line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

enum {
    ID_WIDTH = 8,
    FEWEST_SETTINGS = 16, /* columns; figures give way to them */
    INDENT = 8,           /* of a cause */
};

/* ---- columns of figures ---- */

enum { MEMORIZATION, FIT, TEST, PROBE, FIGURES };
static const int widths[FIGURES] = {6, 6, 6, 8};
static const int first_to_go[FIGURES] = {TEST, FIT, PROBE, MEMORIZATION};
enum { TIME_WIDTH = 9 };

/* Columns of "[2/12] 3f2a1b9c ". */
static int prefix_width(const struct bm_line_form *form)
{
    return 2 * snprintf(NULL, 0, "%zu", form->of) + 3 + 1 + ID_WIDTH + 1;
}

static int end_width(const struct bm_line_form *form)
{
    return form->has_eta ? 2 * TIME_WIDTH : TIME_WIDTH;
}

/* Which figures are shown. */
struct shown {
    bool is[FIGURES];
};

/* Columns that are left beside them. */
static int room_beside(const struct bm_line_form *form, const struct shown *shown)
{
    int room = form->width - prefix_width(form) - end_width(form);
    for (int i = 0; i < FIGURES; i++)
        room -= shown->is[i] ? widths[i] : 0;
    return room;
}

static struct shown figures_of(const struct bm_line_form *form)
{
    struct shown shown = {{true, true, true, form->probe != NULL}};
    for (int i = 0; i < FIGURES && room_beside(form, &shown) < FEWEST_SETTINGS; i++)
        shown.is[first_to_go[i]] = false;
    return shown;
}

/* "text" at the left end, or as much of its end as there is room for. */
static void add_settings(const char *settings, int room, struct bm_bytes *out)
{
    char text[500];
    if (room > BM_LINE_LONGEST)
        room = BM_LINE_LONGEST;
    bm_shorten(settings, room, text, sizeof text);
    bm_bytes_printf(out, "%s%*s", text, room > 0 ? room - bm_columns(text) : 0, "");
}

static void add_at_right(const char *text, int width, struct bm_bytes *out)
{
    bm_bytes_printf(out, "%*s", width, text);
}

/* ---- the header ---- */

void bm_line_header(const struct bm_line_form *form, struct bm_bytes *out)
{
    char probe[16] = "";
    const struct shown shown = figures_of(form);
    if (form->probe != NULL)
        snprintf(probe, sizeof probe, "%.6s%s", form->probe->key,
                 bm_field_is_fraction(form->probe) ? "%" : "");
    const char *const names[FIGURES] = {"mem%", "fit%", "test%", probe};
    bm_bytes_printf(out, "%*s", prefix_width(form), "");
    add_settings("", room_beside(form, &shown), out);
    for (int i = 0; i < FIGURES; i++)
        if (shown.is[i])
            add_at_right(names[i], widths[i], out);
    add_at_right("time", TIME_WIDTH, out);
    if (form->has_eta)
        add_at_right("ETA", TIME_WIDTH, out);
    bm_bytes_printf(out, "\n");
}

/* ---- a run ---- */

static char *number_text(const struct bm_line *line, int figure, char *text, size_t size)
{
    const struct bm_result *result = line->result;
    const double values[FIGURES] = {result->memorization, result->fit, result->test_accuracy,
                                    line->value};
    double value = values[figure];
    bool is_percent = figure != PROBE || bm_field_is_fraction(line->probe);
    if (isnan(value))
        snprintf(text, size, "-");
    else
        snprintf(text, size, is_percent ? "%.1f" : "%.4g", is_percent ? 100 * value : value);
    return text;
}

/* The end of a run that is not done stands in place of all its figures. */
static void add_middle(const struct bm_line_form *form, const struct bm_line *line,
                       struct bm_bytes *out)
{
    char text[40];
    const struct shown none = {{false}}, shown = line->outcome != NULL ? none : figures_of(form);
    int width = line->outcome != NULL ? (int)strlen(line->outcome) + 1 : 0;
    add_settings(line->settings, room_beside(form, &shown) - width, out);
    if (line->outcome != NULL)
        add_at_right(line->outcome, width, out);
    for (int i = 0; i < FIGURES; i++)
        if (shown.is[i])
            add_at_right(number_text(line, i, text, sizeof text), widths[i], out);
}

void bm_line_add(const struct bm_line_form *form, const struct bm_line *line, double left,
                 struct bm_bytes *out)
{
    char id[BM_ID_TEXT], time[32], eta[32] = "";
    int digits = snprintf(NULL, 0, "%zu", form->of);
    if (left > 0) /* NaN is not */
        bm_duration_text(left, eta, sizeof eta);
    bm_bytes_printf(out, "[%*zu/%zu] %.*s ", digits, line->at, line->of, ID_WIDTH,
                    bm_id_text(&line->id, id));
    add_middle(form, line, out);
    add_at_right(bm_duration_text(line->wall_s, time, sizeof time), TIME_WIDTH, out);
    if (form->has_eta)
        add_at_right(eta, TIME_WIDTH, out);
    bm_bytes_printf(out, "\n");
    if (line->cause[0] != '\0')
        bm_bytes_printf(out, "%*s%s\n", INDENT, "", line->cause);
}
