#include "bm/brief.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

char *bm_duration_text(double seconds, char *text, size_t size)
{
    if (seconds < 9.95)
        snprintf(text, size, "%.1f s", seconds);
    else if (seconds < 120)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 120 * 60)
        snprintf(text, size, "%.0f min", seconds / 60);
    else if (seconds < 48 * 3600)
        snprintf(text, size, "%.1f h", seconds / 3600);
    else if (seconds < 100 * 86400)
        snprintf(text, size, "%.1f days", seconds / 86400);
    else
        snprintf(text, size, "%.0f days", seconds / 86400);
    return text;
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

int bm_columns_of(const char *text, size_t size)
{
    int columns = 0;
    for (size_t i = 0; i < size; i++)
        columns += begins_character(text[i]);
    return columns;
}

int bm_columns(const char *text)
{
    return bm_columns_of(text, strlen(text));
}

size_t bm_fitting(const char *text, int columns)
{
    size_t end = 0;
    while (text[end] != '\0' && (columns > 0 || !begins_character(text[end])))
        columns -= begins_character(text[end++]);
    return end;
}

char *bm_shorten(const char *text, int room, char *out, size_t size)
{
    enum { DOTS = 3 };
    int skipped = bm_columns(text) - (room > 0 ? room : 0);
    bool is_cut = skipped > 0;
    for (skipped += is_cut ? DOTS : 0; skipped > 0 && *text != '\0'; skipped--)
        do
            text++;
        while (!begins_character(*text));
    snprintf(out, size, "%s%s", is_cut && room > DOTS ? "..." : "",
             room > DOTS || !is_cut ? text : "");
    return out;
}
