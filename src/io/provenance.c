/* Provenance. The build's part is in build.h, which the Makefile writes; versions of libraries are
 * told by the files that know the libraries. */
#include "bm/provenance.h"

#include <build.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *bm_version(void)
{
    return BM_VERSION;
}

const char *bm_revision(void)
{
    return BM_REVISION;
}

const char *bm_compiler(void)
{
    return BM_COMPILER;
}

const char *bm_flags(void)
{
    return BM_FLAGS;
}

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

char *bm_utc(char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}
