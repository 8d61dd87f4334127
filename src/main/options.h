/* The command line of bm-sweep. */
#ifndef BM_MAIN_OPTIONS_H
#define BM_MAIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../run/display.h"
#include "bm/err.h"

enum bm_mode { BM_MODE_RUN, BM_MODE_PLAN, BM_MODE_DESCRIBE, BM_MODE_HELP, BM_MODE_VERSION };
enum { BM_MOST_SETS = 100 };

struct bm_options {
    enum bm_mode mode;
    const char *file, *only; /* borrowed from argv; NULL: not given */
    size_t jobs;             /* 0: as many as fit */
    bool retry;
    enum bm_display display;
    const char *sets[BM_MOST_SETS]; /* "key=value", borrowed from argv */
    size_t n_sets;
};

/* Fills `options` (zeroed). Fails with BM_EXIT_USAGE. */
int bm_options_parse(int argc, char **argv, struct bm_options *options, struct bm_err *err);
void bm_options_help(FILE *out);

#endif
