/* Configurations from text: settings as "arch=mlp width=4 probes=", separated by blanks. */
#ifndef BM_TESTS_SETTINGS_H
#define BM_TESTS_SETTINGS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/config.h"

/* Whoever writes a test wants to know at once what is wrong with its settings. */
static inline void settings_set(struct bm_config *config, const char *settings)
{
    char *copy = strdup(settings), *rest = copy;
    for (char *key; (key = strsep(&rest, " ")) != NULL;) {
        struct bm_err err = {0};
        char *value = strchr(key, '=');
        if (key[0] == '\0')
            continue;
        if (value != NULL)
            *value++ = '\0';
        const struct bm_field *field = bm_table_find(&bm_config_table, key);
        if (value == NULL || field == NULL || bm_field_set(field, config, value, &err) != 0) {
            fprintf(stderr, "'%s' of '%s' is no setting: %s\n", key, settings, err.text);
            exit(BM_EXIT_USAGE);
        }
    }
    free(copy);
}

/* Defaults, but for these. */
static inline struct bm_config settings_of(const char *settings)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    settings_set(&config, settings);
    return config;
}

#endif
