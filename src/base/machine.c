#include "bm/machine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *bm_host(char *text, size_t size)
{
    if (gethostname(text, size) != 0)
        snprintf(text, size, "unknown");
    text[size - 1] = '\0';
    return text;
}

char *bm_cpu(char *text, size_t size)
{
    snprintf(text, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL)
        return text;
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        const char *model = colon + 1 + strspn(colon + 1, " \t");
        snprintf(text, size, "%.*s", (int)strcspn(model, "\n"), model);
        break;
    }
    fclose(file);
    return text;
}
