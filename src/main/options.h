/* The command line of bm-sweep. */
#ifndef BM_MAIN_OPTIONS_H
#define BM_MAIN_OPTIONS_H

#include <stdio.h>

#include "../run/session.h"
#include "bm/err.h"

enum bm_action {
    BM_ACTION_RUN,
    BM_ACTION_PLAN,
    BM_ACTION_CKA,
    BM_ACTION_DESCRIBE,
    BM_ACTION_HELP,
    BM_ACTION_VERSION
};
enum { BM_MOST_SETS = 100 };

struct bm_options {
    enum bm_action action;
    struct bm_request request;      /* its texts are borrowed from argv */
    const char *sets[BM_MOST_SETS]; /* request.sets */
    const char *compared[2];        /* by --cka */
};

/* Fills `options` (zeroed). Fails with BM_EXIT_USAGE. */
int bm_options_parse(int argc, char **argv, struct bm_options *options, struct bm_err *err);
void bm_options_help(FILE *out);

#endif
