#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "bm/bytes.h"
#include "print.h"

void bm_say(const char *format, ...)
{
    char text[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct bm_bytes line = {0};
    bm_bytes_printf(&line, "bm-sweep: %s\n", text);
    bm_print_lines((const char *)line.data, line.size);
    bm_bytes_fini(&line);
}

void bm_say_sentence(const char *sentence)
{
    bm_say("%s", sentence);
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
