#include "line.h"

#include <string.h>

#include "bm/config.h"

size_t bm_line_before_comment(const char *line, size_t size)
{
    char quote = '\0';
    for (size_t at = 0; at < size; at++) {
        if (quote != '\0')
            quote = line[at] == quote ? '\0' : quote;
        else if (line[at] == '\'' || line[at] == '"')
            quote = line[at];
        else if (line[at] == '#' && (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t'))
            return at;
    }
    return size;
}

/* Where the value of `key` begins in the line, or `size`. */
static size_t before_value(const char *line, size_t size, const char *key)
{
    size_t length = strlen(key);
    for (size_t at = 0; at + length + 1 < size; at++)
        if (memcmp(line + at, key, length) == 0 && line[at + length] == ':' &&
            line[at + length + 1] == ' ')
            return at + length + 2;
    return size;
}

size_t bm_line_before_path(const char *line, size_t size)
{
    size = before_value(line, size, "results");
    for (size_t i = 0; i < bm_launch_table.n_fields; i++)
        if (bm_launch_table.fields[i].type == BM_TEXT)
            size = before_value(line, size, bm_launch_table.fields[i].key);
    return size;
}
