/* An environment for a test. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sets "A=1 B=2", and nothing else. */
static void set_only(const char *assignments)
{
    static char *none[] = {NULL};
    char text[500];
    strcpy(text, assignments);
    environ = none;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        setenv(word, equals + 1, 1);
    }
}
