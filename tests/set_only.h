/* An environment for a test, and that of the program again after it: cmocka's format is in it. */
#ifndef BM_TESTS_SET_ONLY_H
#define BM_TESTS_SET_ONLY_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **environment_of_program;

/* Sets "A=1 B=2", and nothing else. */
static void set_only(const char *assignments)
{
    static char *none[] = {NULL};
    char text[500];
    strcpy(text, assignments);
    if (environment_of_program == NULL)
        environment_of_program = environ;
    environ = none;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        char *equals = strchr(word, '=');
        *equals = '\0';
        setenv(word, equals + 1, 1);
    }
}

/* A test's teardown. */
static int set_back(void **state)
{
    (void)state;
    if (environment_of_program != NULL)
        environ = environment_of_program;
    return 0;
}

#endif
