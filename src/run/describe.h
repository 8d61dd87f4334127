/* bm-sweep --describe: the documentation of all settings, from their tables. */
#ifndef BM_RUN_DESCRIBE_H
#define BM_RUN_DESCRIBE_H

#include <stdio.h>

/* Prints Markdown: a table of settings for each group (what is computed, what is measured, how it
 * is run), then the members of the open sets that have a help text. */
void bm_describe(FILE *out);

#endif
