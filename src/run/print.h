/* Writing to standard error: whole lines, with or without a bar at the end that is redrawn in
 * place. What a terminal would obey in names, logs and causes is written in words. A failure is
 * ignored: nobody listens, and the results are what counts. */
#ifndef BM_RUN_PRINT_H
#define BM_RUN_PRINT_H

#include <stddef.h>

#include "display.h"

/* From here on lines suit this terminal: those that are too long are broken between words. Where
 * there is none they are read later, and begin with the time of day, the first one of a day with
 * the date as well. Before, lines are written as they are. */
void bm_print_begin(const struct bm_terminal *terminal);
/* Columns that the next line can have; 80 in all where there is no terminal. */
int bm_print_columns(void);

/* Writes whole lines, above the bar if one is drawn. */
void bm_print_lines(const char *lines, size_t size);
/* Draws the bar (lines, each ended by a newline; "": none) in place of the one before. */
void bm_print_bar(const char *lines, size_t size);
/* Goes on below the bar, which stays as it is. */
void bm_print_leave(void);

#endif
