#include "print.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bm/brief.h"
#include "bm/bytes.h"
#include "bm/text.h"

static struct bm_terminal terminal = {.fd = -1};
static bool has_begun;

void bm_print_begin(const struct bm_terminal *on)
{
    terminal = *on;
    has_begun = true;
}

static bool has_clock(void)
{
    return has_begun && terminal.fd < 0;
}

/* ---- the time of day ---- */

/* "14:03:22 ", with the date before it where the last line was not of this day. Returns the day. */
static int clock_text(char *text, size_t size, int day)
{
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    int today = (local.tm_year + 1900) * 1000 + local.tm_yday;
    strftime(text, size, today == day ? "%T " : "%F %T ", &local);
    return today;
}

static int last_day;

static void add_clock(struct bm_bytes *out)
{
    char text[40];
    last_day = clock_text(text, sizeof text, last_day);
    bm_bytes_printf(out, "%s", text);
}

int bm_print_columns(void)
{
    char text[40] = "";
    if (has_clock())
        clock_text(text, sizeof text, last_day);
    bm_terminal_measure(&terminal);
    return terminal.fd < 0 ? 80 - (int)strlen(text) : terminal.columns;
}

/* ---- lines ---- */

/* Words that fit no line are left to the terminal. Lines after the first are indented, and more so
 * than the first. */
static void add_broken(struct bm_bytes *out, const char *line, size_t size, int width)
{
    size_t indent = 0, at = 0;
    int used = 0;
    while (indent < size && line[indent] == ' ')
        indent++;
    while (at < size) {
        size_t blanks = 0, length = 0;
        while (at + blanks < size && line[at + blanks] == ' ')
            blanks++;
        while (at + blanks + length < size && line[at + blanks + length] != ' ')
            length++;
        const char *word = line + at + blanks;
        int columns = bm_columns_of(word, length);
        bool breaks = used > (int)indent && used + (int)blanks + columns > width;
        if (breaks)
            bm_bytes_printf(out, "\n");
        used = (breaks ? (int)indent + 2 : used + (int)blanks) + columns;
        bm_bytes_printf(out, "%*s", breaks ? (int)indent + 2 : (int)blanks, "");
        bm_bytes_add(out, word, length);
        at += blanks + length;
    }
}

static void add_lines(struct bm_bytes *out, const char *lines, size_t size)
{
    int width = bm_print_columns();
    while (size > 0) {
        const char *end = memchr(lines, '\n', size);
        size_t length = end != NULL ? (size_t)(end - lines) : size;
        if (has_clock())
            add_clock(out);
        if (terminal.fd >= 0 && bm_columns_of(lines, length) > width)
            add_broken(out, lines, length, width);
        else
            bm_bytes_add(out, lines, length);
        bm_bytes_printf(out, "\n");
        lines += length + (end != NULL);
        size -= length + (end != NULL);
    }
}

/* ---- the bar ---- */

static struct bm_bytes bar; /* as it is drawn at the end of what there is to see */

/* Lines of the terminal that the bar takes now: one that has become narrower since has broken its
 * lines. */
static int lines_of_bar(void)
{
    int lines = 0;
    const char *line = (const char *)bar.data, *end = line + bar.size;
    bm_terminal_measure(&terminal);
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        int columns = bm_columns_of(line, (size_t)(newline - line));
        lines += columns > 0 ? (columns + terminal.columns - 1) / terminal.columns : 1;
        line = newline + 1;
    }
    return lines;
}

/* Puts the cursor where the bar begins and clears from there on, line by line: what clears a whole
 * screen at once puts it into what can be scrolled back to. */
static void add_erase(struct bm_bytes *out)
{
    int lines = bar.size > 0 ? lines_of_bar() : 0;
    for (int i = 0; i < lines; i++)
        bm_bytes_printf(out, "%s\033[A\033[2K", i == 0 ? "\r" : "");
}

/* What does not fit after all is cut by the terminal. */
static void add_bar(struct bm_bytes *out)
{
    const char no_breaks[] = "\033[?7l", breaks[] = "\033[?7h";
    if (bar.size == 0)
        return;
    bm_bytes_add(out, no_breaks, sizeof no_breaks - 1);
    bm_bytes_add(out, bar.data, bar.size);
    bm_bytes_add(out, breaks, sizeof breaks - 1);
}

/* ---- writing ---- */

/* Each change is one write, so that it stays whole among what others write. */
static void write_out(struct bm_bytes *out)
{
    if (out->size > 0 && write(STDERR_FILENO, out->data, out->size) < 0)
        out->size = 0;
    bm_bytes_fini(out);
}

void bm_print_lines(const char *lines, size_t size)
{
    struct bm_bytes out = {0}, shown = {0};
    bm_text_add_shown(&shown, lines, size, false);
    add_erase(&out);
    add_lines(&out, (const char *)shown.data, shown.size);
    add_bar(&out);
    write_out(&out);
    bm_bytes_fini(&shown);
}

void bm_print_bar(const char *lines, size_t size)
{
    struct bm_bytes out = {0};
    add_erase(&out);
    bar.size = 0;
    bm_text_add_shown(&bar, lines, size, false);
    add_bar(&out);
    write_out(&out);
}

void bm_print_leave(void)
{
    struct bm_bytes out = {0};
    bar.size = 0;
    bm_bytes_printf(&out, "\n");
    write_out(&out);
}
