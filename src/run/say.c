#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "bm/bytes.h"
#include "display.h"

void bm_say(const char *format, ...)
{
    char text[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct bm_bytes line = {0};
    bm_bytes_printf(&line, "bm-sweep: %s\n", text);
    bm_display_print((const char *)line.data, line.size);
    bm_bytes_fini(&line);
}

void bm_say_sentence(const char *sentence)
{
    bm_say("%s", sentence);
}

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
    else
        snprintf(text, size, "%.1f days", seconds / 86400);
    return text;
}

char *bm_path_text(const char *path, char *text, size_t size)
{
    char folder[4096];
    if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL)
        snprintf(text, size, "%s", path);
    else
        snprintf(text, size, "%s/%s", folder, path);
    return text;
}
